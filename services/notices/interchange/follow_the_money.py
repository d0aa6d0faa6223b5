"""Writes a notice as entities of FollowTheMoney: a Person or Organization, its Identification, and its Sanctions.

The names of schemata and properties are those of followthemoney.tech (version 4). It has no schema for objects, and its
persons have names: notices about things and about unnamed persons have no form in it.
"""

from collections.abc import Iterable, Iterator
from typing import Any, Final

from services.notices.colours import Colour
from services.notices.models import NoticeRecord, RedNotice, UnSpecialNotice
from services.notices.subjects.models import Organisation, Person, full_name, names_of
from shared.bureaus import name_of
from shared.codes.languages import LANGUAGES
from shared.people import Sex

Entity = dict[str, Any]
IDENTIFICATION: Final = "Identification"

PROGRAMS: Final = {
    Colour.RED: "Red notice",
    Colour.BLUE: "Blue notice",
    Colour.GREEN: "Green notice",
    Colour.YELLOW: "Yellow notice",
    Colour.BLACK: "Black notice",
    Colour.ORANGE: "Orange notice",
    Colour.PURPLE: "Purple notice",
    Colour.SILVER: "Silver notice",
    Colour.UN_SPECIAL: "UN Security Council special notice",
}
# Of the list of FollowTheMoney. Missing persons and bodies have none.
TOPICS: Final = {Colour.RED: "wanted", Colour.UN_SPECIAL: "sanction"}
# Of ISO 639-3, those that FollowTheMoney knows.
_LISTED: Final = (
    "afr amh ara aze bel ben bos bul cat ces cnr dan deu ell eng est fas fil fin fra gle heb hin hrv hun hye ind isl "
    "ita jpn kan kat kaz khm kir kor lao lav lit ltz mkd mlt mon msa mul mya nep nld nor pol por pus ron rus sin slk "
    "slv spa sqi srp swa swe tam tel tgk tgl tha tuk tur ukr urd uzb vie zho"
)
_LISTED_LANGUAGES: Final = frozenset(_LISTED.split())
GENDERS: Final = {Sex.MALE: "male", Sex.FEMALE: "female"}


def entities_of(notice: NoticeRecord) -> list[Entity]:
    """Return the entities of a notice, its subject first; none if it has no form in FollowTheMoney."""
    subject, key = notice.subject, f"i247-{notice.id}"
    if isinstance(subject, Person):
        if not full_name(subject):
            return []
        described = _entity(key, "Person", _of_person(subject) | _topics(notice))
    elif isinstance(subject, Organisation) and subject.name:
        described = _entity(key, "Organization", _of_organisation(subject) | _topics(notice))
    else:
        return []
    return [described, *_documents(subject, key), *_sanctions(notice, key)]


def _entity(key: str, schema: str, properties: dict[str, Iterable[str | int | None]]) -> Entity:
    stated = {name: sorted({str(value) for value in values if value}) for name, values in properties.items()}
    return {"id": key, "schema": schema, "properties": {name: values for name, values in stated.items() if values}}


def _topics(notice: NoticeRecord) -> dict[str, Iterable[str | int | None]]:
    return {"topics": [TOPICS.get(notice.colour)]}


def _of_person(person: Person) -> dict[str, Iterable[str | int | None]]:
    return {
        "name": [full_name(person)],
        "firstName": [person.forename],
        "lastName": [person.name],
        "previousName": [person.birth_name],
        "alias": names_of(person.model_copy(update={"birth_name": None}))[1:],
        "fatherName": [person.father_forename],
        "motherName": [person.mother_name],
        "birthDate": person.date_of_birth.split("/") if person.date_of_birth else [],
        "birthPlace": [person.place_of_birth],
        "birthCountry": [_country(person.country_of_birth)],
        "nationality": map(_country, person.nationalities),
        "gender": [GENDERS.get(person.sex)],
        "height": [person.height],
        "weight": [person.weight],
        "eyeColor": person.eyes,
        "hairColor": person.hair,
        "appearance": [person.distinguishing_marks],
        "spokenLanguage": map(_language, person.languages),
    }


def _documents(subject: Person | Organisation, key: str) -> Iterator[Entity]:
    documents = subject.documents if isinstance(subject, Person) else ()
    for place, document in enumerate(documents, start=1):
        if country := _country(document.country):
            described = {"type": [document.kind], "number": [document.number], "country": [country]}
            yield _entity(f"{key}-document-{place}", IDENTIFICATION, {"holder": [key], **described})


def _of_organisation(subject: Organisation) -> dict[str, Iterable[str | int | None]]:
    return {
        "name": [subject.name],
        "alias": subject.aliases,
        "country": [_country(subject.country)],
        "address": [subject.address],
        "description": [subject.description],
    }


def _country(code: str | None) -> str | None:
    """Return a code as FollowTheMoney writes it, which has none for what has three letters."""
    return code.lower() if code and len(code) == 2 else None


def _language(code: str) -> str | None:
    """Return a language as FollowTheMoney writes it; None if it does not list it."""
    terminologic = LANGUAGES[code].terminologic
    written = (code if terminologic == "-" else terminologic).lower()
    return written if written in _LISTED_LANGUAGES else None


def _sanctions(notice: NoticeRecord, key: str) -> Iterator[Entity]:
    common: dict[str, Iterable[str | int | None]] = {
        "entity": [key],
        "authority": [name_of(notice.owner)],
        "program": [PROGRAMS[notice.colour]],
        "recordId": [notice.number or notice.id],
        "status": [notice.status],
        "startDate": [notice.published.date().isoformat() if notice.published else None],
        "summary": [notice.facts],
    }
    if isinstance(notice, UnSpecialNotice) and notice.un_listing:
        common |= {"unscId": [notice.un_listing.reference], "provisions": [notice.un_listing.resolution]}
    if not isinstance(notice, RedNotice) or not notice.warrants:
        yield _entity(f"{key}-1", "Sanction", common | {"country": [_country(notice.owner)]})
        return
    for place, warrant in enumerate(notice.warrants, start=1):
        charged = {
            "country": [_country(warrant.issuing_country)],
            "authorityId": [warrant.reference],
            "reason": [charge.charge for charge in warrant.charges],
        }
        yield _entity(f"{key}-{place}", "Sanction", common | charged)
