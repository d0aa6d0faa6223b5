"""Records as messages, hits and people name them: by service, kind and id. Where the console shows each."""

import re
from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from gateway.console.kinds import BY_NAME, Kind, page_of
from shared.ids import UUID_PATTERN

_SHOWN_AS: Final = {
    ("cultural-property", "valuable"): "valuables",
    ("cultural-property", "work"): "works",
    ("fingerprints", "fingerprint-record"): "fingerprints",
    ("firearms", "firearm"): "firearms",
    ("missing-persons", "body"): "bodies",
    ("missing-persons", "missing-person"): "missing-persons",
    ("notices", "notice"): "notices",
    ("notices", "person-file"): "persons",
    ("stolen-vehicles", "vehicle"): "stolen-vehicles",
    ("stolen-vehicles", "vessel"): "vessels",
    ("travel-documents", "travel-document"): "travel-documents",
}
REFERENCES: Final = {BY_NAME[name]: reference for reference, name in _SHOWN_AS.items()}
"""By which service and kind messages and hits name the records of each kind."""


NAMED_IN_MESSAGES: Final = {kind: BY_NAME[name].one for (_, kind), name in _SHOWN_AS.items()}
"""What a record of each kind is called, in English, by the name that messages have for it."""

_ID: Final = re.compile(UUID_PATTERN)
# As people copy and type it: with hyphens of any kind, spaces or nothing between its parts.
_BETWEEN: Final = "[-\\s\u2010-\u2013]?"
_AN_ID: Final = re.compile(
    f"(?<![0-9a-f])[0-9a-f]{{8}}{_BETWEEN}(?:[0-9a-f]{{4}}{_BETWEEN}){{3}}[0-9a-f]{{12}}(?![0-9a-f])"
)


def is_id(text: str) -> bool:
    """Return whether a text is an id as the API writes it. Raises TypeError for what is no text."""
    return _ID.fullmatch(text) is not None


def id_in(text: str) -> str | None:
    """Return the id in a text, as the API writes it: in the address of a page, in capitals, without hyphens.

    Returns None if there is none.
    """
    found = _AN_ID.search(text.lower())
    return None if found is None else str(UUID("".join(each for each in found[0] if each.isalnum())))


def kind_named(service: str, kind: str) -> Kind | None:
    """Return the kind of a record that a message or a hit names."""
    return BY_NAME.get(_SHOWN_AS.get((service, kind), ""))


def record_page(named: Mapping[str, Any]) -> str | None:
    """Return the address of a record that a message or a hit names; None if the console has no page for it."""
    kind = kind_named(str(named.get("service")), str(named.get("kind")))
    record_id = str(named.get("record"))
    return page_of(kind, record_id) if kind is not None and is_id(record_id) else None


def record_name(named: Mapping[str, Any]) -> str:
    """Return what the kind of a record is called, in English: the key of its translations; else its word."""
    kind = kind_named(str(named.get("service")), str(named.get("kind")))
    return kind.one if kind is not None else str(named.get("kind")).replace("-", " ").capitalize()
