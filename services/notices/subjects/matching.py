"""How a search matches the subject of a record, and why; what looks mistyped in it. No input or output.

For all kinds of records of this service. Each compares the facts that it alone has, such as a colour.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import product
from typing import Final, NamedTuple, TypeVar

from services.notices.subjects.models import AnySubject, Person, names_of
from services.notices.subjects.particulars import (
    SWAPPED,
    BirthSought,
    DocumentRead,
    births_of,
    compared_number,
    documents_of,
    identities_of,
    least_doubt,
    nationalities_of,
    numbers_of,
    read_documents,
)
from services.notices.subjects.queries import AGES, SubjectQuery
from shared import names
from shared.dates import (
    OLDEST_AGE,
    Days,
    births_for_ages,
    days_of,
    span_text,
)
from shared.records import service_kit as kit

SCORE_OF_A_DOUBT: Final = 0.8
MONTHS: Final = 12

R = TypeVar("R", bound=kit.Record)


def score(similarity: float, doubts: int) -> float:
    """Return how well a record fits: the similarity of the name, a fifth less for each doubt."""
    return round(similarity * SCORE_OF_A_DOUBT**doubts, 4) if doubts else similarity


# How a fact with such a score is met, in words.
_DOUBTS: Final = {SCORE_OF_A_DOUBT: " possible", score(1.0, SWAPPED): " with day and month exchanged"}


class Met(NamedTuple):
    """How a subject meets a search."""

    doubts: Mapping[BirthSought, int]
    """That its births leave."""

    named: names.NameMatch | None = None
    """How its names fit, if one is sought."""


def births_sought(query: SubjectQuery, at: datetime) -> list[BirthSought]:
    """Return the days that a birth must meet, each of them, to fit a search."""
    sought = []
    if query.date_of_birth is not None:
        days = days_of(query.date_of_birth)
        sought.append(BirthSought(frozenset({"date_of_birth"}), days, swapped(days)))
    if query.asks_age:
        oldest = OLDEST_AGE if query.age_max is None else query.age_max
        births = births_for_ages(query.age_min or 0, oldest, query.age_on or at.date())
        sought.append(BirthSought(AGES, births))
    return sought


def swapped(days: Days) -> Days | None:
    """Return a day with its number and month exchanged, as it is often written; None if that is no other day."""
    first, last = days
    if first != last or first.day > MONTHS or first.day == first.month:
        return None
    other = first.replace(month=first.day, day=first.month)
    return Days(other, other)


def met_by(subject: AnySubject, query: SubjectQuery, at: datetime) -> Met | None:
    """Return how a subject meets what every search may ask for, None if it does not."""
    if not _facts_fit(subject, query):
        return None
    births = births_of(subject)
    doubts = {each: least_doubt(births, each) for each in births_sought(query, at)}
    if None in doubts.values():
        return None
    known = {each: doubt for each, doubt in doubts.items() if doubt is not None}
    if query.name is None:
        return Met(known)
    fitting = names.match_names(query.name, names_of(subject))
    return Met(known, fitting) if fitting else None


def _facts_fit(subject: AnySubject, query: SubjectQuery) -> bool:
    return _sex_fits(subject, query) and _nationality_fits(subject, query) and _document_fits(subject, query)


def _sex_fits(subject: AnySubject, query: SubjectQuery) -> bool:
    return query.sex in {None, subject.sex if isinstance(subject, Person) else None}


def _nationality_fits(subject: AnySubject, query: SubjectQuery) -> bool:
    return query.nationality in {None, *nationalities_of(subject)}


def _document_fits(subject: AnySubject, query: SubjectQuery) -> bool:
    return query.document_number is None or _document_read(subject, query) is not None


def _document_read(subject: AnySubject, query: SubjectQuery) -> DocumentRead | None:
    return None if query.document_number is None else read_documents(subject, query.document_number)


def compare_subject(subject: AnySubject, query: SubjectQuery, at: datetime) -> Iterator[kit.Comparison]:
    """Yield how a subject meets each thing that every search may ask for; all are met where `met_by` returns one."""
    if query.name is not None:
        yield kit.compared_name(query.name, names_of(subject))
    for fact, fits in (("sex", _sex_fits), ("nationality", _nationality_fits)):
        if (asked := getattr(query, fact)) is not None:
            yield kit.compared(fact, asked, _stated(subject, fact), is_met=fits(subject, query))
    if query.document_number is not None:
        yield _compared_document(subject, query.document_number)
    born = _stated(subject, "date_of_birth")
    for sought in births_sought(query, at):
        is_met = least_doubt(births_of(subject), sought) is not None
        is_age = not AGES.isdisjoint(sought.parameters)
        asked = _age_asked(query) if is_age else query.date_of_birth
        likeness = 0.0 if is_age else kit.likeness_of(query.date_of_birth or "", born or "")
        yield kit.compared("age" if is_age else "date_of_birth", asked, born, is_met=is_met, likeness=likeness)


def _compared_document(subject: AnySubject, asked: str) -> kit.Comparison:
    read = read_documents(subject, asked)
    compared = kit.compared("document_number", asked, ", ".join(numbers_of(subject)), is_met=read is not None)
    return compared if read is None else compared._replace(match=_document_match(asked, read))


def _document_match(asked: str, read: DocumentRead) -> kit.FieldMatch:
    return kit.FieldMatch("document_number", asked, read.found, read.reading.score, read.reading.words or None)


def _age_asked(query: SubjectQuery) -> str:
    return span_text(query.age_min, query.age_max) + (f" on {query.age_on}" if query.age_on else "")


def hit_in(record: R, subject: AnySubject, query: SubjectQuery, met: Met, of_kind: Mapping[str, str]) -> kit.Hit[R]:
    """Return the hit in a record whose subject meets a search; `of_kind` is what it says of facts of its kind."""
    by_parameter = {name: doubt for each, doubt in met.doubts.items() for name in each.parameters}
    why = tuple(_why(subject, query, by_parameter, met.named, of_kind))
    facts = (in_words(each) for each in why if each.field != "name")
    match = "; ".join([*([met.named.text] if met.named else ()), *facts])
    return kit.Hit(score=kit.score_of_all(why), match=match, why=why, record=record)


def in_words(fact: kit.FieldMatch) -> str:
    """Return how a fact is met as text, such as `date of birth 1987 possible`."""
    label = fact.field.replace("_", " ")
    doubt = _DOUBTS.get(fact.score, "") if fact.reading is None else f" ({fact.reading})"
    return f"{label} {fact.asked}{doubt}"


def _why(
    subject: AnySubject,
    query: SubjectQuery,
    doubts: Mapping[str, int],
    named: names.NameMatch | None,
    of_kind: Mapping[str, str],
) -> Iterator[kit.FieldMatch]:
    """Yield how each field of a search is met; a name may be spelled and a number read otherwise, a birth in doubt."""
    if query.name is not None and named is not None:
        yield kit.FieldMatch("name", query.name, named.found, named.score)
    facts = facts_of(query)
    for fact in facts:
        if fact == "document_number":
            if (read := _document_read(subject, query)) is not None:
                yield _document_match(str(query.document_number), read)
        elif fact not in AGES:
            fit = score(1.0, doubts.get(fact, 0))
            stated = of_kind[fact] if fact in of_kind else _stated(subject, fact)
            yield kit.FieldMatch(fact, str(getattr(query, fact)), stated, fit)
    if not AGES.isdisjoint(facts):
        fit = score(1.0, max(doubts.get(each, 0) for each in AGES))
        yield kit.FieldMatch("age", _age_asked(query), _stated(subject, "date_of_birth"), fit)


def _stated(subject: AnySubject, fact: str) -> str | None:
    """Return what a record says of a fact in all identities, as its owner wrote it; None if nothing."""
    identities = identities_of(subject)
    match fact:
        case "nationality":
            stated: Sequence[str] = nationalities_of(subject)
        case "date_of_birth":
            stated = [each.date_of_birth for each in identities if each.date_of_birth is not None]
        case _:
            value = getattr(subject, fact, None)
            stated = [value] if value else []
    return ", ".join(dict.fromkeys(map(str, stated))) or None


def facts_of(query: SubjectQuery) -> list[str]:
    """Return which facts a search asks for, besides the name."""
    return sorted(query.model_dump(exclude_none=True).keys() - {"name", "reference"})


def query_warnings(query: SubjectQuery, at: datetime) -> Iterator[kit.QueryWarning]:
    """Yield what looks mistyped in a search."""
    yield from kit.name_warnings(query.name)
    yield from kit.birth_warnings(query.date_of_birth, (query.age_min, query.age_max), at.date(), query.age_on)


def query_terms(query: SubjectQuery, of_kind: str | None) -> Iterable[str]:
    """Return the terms under which a search is stored: of its document, its name, or else its facts.

    Of the facts all must fit; `of_kind` is one that the kind alone has.
    """
    if query.document_number is not None:
        return [_document(compared_number(query.document_number).look)]
    if query.name is not None:
        return names.query_terms(query.name)
    return [_facts(of_kind, query.sex, query.nationality)]


def record_terms(subject: AnySubject, of_kind: Iterable[str]) -> Iterable[str]:
    """Return the terms under which the searches are looked up that a record might fit."""
    sexes = (None, subject.sex) if isinstance(subject, Person) else (None,)
    nationalities = (None, *nationalities_of(subject))
    facts = {_facts(*asked) for asked in product((None, *of_kind), sexes, nationalities)}
    documents = map(_document, documents_of(subject))
    return facts.union(documents, names.record_terms(names_of(subject)))


def _document(number: str) -> str:
    # As facts: no name is spelled with this sign.
    return f"document? {number}"


def _facts(of_kind: str | None, sex: str | None, nationality: str | None) -> str:
    # No name is spelled with these signs when it is compared.
    return f"{of_kind or '?'} {sex or '?'} {nationality or '?'}"
