"""How a search matches a criminal file, and why; by what it is found. No input or output."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import product
from typing import Final

from services.notices.criminal_history import in_force
from services.notices.matching import in_words, score, swapped
from services.notices.offences import OffenceCategory
from services.notices.particulars import BirthSought, comparable_number, identities_of, least_doubt, nationalities_of
from services.notices.person_entries import ACCUSED, PersonFile, PersonFileStatus
from services.notices.person_queries import PersonFileQuery
from services.notices.subjects import IdentityDocument, Person, names_of
from shared import names
from shared.dates import days_of
from shared.people import Sex, StatusOfPerson
from shared.records import service_kit as kit

ANY_ACCUSED: Final = frozenset(ACCUSED)
_FACTS: Final = ("date_of_birth", "document_number", "nationality", "offence", "person_status", "sex")


def names_of_file(record: PersonFile) -> Sequence[str]:
    """Return all names of the person, each in full."""
    return names_of(record.subject)


def births_of(person: Person) -> list[str]:
    """Return the dates of birth of all identities, each once."""
    return list(dict.fromkeys(each.date_of_birth for each in identities_of(person) if each.date_of_birth))


def documents_of(person: Person) -> dict[str, IdentityDocument]:
    """Return the documents of all identities, by the key of their number."""
    documents = (document for each in identities_of(person) for document in each.documents)
    return {key: document for document in documents if (key := comparable_number(document.number))}


def offences_of(file: PersonFile) -> list[OffenceCategory]:
    """Return the offences of the entries of which the person was not cleared, each once."""
    return list(dict.fromkeys(case.offence.category for case in in_force(file.history)))


def statuses_sought(query: PersonFileQuery) -> frozenset[StatusOfPerson]:
    """Return whose files a search finds: of the accused, and of witnesses and victims only if asked (article 44)."""
    return ANY_ACCUSED if query.person_status is None else frozenset({query.person_status})


def match(record: PersonFile, query: PersonFileQuery, at: datetime) -> kit.Hit[PersonFile] | None:  # noqa: ARG001
    """Return the hit of a search in one file, None if it does not fit or is not in force."""
    if record.status is not PersonFileStatus.IN_FORCE or not _facts_fit(record, query):
        return None
    if query.name is None:
        return hit(record, query)
    fitting = names.match_names(query.name, names_of_file(record))
    return hit(record, query, fitting) if fitting else None


def _facts_fit(file: PersonFile, query: PersonFileQuery) -> bool:
    person, born = file.subject, query.date_of_birth
    return (
        person.person_status in statuses_sought(query)
        and query.sex in {None, person.sex}
        and query.nationality in {None, *nationalities_of(person)}
        and query.offence in {None, *offences_of(file)}
        and (query.document_number is None or comparable_number(query.document_number) in documents_of(person))
        and (born is None or least_doubt(map(days_of, births_of(person)), birth_sought(born)) is not None)
    )


def birth_sought(asked: str) -> BirthSought:
    """Return the days of birth that a search asks for, and the day with its number and month exchanged."""
    days = days_of(asked)
    return BirthSought(frozenset({"date_of_birth"}), days, swapped(days))


def hit(file: PersonFile, query: PersonFileQuery, named: names.NameMatch | None = None) -> kit.Hit[PersonFile]:
    """Return the hit in a file that fits; `named` is how its names fit."""
    why = [_met(file, query, fact) for fact in _FACTS if getattr(query, fact) is not None]
    texts = [in_words(each) for each in why]
    if named is not None and query.name is not None:
        why = [kit.FieldMatch("name", query.name, named.found, named.score), *why]
        texts = [named.text, *texts]
    return kit.Hit(score=kit.score_of_all(why), match="; ".join(texts), why=tuple(why), record=file)


def _met(file: PersonFile, query: PersonFileQuery, fact: str) -> kit.FieldMatch:
    asked = str(getattr(query, fact))
    if fact == "date_of_birth":
        doubt, born = _best_birth(births_of(file.subject), asked)
        return kit.FieldMatch(fact, asked, born, score(1.0, doubt))
    found = documents_of(file.subject)[comparable_number(asked)].number if fact == "document_number" else asked
    return kit.FieldMatch(fact, asked, found, 1.0)


def _best_birth(births: Iterable[str], asked: str) -> tuple[int, str]:
    """Return the date of birth that meets the days sought with the least doubt, and that doubt."""
    sought = birth_sought(asked)
    doubts = [(doubt, born) for born in births if (doubt := least_doubt([days_of(born)], sought)) is not None]
    return min(doubts, key=lambda each: each[0])


def query_warnings(query: PersonFileQuery, at: datetime) -> Iterator[kit.QueryWarning]:
    """Yield what looks mistyped in a search."""
    yield from kit.name_warnings(query.name)
    yield from kit.birth_warnings(query.date_of_birth, (None, None), at.date())


def query_terms(query: PersonFileQuery) -> Iterable[str]:
    """Return the terms under which a search is stored: of its document, its name, or else its facts."""
    if query.document_number is not None:
        return [f"#{comparable_number(query.document_number)}"]
    if query.name is not None:
        return names.query_terms(query.name)
    return [_facts(query.sex, query.nationality, query.offence)]


def record_terms(record: PersonFile) -> Iterable[str]:
    """Return the terms under which the searches are looked up that a file might fit."""
    person = record.subject
    asked = product((None, person.sex), (None, *nationalities_of(person)), (None, *offences_of(record)))
    documents = {f"#{key}" for key in documents_of(person)}
    return documents | {_facts(*each) for each in asked} | names.record_terms(names_of_file(record))


def _facts(sex: Sex | None, nationality: str | None, offence: OffenceCategory | None) -> str:
    # No name is spelled with these signs when it is compared.
    return f"{sex or '?'} {nationality or '?'} {offence or '?'}"
