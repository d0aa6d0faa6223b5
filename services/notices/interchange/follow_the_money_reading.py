"""Reads entities of FollowTheMoney as the content of notices: each subject is followed by its Sanctions."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from services.notices.colours import Colour
from services.notices.entries import NoticeEntry
from services.notices.interchange.detail_reading import read_entry
from services.notices.interchange.errors import LineRefused
from services.notices.interchange.follow_the_money import GENDERS, IDENTIFICATION, PROGRAMS
from shared.codes.languages import LANGUAGES
from shared.validation import invalid

SUBJECTS: Final = ("Person", "Organization")
SANCTION: Final = "Sanction"
# Names the subject, which stands before it.
OF_SUBJECT: Final = {SANCTION: "entity", IDENTIFICATION: "holder"}
# More would be held in memory until the next subject.
MAX_PARTS: Final = 40

# Properties that are read, and those that follow from others.
_PROPERTIES: Final = {
    "Person": "name firstName lastName previousName alias fatherName motherName birthDate birthPlace birthCountry "
    "nationality gender height weight eyeColor hairColor appearance spokenLanguage topics",
    "Organization": "name alias country address description topics",
    IDENTIFICATION: "holder type number country",
    SANCTION: "entity authority program recordId status startDate summary unscId provisions country authorityId reason",
}
_READ: Final = {schema: frozenset(names.split()) for schema, names in _PROPERTIES.items()}
_COLOURS: Final = {program: colour for colour, program in PROGRAMS.items()}
_SEXES: Final = {gender: sex for sex, gender in GENDERS.items()}
_LANGUAGES: Final = {entry.terminologic.lower(): code for code, entry in LANGUAGES.items() if entry.terminologic != "-"}
# The first letter after Latin with all its accents is Greek.
_FIRST_OF_OTHERS: Final = 0x370


class FtmEntity(BaseModel):
    """One entity: a line of a file."""

    model_config = ConfigDict(extra="ignore", populate_by_name=True)

    id: str = Field(min_length=1, max_length=300)
    schema_: str = Field(alias="schema", max_length=60)
    properties: dict[str, list[str]]

    def one(self, name: str) -> str | None:
        """Return the value of a property, or None. Raises LineRefused if there are several."""
        values = self.properties.get(name, ())
        if len(values) > 1:
            raise LineRefused(f"properties/{name}: must have one value")
        return values[0] if values else None

    def all(self, name: str) -> list[str]:
        """Return the values of a property."""
        return self.properties.get(name, [])


def read_entity(sent: Any) -> FtmEntity:
    """Return an entity that a notice can carry whole. Raises LineRefused."""
    try:
        entity = FtmEntity.model_validate(sent)
    except ValidationError as error:
        raise LineRefused(invalid(error.errors(include_url=False), sent, place="body").detail) from error
    read = _READ.get(entity.schema_)
    if read is None:
        raise LineRefused(f"schema: must be {', '.join(_READ)}")
    if unknown := sorted(entity.properties.keys() - read):
        raise LineRefused(f"properties/{unknown[0][:60]}: a notice does not carry it: leave it out")
    return entity


def entry_of_entities(subject: FtmEntity, parts: Sequence[FtmEntity]) -> NoticeEntry:
    """Return what a subject with the Identification and Sanctions after it enters. Raises LineRefused."""
    sanctions = [each for each in parts if each.schema_ == SANCTION]
    if not sanctions:
        raise LineRefused("a Sanction must follow, whose program is one of the notices")
    colour = _colour(sanctions[0])
    content: dict[str, Any] = {"colour": colour, "facts": sanctions[0].one("summary")}
    content["reference"] = sanctions[0].one("recordId")
    content["subject"] = _person(subject, parts) if subject.schema_ == "Person" else _organisation(subject)
    if colour is Colour.RED:
        content["warrants"] = [_warrant(each) for each in sanctions]
    if colour is Colour.UN_SPECIAL and sanctions[0].all("unscId"):
        content["un_listing"] = {
            "reference": sanctions[0].one("unscId"),
            "resolution": sanctions[0].one("provisions"),
        }
    return read_entry(_stated(content))


def _colour(sanction: FtmEntity) -> Colour:
    colour = _COLOURS.get(sanction.one("program") or "")
    if colour is None:
        raise LineRefused(f"properties/program: must be {', '.join(_COLOURS)}")
    return colour


def _person(entity: FtmEntity, parts: Sequence[FtmEntity]) -> dict[str, Any]:
    first, last = entity.one("firstName"), entity.one("lastName")
    aliases = entity.all("alias")
    return _stated(
        {
            "kind": "person",
            "name": last,
            "forename": first,
            "single_name": None if first or last else entity.one("name"),
            "birth_name": entity.one("previousName"),
            "aliases": [each for each in aliases if not _is_in_script(each)],
            "names_in_other_scripts": [each for each in aliases if _is_in_script(each)],
            "father_forename": entity.one("fatherName"),
            "mother_name": entity.one("motherName"),
            "date_of_birth": "/".join(sorted(entity.all("birthDate"))) or None,
            "place_of_birth": entity.one("birthPlace"),
            "country_of_birth": _upper(entity.one("birthCountry")),
            "nationalities": [each.upper() for each in entity.all("nationality")],
            "sex": _sex(entity.one("gender")),
            "height": _number(entity, "height"),
            "weight": _number(entity, "weight"),
            "eyes": entity.all("eyeColor"),
            "hair": entity.all("hairColor"),
            "distinguishing_marks": entity.one("appearance"),
            "languages": [_LANGUAGES.get(each, each.upper()) for each in entity.all("spokenLanguage")],
            "documents": [_document(each) for each in parts if each.schema_ == IDENTIFICATION],
        }
    )


def _document(entity: FtmEntity) -> dict[str, Any]:
    country = _upper(entity.one("country"))
    return _stated({"kind": entity.one("type"), "number": entity.one("number"), "country": country})


def _organisation(entity: FtmEntity) -> dict[str, Any]:
    return _stated(
        {
            "kind": "entity",
            "name": entity.one("name"),
            "aliases": entity.all("alias"),
            "country": _upper(entity.one("country")),
            "address": entity.one("address"),
            "description": entity.one("description"),
        }
    )


def _warrant(sanction: FtmEntity) -> dict[str, Any]:
    charges = [{"charge": each} for each in sanction.all("reason")]
    main = charges[0] if charges else {}
    return _stated(
        {
            "issuing_country": _upper(sanction.one("country")),
            "reference": sanction.one("authorityId"),
            **main,
            "further_charges": charges[1:],
        }
    )


def _sex(gender: str | None) -> str | None:
    if gender is not None and gender not in _SEXES:
        raise LineRefused(f"properties/gender: must be {' or '.join(_SEXES)}")
    return _SEXES[gender] if gender else None


def _number(entity: FtmEntity, name: str) -> int | None:
    value = entity.one(name)
    if value is not None and not value.isdecimal():
        raise LineRefused(f"properties/{name}: must be a whole number")
    return int(value) if value else None


def _upper(code: str | None) -> str | None:
    return code.upper() if code else None


def _is_in_script(name: str) -> bool:
    return any(character.isalpha() and ord(character) >= _FIRST_OF_OTHERS for character in name)


def _stated(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value not in (None, [])}
