"""What registers answer: hostile text, other forms than the API says, and silence."""

from typing import Any

import pytest

from gateway.console.in_process import ApiRefused, Problem
from gateway.console.kinds import BY_NAME
from gateway.console.rendering import render_text
from gateway.console.search.answers import SourceAnswer, asked_in_check
from gateway.console.search.outcome import outcome_of
from gateway.console.search.received_answers import answer_in_check, answer_of, refused
from gateway.console.texts import texts_of
from tests.gateway.console.markup import Markup
from tests.gateway.console.search.conftest import ID

HOSTILE = "<img src=x onerror=alert(1)>\"'\u202egnp.exe</bdi><script>"


def hit(**changed: Any) -> dict[str, Any]:
    """Return a hit as a register sends it, whose record is hostile."""
    record = {"id": ID, "owner": "IT", "plate": HOSTILE, "make": "x" * 10_000, "colour": HOSTILE, "country": "IT"}
    why = {"field": HOSTILE, "asked": HOSTILE, "found": "y" * 10_000, "score": 1.0, "reading": HOSTILE}
    return {"score": 1.0, "match": "plate", "why": [why], "record": {**record, **changed}}


def rendered(source: SourceAnswer) -> str:
    """Return the part of a page that shows what a register answered."""

    class Shown:
        who = "DE de.officer"
        shown_purpose = "criminal-investigation"

        class grant:  # noqa: N801 - as a page has it
            bureau = "DE"

        class session:  # noqa: N801 - as a page has it
            purpose = "criminal-investigation"

        @staticmethod
        def may(*_: str) -> bool:
            return True

    return render_text(
        "search/part_source.html",
        texts_of("ar"),
        page=Shown,
        asked=None,
        readings={},
        source=source,
        sources=[source],
        outcome=outcome_of([source]),
        is_over=True,
        now=None,
    )


def test_hostile_text_stays_text_and_cannot_turn_what_stands_around_it() -> None:
    """No markup, no override of direction, nothing of a record in an attribute; and what is long is cut."""
    before = SourceAnswer("own-stolen-vehicles", BY_NAME["stolen-vehicles"])
    page = rendered(answer_of(before, [({"hits": [hit()], "total": 1, "warnings": [], "near": []}, ID)]))
    tags = Markup(page).tags
    assert not [tag for tag, _ in tags if tag in ("script", "img")]
    assert not [name for _, attributes in tags for name in attributes if name.startswith("on")]
    assert not [value for _, attributes in tags for value in attributes.values() if value and "onerror" in value]
    assert "\u202e" not in page
    assert "RIGHT-TO-LEFT OVERRIDE" in page
    assert len(page) < 12_000


@pytest.mark.parametrize(
    "changed",
    [{"owner": None, "make": []}, {"photographs": "x"}, {"id": 7}, {"restricted": 5}, {"plate": {"a": 1}}],
    ids=str,
)
def test_a_record_of_another_form_breaks_no_page(changed: dict[str, Any]) -> None:
    before = SourceAnswer("own-stolen-vehicles", BY_NAME["stolen-vehicles"])
    assert rendered(answer_of(before, [({"hits": [hit(**changed)], "total": 1}, ID)]))


@pytest.mark.parametrize(
    "reply", [{}, {"hits": None}, {"hits": [{}]}, {"hits": [{"record": []}]}, {"items": 3}, {"total": "x"}]
)
def test_an_answer_of_another_form_is_none(reply: dict[str, Any]) -> None:
    """Its register is not taken for one that has nothing."""
    before = SourceAnswer("own-works", BY_NAME["works"])
    answer = answer_of(before, [(reply, ID)])
    assert answer.state in {"unreachable", "none"}
    assert answer.state == "unreachable" or not reply.get("hits")


def test_a_register_that_did_not_answer_makes_a_search_incomplete_unless_another_has_a_hit() -> None:
    asked = asked_in_check({"source": "notices", "asked": ["name", "document.number"]})
    silent = refused(SourceAnswer("own-persons", BY_NAME["persons"]), ApiRefused(504, Problem(status=504)))
    none = SourceAnswer("own-works", BY_NAME["works"], "none")
    source = {"state": "answered", "total": 3, "detail": None, "warnings": [], "request": ID}
    found = answer_in_check(
        asked, {"source": source, "hits": [{**hit(), "verdict": "hit", "near": False, "record": _notice()}]}
    )
    assert (found.beyond, found.asked) == (2, ("name", "document_number"))
    assert outcome_of([none]).verdict == "no-hit"
    assert outcome_of([none, silent]).verdict == "incomplete"
    assert outcome_of([none], is_misread=True).verdict == "incomplete"
    assert outcome_of([none, silent, found]).verdict == "hit"
    cut = {"code": "name-common", "pointer": "", "detail": ""}
    partly = answer_in_check(asked, {"source": {**source, "state": "none", "total": 0, "warnings": [cut]}, "hits": []})
    assert outcome_of([partly]).verdict == "incomplete"
    broken = answer_in_check(asked, {"source": source, "hits": [{"verdict": "hit"}]})
    assert outcome_of([broken]).verdict == "incomplete"
    for name in source:
        without = {key: value for key, value in source.items() if key != name}
        assert answer_in_check(asked, {"source": without, "hits": [hit()]}).state == "unreachable"


def _notice() -> dict[str, Any]:
    return {"id": ID, "owner": "FR", "subject": {"name": "Каренин", "names_in_other_scripts": ["كارينين"]}}
