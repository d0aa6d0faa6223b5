"""Searches for missing persons and unidentified bodies through the application."""

from datetime import timedelta
from typing import Any

import pytest

from shared.clock import FixedClock
from tests.services.missing_persons.reports import BODIES, PERSONS, reported, searched
from tests.services.missing_persons.samples import BODY, PERSON
from tests.support import ServiceClient


async def test_a_person_is_found_by_all_criteria_together(service: ServiceClient) -> None:
    """Name, age, sex, nationality, place and date; the match names each of them."""
    record = await reported(service, PERSONS, PERSON)
    found = await searched(
        service.officer("FR"),
        PERSONS,
        name="marlow julia",
        age_min=38,
        age_max=38,
        sex="F",
        nationality="BE",
        place="ROTTERDAM, Central Station",
        country="NL",
        last_seen_from="2026-03-01",
        last_seen_to="2026-03-14",
    )
    [(only, score, match)] = found
    assert only == record
    assert 0.8 < score < 1
    assert match == (
        "name: marlow ~ Marlowe, Julia; sex F; age 38 to 38; nationality BE; place ROTTERDAM, Central Station; "
        "country NL; last seen from 2026-03-01; last seen to 2026-03-14"
    )


@pytest.mark.parametrize(
    "wanted",
    [
        {"name": "peter marlowe"},
        {"sex": "M"},
        {"age_min": 39},
        {"age_max": 37},
        {"age_min": 40, "age_at": "today"},
        {"date_of_birth": "1987-04-20"},
        {"last_seen": "2026-03-15/2026-04"},
        {"nationality": "DE"},
        {"place": "utrecht"},
        {"country": "DE"},
        {"last_seen_from": "2026-03-15"},
        {"last_seen_to": "2026-03-13"},
    ],
)
async def test_a_person_is_not_found_if_a_single_criterion_excludes_them(
    service: ServiceClient, wanted: dict[str, Any]
) -> None:
    """However well the rest fits."""
    await reported(service, PERSONS, PERSON)
    everything_else = {"name": "julia", "sex": "F", "age_min": 30, "nationality": "NL", "place": "rotterdam"}
    assert await searched(service.officer("FR"), PERSONS, **everything_else)
    assert await searched(service.officer("FR"), PERSONS, **{**everything_else, **wanted}) == []


async def test_the_age_of_a_person_is_that_when_they_were_last_seen(service: ServiceClient, clock: FixedClock) -> None:
    """A child is searched by the age in the report, however long ago it was; `age_at=today` asks for that of today."""
    record = await reported(service, PERSONS, PERSON, date_of_birth="2018-06-02")
    france = service.officer("FR")
    then = {"age_min": 7, "age_max": 7}
    now = {"age_min": 8, "age_max": 8, "age_at": "today"}
    assert await searched(france, PERSONS, **now) == []
    for _ in range(2):
        assert await searched(france, PERSONS, **then) == [(record, 1.0, "age 7 to 7")]
        clock.advance(timedelta(days=1))
    assert await searched(france, PERSONS, **now) == [(record, 1.0, "age 8 to 8 today")]
    assert await searched(france, PERSONS, age_min=8) == []


async def test_unknown_facts_lower_the_score_of_a_person_but_do_not_exclude_them(service: ServiceClient) -> None:
    """Unknown sex, birth and nationality, which the match states as not known."""
    unknown = await reported(service, PERSONS, PERSON, sex="U", date_of_birth=None, nationalities=[])
    by_year = await reported(service, PERSONS, PERSON, date_of_birth="1987/1988")
    known = await reported(service, PERSONS, PERSON)
    found = await searched(service.officer("FR"), PERSONS, sex="F", age_min=38, age_max=45, nationality="NL")
    assert found == [
        (known, 1.0, "sex F; age 38 to 45; nationality NL"),
        (by_year, 0.8, "sex F; age 38 to 45 possible; nationality NL"),
        (unknown, 0.2621, "sex F not known; age 38 to 45 not known; nationality NL not known"),
    ]


async def test_a_place_is_found_by_a_part_of_its_name(service: ServiceClient) -> None:
    """With a lower score than the whole name; characters of SQL patterns have no special meaning."""
    record = await reported(service, PERSONS, PERSON, last_seen_place="Besançon")
    assert await searched(service.officer("FR"), PERSONS, place="besancon") == [(record, 1.0, "place besancon")]
    assert await searched(service.officer("FR"), PERSONS, place="sanco") == [(record, 0.8, "place sanco possible")]
    assert await searched(service.officer("FR"), PERSONS, place="b%n") == []


async def test_a_corrected_person_is_found_by_the_new_name_alone(service: ServiceClient) -> None:
    """A correction replaces all names of a person."""
    record = await reported(service, PERSONS, PERSON)
    changed = {**PERSON, "family_name": "Whitlock", "birth_name": None}
    assert (await service.officer("NL").put(f"{PERSONS}/{record}", json=changed)).json()["version"] == 2
    assert [hit[0] for hit in await searched(service.officer("FR"), PERSONS, name="whitlock")] == [record]
    assert await searched(service.officer("FR"), PERSONS, name="ostrander") == []


async def test_a_body_is_found_by_its_facts_and_estimates(service: ServiceClient) -> None:
    """Estimates within the range searched score 1, those that overlap it score less."""
    record = await reported(service, BODIES, BODY)
    place = {"country": "NL", "place": "hoek van holland", "found_from": "2026-04-01", "found_to": "2026-04-30"}
    rest = "country NL; found from 2026-04-01; found to 2026-04-30"
    inside = {"age_min": 25, "age_max": 50, "height_min": 160, "height_max": 175}
    assert await searched(service.officer("DE"), BODIES, sex="F", **inside) == [
        (record, 1.0, "sex F; age 25 to 50; height 160 to 175 cm")
    ]
    assert await searched(service.officer("DE"), BODIES, age_max=32, height_min=170, **place) == [
        (
            record,
            0.512,
            f"age to 32 possible; height from 170 cm possible; place hoek van holland possible; {rest}",
        )
    ]
    assert await searched(service.officer("DE"), BODIES, age_max=29) == []
    assert await searched(service.officer("DE"), BODIES, height_min=174) == []


async def test_unknown_estimates_lower_the_score_of_a_body_but_do_not_exclude_it(service: ServiceClient) -> None:
    """A skeleton of unknown sex, age and height is found in a search for a woman of forty."""
    estimates = dict.fromkeys(("age_min", "age_max", "height_min", "height_max"))
    unknown = await reported(service, BODIES, BODY, sex="U", condition=["skeleton"], **estimates)
    half_open = await reported(service, BODIES, BODY, age_max=None)
    found = await searched(service.officer("DE"), BODIES, sex="F", age_min=40, age_max=40, height_min=160)
    assert [(record, score) for record, score, _ in found] == [(half_open, 0.8), (unknown, 0.2621)]


@pytest.mark.parametrize("path", [PERSONS, BODIES])
@pytest.mark.parametrize(
    "wanted", [{}, {"colour": "red"}, {"sex": "X"}, {"age_min": 131}, {"place": "?"}, {"name": "⚡"}]
)
async def test_a_search_without_a_valid_criterion_is_refused(
    service: ServiceClient, path: str, wanted: dict[str, Any]
) -> None:
    """At least one known criterion is needed, and an unknown parameter is not ignored."""
    assert (await service.officer("FR").get(f"{path}/search", params=wanted)).status_code == 422


async def test_a_hit_explains_each_criterion_by_what_the_record_states(service: ServiceClient) -> None:
    """What the record does not have is null, and costs as much as its score says."""
    await reported(service, PERSONS, {**PERSON, "sex": "U", "nationalities": [], "date_of_birth": "1987"})
    asked = {"name": "marlow julia", "sex": "F", "age_min": 39, "nationality": "BE", "place": "rotterdam"}
    answer = (await service.officer("FR").get(f"{PERSONS}/search", params=asked)).json()
    [hit] = answer["hits"]
    assert [(each["field"], each["asked"], each["found"]) for each in hit["why"]] == [
        ("name", "marlow julia", "Julia Ann Marlowe"),
        ("sex", "F", None),
        ("age", "from 39", "1987"),
        ("nationality", "BE", None),
        ("place", "rotterdam", "Rotterdam, central station"),
    ]
    assert [each["score"] for each in hit["why"][1:]] == pytest.approx([0.64, 0.8, 0.64, 0.8])
    assert hit["score"] == pytest.approx(hit["why"][0]["score"] * 0.64 * 0.8 * 0.64 * 0.8, abs=1e-4)


async def test_a_hit_in_a_body_explains_its_estimates(service: ServiceClient) -> None:
    """As ranges with their unit."""
    await reported(service, BODIES, {**BODY, "age_max": None})
    asked = {"age_min": 40, "height_min": 160, "height_max": 180, "found_from": "2026-04-01"}
    [hit] = (await service.officer("FR").get(f"{BODIES}/search", params=asked)).json()["hits"]
    assert [(each["field"], each["asked"], each["found"], each["score"]) for each in hit["why"]] == [
        ("age", "from 40", "from 30", pytest.approx(0.8)),
        ("height", "160 to 180 cm", "165 to 173 cm", 1.0),
        ("found_from", "2026-04-01", "2026-04-02", 1.0),
    ]


@pytest.mark.parametrize(
    ("path", "search", "pointers"),
    [
        (PERSONS, {"name": "J"}, ["/name"]),
        (PERSONS, {"name": "1987", "last_seen_from": "2027-01-01"}, ["/name", "/last_seen_from"]),
        (PERSONS, {"name": "julia"}, []),
        (PERSONS, {"last_seen": "2031"}, ["/last_seen"]),
        (PERSONS, {"last_seen": "2026"}, []),
        (PERSONS, {"last_seen_from": "2027"}, ["/last_seen_from"]),
        (PERSONS, {"last_seen_to": "2031-02"}, []),
        (PERSONS, {"date_of_birth": "2030"}, ["/date_of_birth"]),
        (PERSONS, {"date_of_birth": "1880"}, ["/date_of_birth"]),
        (PERSONS, {"date_of_birth": "2010", "age_min": 30}, ["/age_min"]),
        # How old they were when they were last seen, long ago perhaps.
        (PERSONS, {"date_of_birth": "1987", "age_max": 20}, []),
        (PERSONS, {"date_of_birth": "1987", "age_max": 20, "age_at": "today"}, ["/age_max"]),
        (BODIES, {"found": "2030"}, ["/found"]),
        (BODIES, {"died": "2030", "found_from": "2028-05"}, ["/found_from", "/died"]),
        (BODIES, {"found_from": "2027-01-01"}, ["/found_from"]),
        (BODIES, {"sex": "F"}, []),
    ],
)
async def test_a_search_that_looks_mistyped_has_warnings(
    service: ServiceClient, path: str, search: dict[str, Any], pointers: list[str]
) -> None:
    """Whether it finds something or not."""
    for _ in range(2):
        answer = (await service.officer("FR").get(f"{path}/search", params=search)).json()
        assert [each["pointer"] for each in answer["warnings"]] == pointers
        await reported(service, path, PERSON if path == PERSONS else BODY)


@pytest.mark.parametrize(
    ("limits", "found"),
    [
        ({"last_seen_from": "2026-03", "last_seen_to": "2026-03"}, True),
        ({"last_seen_from": "2026", "last_seen_to": "2026"}, True),
        ({"last_seen_from": "2026-04"}, False),
        ({"last_seen_to": "2025"}, False),
    ],
)
async def test_the_ends_of_an_interval_may_be_months_or_years(
    service: ServiceClient, limits: dict[str, str], found: bool
) -> None:
    """From the first day of one to the last day of the other."""
    await reported(service, PERSONS, PERSON)
    answer = await service.officer("FR").get(f"{PERSONS}/search", params=limits)
    assert (answer.json()["total"] == 1) is found
    refused = await service.officer("FR").get(f"{PERSONS}/search", params={"last_seen_from": "March"})
    assert "YYYY-MM, YYYY" in refused.json()["errors"][0]["detail"]
