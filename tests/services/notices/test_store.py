"""The store of notices, on both databases: search by name and facts, lists, and visibility."""

from typing import Any

import pytest

from services.notices.lifecycle import NoticeStatus
from services.notices.queries import NoticeFilter, NoticeQuery
from services.notices.store import NoticeStore
from services.notices.subjects.search import SHOWN_HITS
from shared.errors import NotFound
from shared.records.results import FieldMatch
from shared.storage import Database
from shared.web import paging
from tests.conftest import NOW
from tests.services.notices.examples import complete, red_about
from tests.services.notices.stored import FRANCE, POLAND, SECRETARIAT, found, notice, remember
from tests.support import caller

pytestmark = pytest.mark.both_databases


@pytest.mark.parametrize(
    "name",
    [
        "Étienne Noël Marvellier",
        "MARVELLIER, ETIENNE",
        "marvelier etienne",
        "Noel Marvellier",
        "Марвелье",
        "Le Grand",
        "Rouard Étienne",
    ],
)
async def test_a_person_is_found_by_any_name_in_any_spelling(store: Database, name: str) -> None:
    """Another order, case or script, no accents, a slip, an alias or the name at birth."""
    wanted = notice(red_about(birth_name="Rouard", names_in_other_scripts=["Этьен Марвелье"], aliases=["Le Grand"]))
    other = notice(red_about(name="Courtaine", forename="Hugo"))
    await remember(store, wanted, other)
    assert await found(store, name=name) == [wanted.id]


async def test_the_closest_name_comes_first(store: Database) -> None:
    """An equal name scores 1 and comes before a misspelt one; each hit states which names were compared."""
    exact, near = notice(red_about(forename="Hugo")), notice(red_about(name="Marvelier", forename="Hugo"))
    await remember(store, exact, near)
    hits = (await NoticeStore(store.reading, POLAND, NOW).find(NoticeQuery(name="Hugo Marvellier"))).hits
    assert [hit.record.id for hit in hits] == [exact.id, near.id]
    assert [hit.match for hit in hits] == ["name: Hugo, Marvellier", "name: Hugo, Marvellier ~ Marvelier"]
    assert hits[0].score == 1.0 > hits[1].score
    assert [hit.why for hit in hits] == [
        (FieldMatch("name", "Hugo Marvellier", "Hugo Marvellier", 1.0),),
        (FieldMatch("name", "Hugo Marvellier", "Hugo Marvelier", hits[1].score),),
    ]


async def test_a_hit_explains_each_fact_by_what_the_notice_states(store: Database) -> None:
    """As the issuing bureau wrote it; the facts are met exactly, so that only a name lowers the score."""
    await remember(store, notice(red_about()))
    query = NoticeQuery(colour="red", sex="M", nationality="CH", date_of_birth="1980", age_min=40)
    [hit] = (await NoticeStore(store.reading, POLAND, NOW).find(query)).hits
    assert [(each.field, each.asked, each.found, each.score) for each in hit.why] == [
        ("colour", "red", "red", 1.0),
        ("date_of_birth", "1980", "1980-05-06", 1.0),
        ("nationality", "CH", "FR, CH", 1.0),
        ("sex", "M", "M", 1.0),
        ("age", "from 40", "1980-05-06", 1.0),
    ]


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ({"name": "J"}, ["name-one-letter"]),
        ({"date_of_birth": "1850"}, ["birth-early"]),
        ({"date_of_birth": "1980", "age_min": 60}, ["age-birth"]),
        ({"colour": "red"}, []),
    ],
)
async def test_a_search_that_looks_mistyped_has_warnings(
    store: Database, query: dict[str, Any], codes: list[str]
) -> None:
    """And is answered all the same."""
    answered = await NoticeStore(store.reading, POLAND, NOW).search(NoticeQuery.model_validate(query))
    assert [each.code for each in answered.warnings] == codes


@pytest.mark.parametrize(
    ("query", "fits"),
    [
        ({"colour": "red"}, True),
        ({"colour": "blue"}, False),
        ({"nationality": "CH"}, True),
        ({"nationality": "DE"}, False),
        ({"sex": "M"}, True),
        ({"sex": "F"}, False),
        ({"date_of_birth": "1980-05-06"}, True),
        ({"date_of_birth": "1980-05"}, True),
        ({"date_of_birth": "1980"}, True),
        ({"date_of_birth": "1980-05-07"}, False),
        ({"date_of_birth": "1981"}, False),
        ({"age_min": 46, "age_max": 46}, True),
        ({"age_min": 47}, False),
        ({"age_max": 45}, False),
        ({"name": "Marvellier", "colour": "red", "nationality": "FR", "date_of_birth": "1980", "age_min": 40}, True),
        ({"name": "Marvellier", "nationality": "DE"}, False),
    ],
)
async def test_a_notice_is_found_only_if_all_criteria_fit(store: Database, query: dict[str, Any], fits: bool) -> None:
    """Each criterion narrows the search; a part of a date is enough."""
    wanted = notice(complete("red"))
    await remember(store, wanted)
    assert await found(store, **query) == ([wanted.id] if fits else [])


async def test_a_notice_with_a_birth_year_alone_is_found_by_any_day_of_it(store: Database) -> None:
    wanted = notice(red_about(date_of_birth="1980"))
    await remember(store, wanted)
    assert await found(store, date_of_birth="1980-12-31") == [wanted.id]
    assert await found(store, date_of_birth="1981-01-01") == []


async def test_a_birth_that_only_may_fit_comes_after_one_that_does(store: Database) -> None:
    """By name and by facts: each doubt takes a fifth off the score, and the match says what is in doubt."""
    births = ("1980", "1979-12/1980-05-06", "1980-05-06")
    records = [notice(red_about(date_of_birth=born, forename="Hugo")) for born in births]
    await remember(store, *records)
    reader = NoticeStore(store.reading, POLAND, NOW)
    for name in (None, "Hugo Marvellier"):
        query = NoticeQuery.model_validate({"name": name, "date_of_birth": "1980-05", "age_min": 46, "age_max": 46})
        hits = (await reader.find(query)).hits
        named = "name: Hugo, Marvellier; " if name else ""
        assert [(hit.record.id, hit.score, hit.match) for hit in hits] == [
            (records[2].id, 1.0, f"{named}date of birth 1980-05; age 46 to 46"),
            (records[1].id, 0.8, f"{named}date of birth 1980-05 possible; age 46 to 46"),
            (records[0].id, 0.64, f"{named}date of birth 1980-05 possible; age 46 to 46 possible"),
        ]


@pytest.mark.parametrize("status", list(NoticeStatus))
async def test_a_search_finds_only_notices_in_force(store: Database, status: NoticeStatus) -> None:
    """Not even the issuer gets a hit on a notice that is not yet, or no longer, published."""
    await remember(store, notice(complete("red"), status))
    in_force = status in {"published", "updated", "diffused"}
    assert len(await found(store, by=FRANCE, name="Marvellier")) == in_force
    assert len(await found(store, by=FRANCE, colour="red")) == in_force


@pytest.mark.parametrize(
    ("status", "readers"),
    [
        (NoticeStatus.DRAFT, ["FR"]),
        (NoticeStatus.SUBMITTED, ["FR", "IPSG"]),
        (NoticeStatus.UNDER_REVIEW, ["FR", "IPSG"]),
        (NoticeStatus.WAITING, ["FR", "IPSG"]),
        (NoticeStatus.DIFFUSED, ["FR", "IPSG", "PL"]),
        (NoticeStatus.REFUSED, ["FR", "IPSG"]),
        (NoticeStatus.PUBLISHED, ["FR", "IPSG", "PL"]),
        (NoticeStatus.UPDATED, ["FR", "IPSG", "PL"]),
        (NoticeStatus.WITHDRAWN, ["FR"]),
        (NoticeStatus.CANCELLED, ["FR", "IPSG"]),
    ],
)
async def test_the_bureaus_that_see_a_notice_depend_on_its_state(
    store: Database, status: NoticeStatus, readers: list[str]
) -> None:
    """For all others it is absent from reads and lists."""
    record = notice(complete("red"), status)
    await remember(store, record)
    for by in (FRANCE, SECRETARIAT, POLAND):
        reader = NoticeStore(store.reading, by, NOW)
        listed = (await reader.list(NoticeFilter())).items
        assert [one.id for one in listed] == ([record.id] if by.bureau in readers else [])
        if by.bureau in readers:
            assert (await reader.get(record.id)).status is status
        else:
            with pytest.raises(NotFound):
                await reader.get(record.id)


async def test_a_barred_bureau_does_not_find_the_notice(store: Database) -> None:
    """Neither in hits nor in totals, by name or by facts."""
    await remember(store, notice(complete("red", restricted=["PL"])))
    assert await found(store, name="Marvellier") == await found(store, colour="red") == []
    assert len(await found(store, by=caller("DE"), name="Marvellier")) == 1


async def test_an_updated_notice_is_found_by_its_new_name_alone(store: Database) -> None:
    record = notice(complete("red"))
    await remember(store, record)
    renamed = record.next_version(NOW, subject=record.subject.model_copy(update={"name": "Courtaine"}))
    async with store.writing() as session:
        await NoticeStore(session, FRANCE, NOW).replace(renamed)
    assert await found(store, name="Courtaine") == [record.id]
    assert await found(store, name="Marvellier") == []


async def test_lists_are_filtered_by_owner_status_colour_and_number(store: Database) -> None:
    numbered = notice(complete("red")).model_copy(update={"number": "2026/1"})
    await remember(store, numbered, notice(complete("blue"), NoticeStatus.DRAFT))
    reader = NoticeStore(store.reading, FRANCE, NOW)
    for wanted in ({"colour": "red"}, {"status": "published"}, {"number": "2026/1"}):
        listed = (await reader.list(NoticeFilter.model_validate(wanted))).items
        assert [one.id for one in listed] == [numbered.id]
    assert (await reader.list(NoticeFilter.model_validate({"owner": "DE"}))).items == []


async def test_the_total_includes_hits_that_are_not_shown(store: Database) -> None:
    many = SHOWN_HITS + 5
    await remember(store, *(notice(complete("red")) for _ in range(many)))
    for query in (NoticeQuery(name="Marvellier"), NoticeQuery.model_validate({"colour": "red"})):
        hits = await NoticeStore(store.reading, POLAND, NOW).find(query)
        assert (len(hits.hits), hits.total) == (SHOWN_HITS, many)


async def test_the_answer_to_a_search_is_limited_in_size(store: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """The best hits that fit are shown, one at least, and the total counts all."""
    await remember(store, *(notice(complete("red")) for _ in range(3)))
    monkeypatch.setattr(paging, "MAX_REPLY_BYTES", 1)
    for query in (NoticeQuery(name="Marvellier"), NoticeQuery.model_validate({"colour": "red"})):
        hits = await NoticeStore(store.reading, POLAND, NOW).find(query)
        assert (len(hits.hits), hits.total) == (1, 3)
