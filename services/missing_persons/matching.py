"""The criteria of a search, and its hit in one record. Pure: no input or output."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any, Final

from services.missing_persons.models import Body, MissingPerson
from services.missing_persons.queries import AgeAt, BodySearch, PersonSearch
from services.missing_persons.rules import OPEN, Case, names_of, place_key
from shared.dates import OLDEST_AGE, ages_at, births_for_ages, days_of, first_day, span_text
from shared.names import NameMatch, match_names
from shared.records import service_kit as kit
from shared.records.search import criteria
from shared.records.search.criteria import Criterion, Doubt

# The members of a record that have other names than the fields of a search.
_OF_BODY: Final = {
    "place": "found_place",
    "country": "found_country",
    **dict.fromkeys(("found", "found_from", "found_to"), "found_date"),
}
_OF_PERSON: Final = {
    "age": "date_of_birth",
    "nationality": "nationalities",
    "place": "last_seen_place",
    "country": "last_seen_country",
    **dict.fromkeys(("last_seen", "last_seen_from", "last_seen_to"), "last_seen_date"),
}
# Of a body both are estimates, with a least and a greatest value.
_UNITS: Final = {"age": "", "height": " cm"}
# Of a criterion about which there is as much doubt as may be.
LEAST_SCORE: Final = criteria.score([max(Doubt)])


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
    asked: list[Criterion] = [criteria.SameSex("sex", search.sex, "sex", search.sex)] if search.sex else []
    if search.person_status:
        status = search.person_status
        asked.append(criteria.SameStatus("person_status", status, "person_status", status))
    if isinstance(search, PersonSearch):
        asked += _birth_and_nationality(search, today)
        event, first, last = "last_seen", search.last_seen_from, search.last_seen_to
    else:
        asked += _estimates(search)
        event, first, last = "found", search.found_from, search.found_to
    if search.place:
        asked.append(criteria.PartOf("place", search.place, f"{event}_place", place_key(search.place)))
    if search.country:
        asked.append(criteria.SameCountry("country", search.country, f"{event}_country", search.country))
    if first:
        asked.append(_between(f"{event}_from", event, str(first), first, None))
    if last:
        asked.append(_between(f"{event}_to", event, str(last), None, last))
    if day := search.last_seen if isinstance(search, PersonSearch) else search.found:
        asked.append(_between(event, event, day, *days_of(day)))
    return asked


def _between(field: str, event: str, asked: str, first: date | None, last: date | None) -> Criterion:
    return criteria.Overlapping(field, asked, f"{event}_first", f"{event}_last", first, last)


def _birth_and_nationality(search: PersonSearch, today: date) -> Iterator[Criterion]:
    if search.date_of_birth:
        yield _between("date_of_birth", "born", search.date_of_birth, *days_of(search.date_of_birth))
    if search.age_min is not None or search.age_max is not None:
        yield _age(search, today)
    if search.nationality:
        yield criteria.OneOf("nationality", search.nationality, "nationalities", search.nationality)


def _age(search: PersonSearch, today: date) -> Criterion:
    asked = span_text(search.age_min, search.age_max)
    if search.age_at is AgeAt.EVENT:
        return criteria.Overlapping("age", asked, "age_min", "age_max", search.age_min, search.age_max)
    oldest = OLDEST_AGE if search.age_max is None else search.age_max
    births = births_for_ages(search.age_min or 0, oldest, today)
    return criteria.Overlapping("age", f"{asked} today", "born_first", "born_last", *births)


def _estimates(search: BodySearch) -> Iterator[Criterion]:
    if search.died:
        yield _between("died", "died", search.died, *days_of(search.died))
    for measure, unit in _UNITS.items():
        least, greatest = getattr(search, f"{measure}_min"), getattr(search, f"{measure}_max")
        if least is not None or greatest is not None:
            asked = f"{span_text(least, greatest)}{unit}"
            yield criteria.Overlapping(measure, asked, f"{measure}_min", f"{measure}_max", least, greatest)


def match(record: Case, query: PersonSearch | BodySearch, at: datetime) -> kit.Hit[Case] | None:
    """Return the hit of a search in one record, None if it does not fit or the case is not open any more."""
    asked = criteria_of(query, at.date())
    doubts = criteria.doubts_of(asked, search_columns(record))
    if doubts is None or record.status not in OPEN:
        return None
    if isinstance(query, BodySearch) or isinstance(record, Body) or query.name is None:
        return hit(record, asked, doubts)
    named = match_names(query.name, names_of(record))
    return hit(record, asked, doubts, (query.name, named)) if named else None


def compare(record: Case, query: PersonSearch | BodySearch, at: datetime) -> list[kit.Comparison]:
    """Return whether a case is open, and how it meets each criterion of a search."""
    is_open: bool = record.status in OPEN
    row: dict[str, Any] = search_columns(record)
    comparisons: list[kit.Comparison] = [kit.compared("status", "an open case", record.status, is_met=is_open)]
    if isinstance(query, PersonSearch) and isinstance(record, MissingPerson) and query.name is not None:
        comparisons.append(kit.compared_name(query.name, names_of(record)))
    return [*comparisons, *(_compared(record, each, each.doubt(row)) for each in criteria_of(query, at.date()))]


def _compared(record: Case, criterion: Criterion, doubt: Doubt | None) -> kit.Comparison:
    if doubt is not None:
        met = _met(record, criterion, doubt)
        return kit.Comparison(met, LEAST_SCORE, is_met=True, says="it is met")
    found = _stated(record, criterion.field)
    match = kit.FieldMatch(criterion.field, criterion.asked, found, 0.0)
    return kit.Comparison(match, LEAST_SCORE, is_met=False, says=f"asked {criterion.asked}, found {found}")


def hit(
    record: kit.R, asked: Sequence[Criterion], doubts: Sequence[Doubt], name: tuple[str, NameMatch] | None = None
) -> kit.Hit[kit.R]:
    """Return the hit in a record that leaves these doubts, and meets the name if one is sought; `name` has both."""
    met = [_met(record, *each) for each in zip(asked, doubts, strict=True)]
    texts = criteria.explain(asked, doubts)
    why, match = met, texts
    if name is not None:
        asked_name, named = name
        why = [kit.FieldMatch("name", asked_name, named.found, named.score), *met]
        match = [named.text, *texts]
    return kit.Hit(score=kit.score_of_all(why), match="; ".join(match), why=tuple(why), record=record)


def _met(record: kit.Record, criterion: Criterion, doubt: Doubt) -> kit.FieldMatch:
    found = None if doubt is Doubt.UNKNOWN else _stated(record, criterion.field)
    return kit.FieldMatch(criterion.field, criterion.asked, found, criteria.score([doubt]))


def _stated(record: kit.Record, field: str) -> str:
    """Return what a record states of a field, as its owner wrote it."""
    is_body = isinstance(record, Body)
    if is_body and field in _UNITS:
        estimate = span_text(getattr(record, f"{field}_min"), getattr(record, f"{field}_max"))
        return f"{estimate}{_UNITS[field]}"
    stated = getattr(record, (_OF_BODY if is_body else _OF_PERSON).get(field, field))
    return ", ".join(stated) if isinstance(stated, tuple) else str(stated)


def query_warnings(query: PersonSearch | BodySearch, at: datetime) -> Iterator[kit.QueryWarning]:
    """Yield what looks mistyped in a search."""
    today = at.date()
    if isinstance(query, BodySearch):
        members = {"found": query.found, "found_from": query.found_from, "died": query.died}
    else:
        # At an event of the past nobody was older than today; how much younger is not known.
        ages = (query.age_min, query.age_max if query.age_at is AgeAt.TODAY else None)
        yield from kit.name_warnings(query.name)
        yield from kit.birth_warnings(query.date_of_birth, ages, today)
        members = {"last_seen": query.last_seen, "last_seen_from": query.last_seen_from}
    for member, known in members.items():
        yield from kit.future_warnings(member, None if known is None else first_day(known), today)
