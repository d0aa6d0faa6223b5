"""Which earlier refusals are found to be about the same subject, and at what cost."""

import json
from typing import Any

import pytest

from services.notices import earlier
from services.notices.earlier import MAX_EARLIER, refusals_about
from services.notices.review_models import NoticeRefusalReason
from services.notices.subjects.models import AnySubject, Person
from tests.services.notices.examples import PERSON


def refused(subject: dict[str, Any], notice: str = "0197") -> str:
    """Return a stored notice of which nothing is sound but what is compared."""
    return json.dumps({"id": notice, "facts": 7, "subject": subject, "decision": {"reason": "article-3"}})


def person(**changes: Any) -> AnySubject:
    return Person.model_validate(PERSON | changes)


@pytest.mark.parametrize(
    ("other", "is_same"),
    [
        ({}, True),
        ({"name": "Marvelier", "date_of_birth": "1980"}, True),
        ({"name": "Courtaine", "aliases": ["Etienne Marvellier"]}, True),
        ({"date_of_birth": None}, True),
        ({"date_of_birth": "1950"}, False),
        ({"name": "Courtaine"}, False),
    ],
)
def test_a_refusal_is_about_the_same_person_by_name_and_birth(other: dict[str, Any], *, is_same: bool) -> None:
    found = refusals_about(person(), [refused(PERSON | other)])
    assert [(each.id, each.reason) for each in found] == ([("0197", NoticeRefusalReason.ARTICLE_3)] if is_same else [])


def test_a_notice_that_ended_without_a_decision_is_no_refusal() -> None:
    assert refusals_about(person(), [json.dumps({"id": "0197", "subject": PERSON, "decision": None})]) == []


def test_nothing_of_a_refused_notice_is_read_but_what_is_compared() -> None:
    """Its facts are no text, and nobody minds."""
    assert len(refusals_about(person(), [refused(PERSON)])) == 1


def test_the_newest_refusals_are_enough() -> None:
    found = refusals_about(person(), [refused(PERSON, str(number)) for number in range(100)])
    assert [each.id for each in found] == [*map(str, range(MAX_EARLIER))]


@pytest.mark.thorough
def test_many_aliases_that_are_alike_do_not_make_the_comparison_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """After so many pairs of names the main one is still compared."""
    compared = []
    match = earlier.names.match_names
    monkeypatch.setattr(earlier.names, "match_names", lambda *names: compared.append(1) or match(*names))
    aliases = [f"Etienne Abel{letter}" for letter in "abcdefghijklmnopqrstuvwxyzabcd"]
    others = [f"Etienne Kruz{letter}" for letter in "abcdefghijklmnopqrstuvwxyzabcd"]
    many = [refused({**PERSON, "name": "Courtaine", "aliases": others}) for _ in range(500)]
    found = refusals_about(person(aliases=aliases), [*many, refused(PERSON)])
    assert len(found) == 1
    assert len(compared) < 3 * earlier.MAX_COMPARED
