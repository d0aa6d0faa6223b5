"""The list of extracts: who finds what, in which order, on which page."""

from datetime import timedelta
from typing import Any, Final

import pytest

from services.notices.models import RedNotice
from shared.bureaus import PUBLIC
from shared.clock import FixedClock
from tests.services.notices.examples import PERSON, WARRANT, complete
from tests.services.notices.steps import PATH, drafted, publish, published, take
from tests.support import ServiceClient

EXTRACTS: Final = f"{PATH}/extracts"


def red(name: str | None = "Marvellier", forename: str | None = "Anne", **more: Any) -> dict[str, Any]:
    return complete("red", subject={**PERSON, "name": name, "forename": forename, **more}, public=True)


async def ask(service: ServiceClient, bureau: str = PUBLIC, kind: str = "red", **query: Any) -> Any:
    answer = await service.officer(bureau).get(EXTRACTS, params={"kind": kind, **query})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def five_published(service: ServiceClient, clock: FixedClock) -> None:
    for name in "ABCDE":
        clock.advance(timedelta(seconds=1))
        await published(service, red(name))


async def test_a_list_shows_those_published_last_first(service: ServiceClient, clock: FixedClock) -> None:
    """Whichever was drafted first."""
    early = await drafted(service, red("Early"))
    await published(service, red("Late"))
    clock.advance(timedelta(minutes=1))
    await take(service, "FR", early, "submission")
    await take(service, "IPSG", early, "review")
    await publish(service, early)
    found = await ask(service)
    assert [each["name"] for each in found["items"]] == ["Early", "Late"]
    assert (found["total"], found["page"]) == (2, 1)


async def test_a_line_shows_what_the_extract_shows(service: ServiceClient) -> None:
    """Under the same names."""
    notice = await published(service, red())
    [line] = (await ask(service))["items"]
    extract = (await service.officer(PUBLIC).get(f"{PATH}/{notice}")).json()
    subject = extract["subject"]
    assert line == {
        **{each: extract[each] for each in ("id", "owner", "version", "number")},
        **{each: subject[each] for each in ("name", "forename", "date_of_birth", "nationalities")},
        "kind": "red",
        "photograph": None,
    }


async def test_only_public_notices_in_force_are_listed(service: ServiceClient) -> None:
    """For anyone who asks, the issuer included; an end is effective at once."""
    notice = await published(service, red())
    await published(service, complete("red"))
    await drafted(service, red())
    for bureau in (PUBLIC, "FR", "DE", "IPSG"):
        assert [each["id"] for each in (await ask(service, bureau))["items"]] == [notice]
    await take(service, "FR", notice, "withdrawal")
    for query in ({}, {"name": "Marvellier"}):
        assert (await ask(service, **query)) == {"items": [], "page": 1, "total": 0}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"name": "arvel"}, True),
        ({"name": "^MARV.*$"}, True),
        ({"name": "^.{10}$"}, True),
        ({"name": "^.....$"}, False),
        ({"name": "^arvel"}, False),
        ({"name": "Marvellier", "forename": "^A"}, True),
        ({"name": "Marvellier", "forename": "^B"}, False),
        ({"name": "Anne"}, False),
        ({"name": "Marv("}, False),
        ({"name": "(?=M)"}, False),
        ({"name": "x" * 500}, False),
        ({"nationality": "FR"}, True),
        ({"nationality": "DE"}, False),
        ({"age_min": 40, "age_max": 60}, True),
        ({"age_min": 60, "age_max": 40}, False),
        ({"age_min": 999}, False),
        ({"age_max": 999}, True),
        ({"age_max": 12}, False),
        ({"sex": PERSON["sex"]}, True),
        ({"sex": "U"}, False),
        ({"free_text": "MARVELLIER anne"}, True),
        ({"free_text": "nobody"}, False),
        ({"free_text": "%"}, False),
        ({"free_text": "_____"}, False),
        ({"warrant_country": "FR"}, True),
        ({"warrant_country": "DE"}, False),
        ({"un_reference": "QDi.999"}, False),
    ],
    ids=str,
)
async def test_all_parameters_must_fit(service: ServiceClient, query: dict[str, Any], found: bool) -> None:
    """A name is a regular expression, found anywhere and in any case; what is none is a text."""
    await published(service, red(date_of_birth="1980-05-17", nationalities=["FR", "BE"]))
    assert (await ask(service, **query))["total"] == int(found)


async def test_free_text_is_sought_in_nothing_that_is_hidden(service: ServiceClient) -> None:
    """Though each word may be in another field of the extract."""
    content = red(distinguishing_marks="anchor on the hand")
    warrants = [{**WARRANT, "charge": "Escroquerie", "reference": "TJ-SECRET", "law": "Code 17"}]
    await published(service, {**content, "facts": "hidden facts", "reference": "2026/77", "warrants": warrants})
    for shown in ("escroquerie", "anchor escroquerie"):
        assert (await ask(service, free_text=shown))["total"] == 1
    for hidden in ("hidden", "TJ-SECRET", "77/", "Code"):
        assert (await ask(service, free_text=hidden))["total"] == 0


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("asked", "page", "shown"),
    [
        ({"limit": 2}, 1, ["E", "D"]),
        ({"limit": 2, "page": 3}, 3, ["A"]),
        ({"limit": 2, "page": 9}, 3, ["A"]),
        ({"limit": 2, "page": 2, "name": "."}, 2, ["C", "B"]),
        ({"limit": 2, "page": 9, "name": "."}, 3, ["A"]),
    ],
    ids=str,
)
async def test_a_page_past_the_end_is_the_last(
    service: ServiceClient, clock: FixedClock, asked: dict[str, Any], page: int, shown: list[str]
) -> None:
    """With names and without."""
    await five_published(service, clock)
    found = await ask(service, **asked)
    assert ([each["name"] for each in found["items"]], found["page"], found["total"]) == (shown, page, 5)


@pytest.mark.thorough
async def test_pages_reach_no_more_than_160(
    service: ServiceClient, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The total is true all the same."""
    monkeypatch.setattr("services.notices.public_list.extracts.REACHABLE", 3)
    await five_published(service, clock)
    for query in ({}, {"name": "."}):
        found = await ask(service, limit=2, page=3, **query)
        assert ([each["name"] for each in found["items"]], found["page"], found["total"]) == (["C"], 2, 5)


async def test_a_single_name_is_the_name(service: ServiceClient) -> None:
    """And there are no forenames."""
    await published(service, red(None, None, single_name="Suharto"))
    [line] = (await ask(service, name="^Suh"))["items"]
    assert (line["name"], line["forename"]) == ("Suharto", None)
    assert (await ask(service, forename="."))["total"] == 0


async def test_persons_and_entities_of_the_un_have_lists_of_their_own(service: ServiceClient) -> None:
    """And one together, which is asked by listing as well."""
    person = complete("un-special", public=True)
    await published(service, person)
    both = (await ask(service, kind="un"))["total"]
    assert both == sum([(await ask(service, kind=kind))["total"] for kind in ("un-persons", "un-entities")]) == 1
    listing = person["un_listing"]
    assert (await ask(service, kind="un", un_reference=listing["reference"].upper()))["total"] == 1
    assert (await ask(service, kind="un", un_resolution="no such"))["total"] == 0


async def test_a_yellow_extract_has_the_event_and_the_parents(service: ServiceClient) -> None:
    """Without the time of day; a red one has no event."""
    event = {"date": "2026-02-11", "time": "22:40", "place": "Marville", "country": "FR"}
    parents = {"father_forename": "Marcel", "mother_forename": "Alice", "mother_name": "Morel"}
    content = complete("yellow", public=True, event=event)
    content["subject"] = {**content["subject"], **parents}
    notice = await published(service, content)
    extract = (await service.officer(PUBLIC).get(f"{PATH}/{notice}")).json()
    assert extract["event"] == {**event, "time": None}
    assert {each: extract["subject"][each] for each in parents} == parents


def test_a_yellow_extract_alone_has_an_event() -> None:
    assert "event" not in RedNotice.public_fields


QUERIES: Final[tuple[dict[str, Any], ...]] = (
    *({}, {"limit": 1, "page": 2}, {"name": "."}, {"name": "Secret"}, {"forename": "Hidden"}, {"free_text": "secret"}),
    *({"nationality": "CH"}, {"age_min": 30, "age_max": 60}, {"sex": "M"}, {"warrant_country": "FR"}),
)


@pytest.mark.parametrize(
    ("bureau", "changes", "steps"),
    [
        (PUBLIC, {"public": False}, ()),
        (PUBLIC, {"public": False, "handling": "RESTRICTED"}, ()),
        (PUBLIC, {"public": False, "conditions": ["H2"]}, ()),
        (PUBLIC, {"public": False, "addressed": ["DE"]}, ()),
        (PUBLIC, {}, ("withdrawal",)),
        ("PL", {"restricted": ["PL"]}, ()),
        ("PL", {"restricted": ["PL"]}, ("withdrawal",)),
    ],
    ids=str,
)
async def test_no_answer_depends_on_a_hidden_notice(
    service: ServiceClient, bureau: str, changes: dict[str, Any], steps: tuple[str, ...]
) -> None:
    """In each way to hide it, for each asker: totals, pages and lines are as if it did not exist."""
    await published(service, red())
    before = [await ask(service, bureau, **query) for query in QUERIES]
    notice = await published(service, {**red("Secret", "Hidden"), **changes})
    for step in steps:
        await take(service, "FR", notice, step)
    assert [await ask(service, bureau, **query) for query in QUERIES] == before


async def test_an_expired_notice_is_not_listed(service: ServiceClient, clock: FixedClock) -> None:
    """From the second of its expiry on, whether or not it was deleted yet."""
    await published(service, red())
    clock.advance(timedelta(days=5 * 365 + 1))
    for query in ({}, {"name": "."}):
        assert (await ask(service, **query))["total"] == 0


async def test_a_list_does_not_tell_that_an_update_is_reviewed(service: ServiceClient) -> None:
    """Neither by the version nor by the content."""
    notice = await published(service, red())
    before = await ask(service)
    changed = await service.officer("FR").put(f"{PATH}/{notice}", json=red("Courtaine"))
    assert changed.json()["pending"] is not None
    await take(service, "IPSG", notice, "review")
    assert await ask(service) == before
