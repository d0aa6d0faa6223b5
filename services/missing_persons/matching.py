"""The criteria of a search, and its hit in one record. Pure: no input or output."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any

from services.missing_persons import criteria
from services.missing_persons.criteria import Criterion
from services.missing_persons.models import AgeAt, Body, BodySearch, MissingPerson, PersonSearch
from services.missing_persons.rules import OPEN, Case, names_of, place_key
from shared.dates import OLDEST_AGE, ages_at, births_for_ages, days_of
from shared.names import match_names
from shared.records import service_kit as kit


def search_columns(record: MissingPerson | Body) -> dict[str, Any]:
    """Return the values of the columns that a record is found by, besides its names."""
    if isinstance(record, Body):
        estimated = ("age_min", "age_max", "height_min", "height_max")
        equal = ("status", "sex", "person_status", *estimated, "found_country")
        return {
            **{name: getattr(record, name) for name in equal},
            **_days("found", record.found_date),
            **_days("died", record.died),
            "found_place": place_key(record.found_place),
        }
    born = record.date_of_birth
    age_min, age_max = ages_at(born, record.last_seen_date) if born else (None, None)
    return {
        "status": record.status,
        "sex": record.sex,
        "person_status": record.person_status,
        **_days("born", born),
        "age_min": age_min,
        "age_max": age_max,
        "nationalities": "".join(f",{country}," for country in record.nationalities),
        **_days("last_seen", record.last_seen_date),
        "last_seen_place": place_key(record.last_seen_place),
        "last_seen_country": record.last_seen_country,
    }


def _days(event: str, known: str | None) -> dict[str, date | None]:
    first, last = days_of(known) if known else (None, None)
    return {f"{event}_first": first, f"{event}_last": last}


def criteria_of(search: PersonSearch | BodySearch, today: date) -> list[Criterion]:
    """Return the criteria of a search besides the name; `today` counts for an age of today alone."""
    asked: list[Criterion] = [criteria.SameSex(f"sex {search.sex}", "sex", search.sex)] if search.sex else []
    if search.person_status:
        status = search.person_status
        asked.append(criteria.SameStatus(f"person status {status}", "person_status", status))
    if isinstance(search, PersonSearch):
        asked += _birth_and_nationality(search, today)
        event, first, last = "last_seen", search.last_seen_from, search.last_seen_to
    else:
        asked += _estimates(search)
        event, first, last = "found", search.found_from, search.found_to
    if search.place:
        asked.append(criteria.PartOf(f"place {search.place}", f"{event}_place", place_key(search.place)))
    if search.country:
        asked.append(criteria.SameCountry(f"country {search.country}", f"{event}_country", search.country))
    if first or last:
        asked.append(_between(event, criteria.span(first, last), first, last))
    if day := search.last_seen if isinstance(search, PersonSearch) else search.found:
        asked.append(_between(event, day, *days_of(day)))
    return asked


def _between(event: str, text: str, first: date | None, last: date | None) -> Criterion:
    label = f"{event.replace('_', ' ')} {text}"
    return criteria.Overlapping(label, f"{event}_first", f"{event}_last", first, last)


def _birth_and_nationality(search: PersonSearch, today: date) -> Iterator[Criterion]:
    if search.date_of_birth:
        yield _between("born", search.date_of_birth, *days_of(search.date_of_birth))
    if search.age_min is not None or search.age_max is not None:
        yield _age(search, today)
    if search.nationality:
        yield criteria.OneOf(f"nationality {search.nationality}", "nationalities", search.nationality)


def _age(search: PersonSearch, today: date) -> Criterion:
    label = f"age {criteria.span(search.age_min, search.age_max)}"
    if search.age_at is AgeAt.EVENT:
        return criteria.Overlapping(label, "age_min", "age_max", search.age_min, search.age_max)
    oldest = OLDEST_AGE if search.age_max is None else search.age_max
    births = births_for_ages(search.age_min or 0, oldest, today)
    return criteria.Overlapping(f"{label} today", "born_first", "born_last", *births)


def _estimates(search: BodySearch) -> Iterator[Criterion]:
    if search.died:
        yield _between("died", search.died, *days_of(search.died))
    for measure, unit in (("age", ""), ("height", " cm")):
        least, greatest = getattr(search, f"{measure}_min"), getattr(search, f"{measure}_max")
        if least is not None or greatest is not None:
            label = f"{measure} {criteria.span(least, greatest)}{unit}"
            yield criteria.Overlapping(label, f"{measure}_min", f"{measure}_max", least, greatest)


def match(record: Case, query: PersonSearch | BodySearch, at: datetime) -> kit.Hit[Case] | None:
    """Return the hit of a search in one record, None if it does not fit or the case is not open any more."""
    asked = criteria_of(query, at.date())
    doubts = criteria.doubts_of(asked, search_columns(record))
    if doubts is None or record.status not in OPEN:
        return None
    if isinstance(query, BodySearch) or isinstance(record, Body) or query.name is None:
        return hit(record, asked, doubts)
    named = match_names(query.name, names_of(record))
    return hit(record, asked, doubts, named) if named else None


def hit(
    record: kit.R,
    asked: Sequence[Criterion],
    doubts: Sequence[criteria.Doubt],
    named: tuple[float, str] | None = None,
) -> kit.Hit[kit.R]:
    """Return the hit in a record that leaves these doubts; `named` is the score of its names, and the explanation."""
    closeness, names = (1.0, []) if named is None else (named[0], [named[1]])
    match = "; ".join([*names, *criteria.explain(asked, doubts)])
    return kit.Hit(score=round(closeness * criteria.score(doubts), 4), match=match, record=record)
