"""The criteria of a search, and its hit in one record. Pure: no input or output."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any

from services.missing_persons import criteria
from services.missing_persons.criteria import Criterion
from services.missing_persons.models import Body, BodySearch, MissingPerson, PersonSearch
from services.missing_persons.rules import OPEN, Case, names_of, place_key
from shared.dates import OLDEST_AGE, births_for_ages, earliest_of, latest_of
from shared.names import match_names
from shared.records import service_kit as kit


def search_columns(record: MissingPerson | Body) -> dict[str, Any]:
    """Return the values of the columns that a record is found by, besides its names."""
    if isinstance(record, Body):
        estimated = ("age_min", "age_max", "height_min", "height_max")
        equal = ("status", "sex", "person_status", *estimated, "found_date", "found_country")
        return {name: getattr(record, name) for name in equal} | {"found_place": place_key(record.found_place)}
    born = record.date_of_birth
    return {
        "status": record.status,
        "sex": record.sex,
        "person_status": record.person_status,
        "born_first": earliest_of(born) if born else None,
        "born_last": latest_of(born) if born else None,
        "nationalities": "".join(f",{country}," for country in record.nationalities),
        "last_seen_date": record.last_seen_date,
        "last_seen_place": place_key(record.last_seen_place),
        "last_seen_country": record.last_seen_country,
    }


def criteria_of(search: PersonSearch | BodySearch, today: date) -> list[Criterion]:
    """Return the criteria of a search besides the name; the age of a person is that of today."""
    asked: list[Criterion] = [criteria.SameSex(f"sex {search.sex}", "sex", search.sex)] if search.sex else []
    if search.person_status:
        status = search.person_status
        asked.append(criteria.SameStatus(f"person status {status}", "person_status", status))
    if isinstance(search, PersonSearch):
        asked += _age_and_nationality(search, today)
        event, label, first, last = "last_seen", "last seen", search.last_seen_from, search.last_seen_to
    else:
        asked += _estimates(search)
        event, label, first, last = "found", "found", search.found_from, search.found_to
    if search.place:
        asked.append(criteria.PartOf(f"place {search.place}", f"{event}_place", place_key(search.place)))
    if search.country:
        asked.append(criteria.SameCountry(f"country {search.country}", f"{event}_country", search.country))
    if first or last:
        asked.append(criteria.Between(f"{label} {criteria.span(first, last)}", f"{event}_date", first, last))
    return asked


def _age_and_nationality(search: PersonSearch, today: date) -> Iterator[Criterion]:
    if search.age_min is not None or search.age_max is not None:
        label = f"age {criteria.span(search.age_min, search.age_max)}"
        oldest = OLDEST_AGE if search.age_max is None else search.age_max
        yield criteria.Overlapping(
            label, "born_first", "born_last", *births_for_ages(search.age_min or 0, oldest, today)
        )
    if search.nationality:
        yield criteria.OneOf(f"nationality {search.nationality}", "nationalities", search.nationality)


def _estimates(search: BodySearch) -> Iterator[Criterion]:
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
