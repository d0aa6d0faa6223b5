"""Reads lines in the shape of the public notices API, as they are written, and says what is wrong with one."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from services.notices.entries import NoticeEntry
from services.notices.interchange.detail_writing import detail_of
from services.notices.interchange.errors import LineRefused
from shared.notice_shapes.members import PublicWarrant, RedMembers, UnMembers, YellowMembers
from shared.people import Sex
from shared.validation import invalid

_NOT_CONTENT: Final = {"entry", "entity_id", "_links", "_embedded"}
_SELF: Final = re.compile(r"/notices/v1/(red|yellow|un/persons|un/entities)/[0-9]{4}-[0-9]{1,7}$")
_RECORD: Final = re.compile(r"/api/notices/([0-9a-f-]{36})$")
_ENTRIES: Final[TypeAdapter[NoticeEntry]] = TypeAdapter(NoticeEntry)


class _Link(BaseModel):
    model_config = ConfigDict(extra="forbid")

    href: str = Field(max_length=2000)


class _Warrant(PublicWarrant):
    model_config = ConfigDict(extra="forbid")

    issuing_country_id: str | None = None
    charge: str | None = None
    charge_translation: str | None = None


class _Detail(RedMembers, YellowMembers, UnMembers):
    """A notice in the public API: members of all three kinds, each of which may be absent."""

    model_config = ConfigDict(extra="forbid")

    sex_id: Sex | None
    arrest_warrants: Sequence[_Warrant]
    entity_id: str | None = None
    links: dict[str, _Link] = Field(default_factory=dict, alias="_links")
    embedded: dict[str, list[Any]] = Field(default_factory=dict, alias="_embedded")

    @model_validator(mode="before")
    @classmethod
    def _with_absent(cls, sent: dict[str, Any]) -> dict[str, Any]:
        whole = {"weight": round(weight)} if isinstance(weight := sent.get("weight"), float) else {}
        return _ABSENT | {name: value for name, value in sent.items() if value is not None} | whole


_MEMBERS_OF_ALL: Final = {name for kind in (RedMembers, YellowMembers, UnMembers) for name in kind.model_fields}
_ABSENT: Final[dict[str, Any]] = {
    **dict.fromkeys(_MEMBERS_OF_ALL),
    **dict.fromkeys(("height", "weight"), 0),
    **dict.fromkeys(("arrest_warrants", "aliases"), ()),
}
_MEMBERS: Final = _Detail.model_fields.keys()


def entry_of(line: Mapping[str, Any]) -> NoticeEntry:
    """Return what a line enters: its `entry`, which must agree with its detail, or what its detail says.

    One without a reference gets its `entity_id` as one, or its id in the network of origin, so that it is entered once.
    Raises LineRefused.
    """
    whole = line.get("entry")
    entry = read_entry(whole) if whole is not None else _entry_of_detail(_read_detail(line))
    if whole is not None:
        _require_agreement(line, entry)
    if entry.reference is None and (known_as := _known_as(line)):
        return read_entry(entry.model_dump(mode="json") | {"reference": known_as})
    return entry


def _known_as(line: Mapping[str, Any]) -> str | None:
    """Return the number of the notice of a line, or its id in the network where it was exported."""
    number, links = line.get("entity_id"), line.get("_links")
    if isinstance(number, str):
        return number
    href = links.get("self", {}).get("href") if isinstance(links, dict) and isinstance(links.get("self"), dict) else ""
    found = _RECORD.search(href) if isinstance(href, str) else None
    return found[1] if found else None


def read_entry(sent: Any) -> NoticeEntry:
    """Return an entry of whatever colour. Raises LineRefused."""
    try:
        return _ENTRIES.validate_python(sent)
    except ValidationError as error:
        raise LineRefused(invalid(error.errors(include_url=False), sent, place="body").detail) from error


def _read_detail(sent: Mapping[str, Any]) -> _Detail:
    try:
        return _Detail.model_validate(sent)
    except ValidationError as error:
        raise LineRefused(invalid(error.errors(include_url=False), sent, place="body").detail) from error


def _require_agreement(line: Mapping[str, Any], entry: NoticeEntry) -> None:
    """Require that a changed detail is not overlooked because the line has the entry as well. Raises LineRefused."""
    said = {name: value for name, value in line.items() if name not in _NOT_CONTENT}
    if unknown := said.keys() - _MEMBERS:
        raise LineRefused(f"{', '.join(sorted(unknown)[:5])[:200]} is not known here: leave it out")
    detail = detail_of(entry)
    if other := [name for name, value in said.items() if value != detail.get(name)]:
        raise LineRefused(
            f"{', '.join(sorted(other)[:5])[:200]} differs from what entry says: change both, or leave out entry"
        )


def _entry_of_detail(detail: _Detail) -> NoticeEntry:
    found = _SELF.search(detail.links["self"].href) if "self" in detail.links else None
    if found is None:
        raise LineRefused("_links/self/href must name the kind: red, yellow, un/persons or un/entities")
    return read_entry(_BUILD[found[1]](detail) | {"public": True})


def _red(detail: _Detail) -> dict[str, Any]:
    warrants = [
        {
            "issuing_country": each.issuing_country_id,
            "charge": each.charge,
            "charge_translation": each.charge_translation,
        }
        for each in detail.arrest_warrants
    ]
    return {"colour": "red", "subject": _person(detail), "warrants": warrants}


def _yellow(detail: _Detail) -> dict[str, Any]:
    event = {"date": _dashed(detail.date_of_event), "place": detail.place, "country": detail.country}
    return {"colour": "yellow", "subject": _person(detail), "event": event if any(event.values()) else None}


def _un_person(detail: _Detail) -> dict[str, Any]:
    return _listed(detail, _person(detail))


def _un_entity(detail: _Detail) -> dict[str, Any]:
    return _listed(detail, {"kind": "entity", "name": detail.name, "aliases": detail.aliases})


def _listed(detail: _Detail, subject: dict[str, Any]) -> dict[str, Any]:
    resolution = None if detail.un_resolution is None else str(detail.un_resolution)
    is_listed = detail.un_reference is not None and resolution is not None
    listing = {"reference": detail.un_reference, "resolution": resolution} if is_listed else None
    return {"colour": "un-special", "subject": subject, "un_listing": listing}


def _person(detail: _Detail) -> dict[str, Any]:
    person = {
        "kind": "person",
        "name": detail.name,
        "forename": detail.forename,
        "birth_name": detail.birth_name or detail.name_at_birth,
        "names_in_other_scripts": [detail.name_in_original_script] if detail.name_in_original_script else [],
        "aliases": detail.aliases,
        "father_forename": detail.father_forename,
        "mother_forename": detail.mother_forename,
        "mother_name": detail.mother_name,
        "sex": detail.sex_id or Sex.UNKNOWN,
        "date_of_birth": _dashed(detail.date_of_birth),
        "place_of_birth": detail.place_of_birth,
        "country_of_birth": detail.country_of_birth_id,
        "nationalities": detail.nationalities or [],
        "height": round(detail.height * 100) or None,
        "weight": detail.weight or None,
        "eyes": detail.eyes_colors_id or [],
        "hair": detail.hairs_id or [],
        "languages": detail.languages_spoken_ids or [],
        "distinguishing_marks": detail.distinguishing_marks,
    }
    return {name: value for name, value in person.items() if value not in (None, [])}


def _dashed(date: str | None) -> str | None:
    return date.replace("/", "-") if date else None


_BUILD: Final[dict[str, Callable[[_Detail], dict[str, Any]]]] = {
    "red": _red,
    "yellow": _yellow,
    "un/persons": _un_person,
    "un/entities": _un_entity,
}
