"""How a search matches a notice, and why; what looks mistyped in a search. No input or output."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import product
from typing import Final

from services.notices.colours import Colour
from services.notices.lifecycle import IN_FORCE
from services.notices.models import Notice, NoticeRecord
from services.notices.particulars import (
    SWAPPED,
    BirthSought,
    births_of,
    comparable_number,
    documents_of,
    identities_of,
    least_doubt,
    nationalities_of,
)
from services.notices.queries import NoticeQuery
from services.notices.subjects import Person, names_of
from shared import names
from shared.dates import (
    OLDEST_AGE,
    Days,
    births_for_ages,
    days_of,
    span_text,
)
from shared.people import Sex
from shared.records import service_kit as kit

SCORE_OF_A_DOUBT: Final = 0.8
MONTHS: Final = 12


def score(similarity: float, doubts: int) -> float:
    """Return how well a notice fits: the similarity of the name, a fifth less for each doubt."""
    return round(similarity * SCORE_OF_A_DOUBT**doubts, 4) if doubts else similarity


# How a fact with such a score is met, in words.
_DOUBTS: Final = {SCORE_OF_A_DOUBT: " possible", score(1.0, SWAPPED): " with day and month exchanged"}
_AGES: Final = frozenset({"age_min", "age_max"})


def births_sought(query: NoticeQuery, at: datetime) -> list[BirthSought]:
    """Return the days that a birth must meet, each of them, to fit a search; an age is that of today."""
    sought = []
    if query.date_of_birth is not None:
        days = days_of(query.date_of_birth)
        sought.append(BirthSought(frozenset({"date_of_birth"}), days, swapped(days)))
    if query.age_min is not None or query.age_max is not None:
        oldest = OLDEST_AGE if query.age_max is None else query.age_max
        births = births_for_ages(query.age_min or 0, oldest, at.date())
        sought.append(BirthSought(_AGES, births))
    return sought


def swapped(days: Days) -> Days | None:
    """Return a day with its number and month exchanged, as it is often written; None if that is no other day."""
    first, last = days
    if first != last or first.day > MONTHS or first.day == first.month:
        return None
    other = first.replace(month=first.day, day=first.month)
    return Days(other, other)


def match(record: Notice, query: NoticeQuery, at: datetime) -> kit.Hit[Notice] | None:
    """Return the hit of a search in one notice, None if it does not fit or is not in force."""
    if record.status not in IN_FORCE or not _facts_fit(record, query):
        return None
    births = births_of(record.subject)
    doubts = {each: least_doubt(births, each) for each in births_sought(query, at)}
    if None in doubts.values():
        return None
    known = {each: doubt for each, doubt in doubts.items() if doubt is not None}
    if query.name is None:
        return hit(record, query, known)
    fitting = names.match_names(query.name, names_of(record.subject))
    return hit(record, query, known, fitting) if fitting else None


def hit(
    notice: Notice, query: NoticeQuery, doubts: Mapping[BirthSought, int], named: names.NameMatch | None = None
) -> kit.Hit[Notice]:
    """Return the hit in a notice; `doubts` are those that its births leave, `named` is how its names fit."""
    by_parameter = {name: doubt for each, doubt in doubts.items() for name in each.parameters}
    why = tuple(_why(notice, query, by_parameter, named))
    facts = (in_words(each) for each in why if each.field != "name")
    match = "; ".join([*([named.text] if named else ()), *facts])
    return kit.Hit(score=kit.score_of_all(why), match=match, why=why, record=notice)


def in_words(fact: kit.FieldMatch) -> str:
    """Return how a fact is met as text, such as `date of birth 1987 possible`."""
    label = fact.field.replace("_", " ")
    return f"{label} {fact.asked}{_DOUBTS.get(fact.score, '')}"


def _why(
    notice: Notice, query: NoticeQuery, doubts: Mapping[str, int], named: names.NameMatch | None
) -> Iterator[kit.FieldMatch]:
    """Yield how each field of a search is met; only a name may be spelled otherwise, and a birth be in doubt."""
    if query.name is not None and named is not None:
        yield kit.FieldMatch("name", query.name, named.found, named.score)
    facts = facts_of(query)
    for fact in facts:
        if fact not in _AGES:
            fit = score(1.0, doubts.get(fact, 0))
            yield kit.FieldMatch(fact, str(getattr(query, fact)), _stated(notice, query, fact), fit)
    if not _AGES.isdisjoint(facts):
        fit = score(1.0, max(doubts.get(each, 0) for each in _AGES))
        asked = span_text(query.age_min, query.age_max)
        yield kit.FieldMatch("age", asked, _stated(notice, query, "date_of_birth"), fit)


def _stated(notice: Notice, query: NoticeQuery, fact: str) -> str | None:
    """Return what a notice says of a fact in all identities, as its owner wrote it; None if nothing."""
    identities = identities_of(notice.subject)
    match fact:
        case "colour":
            return notice.colour
        case "nationality":
            stated: Sequence[str] = nationalities_of(notice.subject)
        case "date_of_birth":
            stated = [each.date_of_birth for each in identities if each.date_of_birth is not None]
        case "document_number":
            wanted = comparable_number(query.document_number or "")
            numbers = [document.number for each in identities for document in each.documents]
            stated = [number for number in numbers if comparable_number(number) == wanted]
        case _:
            value = getattr(notice.subject, fact, None)
            stated = [value] if value else []
    return ", ".join(dict.fromkeys(map(str, stated))) or None


def facts_of(query: NoticeQuery) -> list[str]:
    """Return which facts a search asks for, besides the name."""
    return sorted(query.model_dump(exclude_none=True).keys() - {"name", "reference"})


def query_warnings(query: NoticeQuery, at: datetime) -> Iterator[kit.QueryWarning]:
    """Yield what looks mistyped in a search."""
    yield from kit.name_warnings(query.name)
    yield from kit.birth_warnings(query.date_of_birth, (query.age_min, query.age_max), at.date())


def _facts_fit(notice: Notice, query: NoticeQuery) -> bool:
    person = notice.subject if isinstance(notice.subject, Person) else None
    return (
        query.colour in {None, notice.colour}
        and query.sex in {None, person.sex if person else None}
        and query.person_status in {None, person.person_status if person else None}
        and query.nationality in {None, *nationalities_of(notice.subject)}
        and (query.document_number is None or comparable_number(query.document_number) in documents_of(notice.subject))
    )


def query_terms(query: NoticeQuery) -> Iterable[str]:
    """Return the terms under which a search is stored: those of its name, or else its facts, of which all must fit."""
    if query.document_number is not None:
        return [_document(comparable_number(query.document_number))]
    if query.name is not None:
        return names.query_terms(query.name)
    return [_facts(query.colour, query.sex, query.nationality)]


def record_terms(record: NoticeRecord) -> Iterable[str]:
    """Return the terms under which the searches are looked up that a notice might fit."""
    person = record.subject if isinstance(record.subject, Person) else None
    sexes = (None, person.sex) if person else (None,)
    nationalities = (None, *nationalities_of(record.subject))
    facts = {_facts(*asked) for asked in product((None, record.colour), sexes, nationalities)}
    documents = map(_document, documents_of(record.subject))
    return facts.union(documents, names.record_terms(names_of(record.subject)))


def _document(number: str) -> str:
    # As facts: no name is spelled with this sign.
    return f"document? {number}"


def _facts(colour: Colour | None, sex: Sex | None, nationality: str | None) -> str:
    # No name is spelled with these signs when it is compared.
    return f"{colour or '?'} {sex or '?'} {nationality or '?'}"
