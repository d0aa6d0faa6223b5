"""How a search matches a notice, and why; what looks mistyped in a search. No input or output."""

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from itertools import product
from typing import Final, NamedTuple

from services.notices.colours import Colour
from services.notices.lifecycle import IN_FORCE
from services.notices.models import AnyNotice, Notice
from services.notices.queries import NoticeQuery
from services.notices.subjects import Person, names_of
from shared import names
from shared.dates import (
    OLDEST_AGE,
    Days,
    births_for_ages,
    days_of,
    is_within,
    overlaps,
    span_text,
)
from shared.people import Sex
from shared.records import service_kit as kit

SCORE_OF_A_DOUBT: Final = 0.8


class BirthSought(NamedTuple):
    """The days of birth that a search asks for, and by which of its parameters."""

    parameters: frozenset[str]
    days: Days


_AGES: Final = frozenset({"age_min", "age_max"})
_PLURALS: Final = {"nationality": "nationalities"}


def born_between(notice: Notice) -> Days | None:
    """Return the days on which the subject may have been born, or None if nothing is known."""
    if not isinstance(notice.subject, Person) or notice.subject.date_of_birth is None:
        return None
    return days_of(notice.subject.date_of_birth)


def births_sought(query: NoticeQuery, at: datetime) -> list[BirthSought]:
    """Return the days that a birth must meet, each of them, to fit a search; an age is that of today."""
    sought = []
    if query.date_of_birth is not None:
        sought.append(BirthSought(frozenset({"date_of_birth"}), days_of(query.date_of_birth)))
    if query.age_min is not None or query.age_max is not None:
        oldest = OLDEST_AGE if query.age_max is None else query.age_max
        births = births_for_ages(query.age_min or 0, oldest, at.date())
        sought.append(BirthSought(_AGES, births))
    return sought


def match(record: AnyNotice, query: NoticeQuery, at: datetime) -> kit.Hit[AnyNotice] | None:
    """Return the hit of a search in one notice, None if it does not fit or is not in force."""
    sought, born = births_sought(query, at), born_between(record)
    if record.status not in IN_FORCE or not _facts_fit(record, query):
        return None
    if sought and (born is None or not all(overlaps(born, each.days) for each in sought)):
        return None
    doubtful = [each for each in sought if born is not None and not is_within(born, each.days)]
    if query.name is None:
        return hit(record, query, doubtful)
    fitting = names.match_names(query.name, names_of(record.subject))
    return hit(record, query, doubtful, fitting) if fitting else None


def hit(
    notice: AnyNotice, query: NoticeQuery, doubtful: Collection[BirthSought], named: names.NameMatch | None = None
) -> kit.Hit[AnyNotice]:
    """Return the hit in a notice; `doubtful` is what its date of birth only may meet.

    `named` is how its names meet the search.
    """
    unsure = frozenset[str]().union(*(each.parameters for each in doubtful))
    why = tuple(_why(notice, query, unsure, named))
    facts = (_in_words(each, is_sure=each.score == 1) for each in why if each.field != "name")
    match = "; ".join([*([named.text] if named else ()), *facts])
    return kit.Hit(score=kit.score_of_all(why), match=match, why=why, record=notice)


def _in_words(fact: kit.FieldMatch, *, is_sure: bool) -> str:
    """Return how a fact is met as text, such as `date of birth 1987 possible`."""
    label = fact.field.replace("_", " ")
    return f"{label} {fact.asked}" if is_sure else f"{label} {fact.asked} possible"


def _why(
    notice: Notice, query: NoticeQuery, unsure: Collection[str], named: names.NameMatch | None
) -> Iterator[kit.FieldMatch]:
    """Yield how each field of a search is met; only a name may be spelled otherwise, and a birth be in doubt."""
    if query.name is not None and named is not None:
        yield kit.FieldMatch("name", query.name, named.found, named.score)
    facts = facts_of(query)
    for fact in facts:
        if fact not in _AGES:
            fit = SCORE_OF_A_DOUBT if fact in unsure else 1.0
            yield kit.FieldMatch(fact, str(getattr(query, fact)), _stated(notice, fact), fit)
    if not _AGES.isdisjoint(facts):
        fit = 1.0 if _AGES.isdisjoint(unsure) else SCORE_OF_A_DOUBT
        yield kit.FieldMatch("age", span_text(query.age_min, query.age_max), _stated(notice, "date_of_birth"), fit)


def _stated(notice: Notice, fact: str) -> str | None:
    """Return what a notice says of a fact, as its owner wrote it; None if nothing."""
    holder = notice if hasattr(notice, fact) else notice.subject
    stated = getattr(holder, _PLURALS.get(fact, fact), None)
    return (", ".join(stated) if isinstance(stated, tuple) else str(stated)) if stated else None


def facts_of(query: NoticeQuery) -> list[str]:
    """Return which facts a search asks for, besides the name."""
    return sorted(query.model_dump(exclude_none=True).keys() - {"name", "reference"})


def query_warnings(query: NoticeQuery, at: datetime) -> Iterator[kit.QueryWarning]:
    """Yield what looks mistyped in a search."""
    yield from kit.name_warnings(query.name)
    yield from kit.birth_warnings(query.date_of_birth, (query.age_min, query.age_max), at.date())


def score(similarity: float, doubts: int) -> float:
    """Return how well a notice fits: the similarity of the name, a fifth less for each doubt."""
    return round(similarity * SCORE_OF_A_DOUBT**doubts, 4) if doubts else similarity


def _facts_fit(notice: Notice, query: NoticeQuery) -> bool:
    person = notice.subject if isinstance(notice.subject, Person) else None
    return (
        query.colour in {None, notice.colour}
        and query.sex in {None, person.sex if person else None}
        and query.person_status in {None, person.person_status if person else None}
        and query.nationality in {None, *(person.nationalities if person else ())}
    )


def query_terms(query: NoticeQuery) -> Iterable[str]:
    """Return the terms under which a search is stored: those of its name, or else its facts, of which all must fit."""
    if query.name is not None:
        return names.query_terms(query.name)
    return [_facts(query.colour, query.sex, query.nationality)]


def record_terms(record: Notice) -> Iterable[str]:
    """Return the terms under which the searches are looked up that a notice might fit."""
    person = record.subject if isinstance(record.subject, Person) else None
    sexes = (None, person.sex) if person else (None,)
    nationalities = (None, *person.nationalities) if person else (None,)
    facts = {_facts(*asked) for asked in product((None, record.colour), sexes, nationalities)}
    return facts | names.record_terms(names_of(record.subject))


def _facts(colour: Colour | None, sex: Sex | None, nationality: str | None) -> str:
    # No name is spelled with these signs when it is compared.
    return f"{colour or '?'} {sex or '?'} {nationality or '?'}"
