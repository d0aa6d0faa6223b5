"""What a search asks of a record, and the hit of a search in one record. Pure: no input or output."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from services.missing_persons.criteria import (
    Between,
    Criterion,
    Doubt,
    OneOf,
    Overlapping,
    PartOf,
    SameCountry,
    SameSex,
    doubts_of,
    explain,
    score,
    span,
)
from services.missing_persons.models import Body, BodySearch, BodyStatus, MissingPerson, PersonSearch, PersonStatus
from services.missing_persons.rules import names_of, place_key
from shared.dates import OLDEST_AGE, births_for_ages, earliest_of, latest_of
from shared.names import match_names
from shared.records.service_kit import Hit, R


def person_columns(person: MissingPerson) -> dict[str, Any]:
    """Return the values that a search for a person looks at, besides the names."""
    born = person.date_of_birth
    return {
        "status": person.status,
        "sex": person.sex,
        "born_first": earliest_of(born) if born else None,
        "born_last": latest_of(born) if born else None,
        "nationalities": "".join(f",{country}," for country in person.nationalities),
        "last_seen_date": person.last_seen_date,
        "last_seen_place": place_key(person.last_seen_place),
        "last_seen_country": person.last_seen_country,
    }


def body_columns(body: Body) -> dict[str, Any]:
    """Return the values that a search for a body looks at."""
    return {
        "status": body.status,
        "sex": body.sex,
        "age_min": body.age_min,
        "age_max": body.age_max,
        "height_min": body.height_min,
        "height_max": body.height_max,
        "found_date": body.found_date,
        "found_place": place_key(body.found_place),
        "found_country": body.found_country,
    }


def person_criteria(search: PersonSearch, today: date) -> list[Criterion]:
    """Return what a search for a person asks besides the name; an age is that of today."""
    asked: list[Criterion] = []
    if search.sex:
        asked.append(SameSex(f"sex {search.sex}", "sex", search.sex))
    if search.age_min is not None or search.age_max is not None:
        words = f"age {span(search.age_min, search.age_max)}"
        oldest = OLDEST_AGE if search.age_max is None else search.age_max
        asked.append(
            Overlapping(words, "born_first", "born_last", *births_for_ages(search.age_min or 0, oldest, today))
        )
    if search.nationality:
        asked.append(OneOf(f"nationality {search.nationality}", "nationalities", search.nationality))
    asked += _where(search, "last_seen")
    if search.last_seen_from or search.last_seen_to:
        words = f"last seen {span(search.last_seen_from, search.last_seen_to)}"
        asked.append(Between(words, "last_seen_date", search.last_seen_from, search.last_seen_to))
    return asked


def body_criteria(search: BodySearch) -> list[Criterion]:
    """Return what a search for a body asks."""
    asked: list[Criterion] = []
    if search.sex:
        asked.append(SameSex(f"sex {search.sex}", "sex", search.sex))
    for measure, unit in (("age", ""), ("height", " cm")):
        least, greatest = getattr(search, f"{measure}_min"), getattr(search, f"{measure}_max")
        if least is not None or greatest is not None:
            words = f"{measure} {span(least, greatest)}{unit}"
            asked.append(Overlapping(words, f"{measure}_min", f"{measure}_max", least, greatest))
    asked += _where(search, "found")
    if search.found_from or search.found_to:
        words = f"found {span(search.found_from, search.found_to)}"
        asked.append(Between(words, "found_date", search.found_from, search.found_to))
    return asked


def _where(search: PersonSearch | BodySearch, event: str) -> list[Criterion]:
    asked: list[Criterion] = []
    if search.place:
        asked.append(PartOf(f"place {search.place}", f"{event}_place", place_key(search.place)))
    if search.country:
        asked.append(SameCountry(f"country {search.country}", f"{event}_country", search.country))
    return asked


def match_person(person: MissingPerson, search: PersonSearch, at: datetime) -> Hit[MissingPerson] | None:
    """Return the hit of a search in one person, None if they do not fit or are not missing any more."""
    asked = person_criteria(search, at.date())
    doubts = doubts_of(asked, person_columns(person))
    if doubts is None or person.status is not PersonStatus.MISSING:
        return None
    if search.name is None:
        return hit(person, asked, doubts)
    named = match_names(search.name, names_of(person))
    return hit(person, asked, doubts, named) if named else None


def match_body(body: Body, search: BodySearch) -> Hit[Body] | None:
    """Return the hit of a search in one body, None if it does not fit or is identified."""
    asked = body_criteria(search)
    doubts = doubts_of(asked, body_columns(body))
    return None if doubts is None or body.status is not BodyStatus.UNIDENTIFIED else hit(body, asked, doubts)


def hit(
    record: R, asked: Sequence[Criterion], doubts: Sequence[Doubt], named: tuple[float, str] | None = None
) -> Hit[R]:
    """Return the hit in a record that leaves these doubts; `named` is how well its names fit, and in words."""
    closeness, names = (1.0, []) if named is None else (named[0], [named[1]])
    match = "; ".join([*names, *explain(asked, doubts)])
    return Hit(score=round(closeness * score(doubts), 4), match=match, record=record)
