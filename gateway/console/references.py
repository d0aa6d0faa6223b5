"""Records as messages and hits name them: by service, kind and id. Where the console shows each."""

import re
from collections.abc import Mapping
from typing import Any, Final

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


_is_id: Final = re.compile(UUID_PATTERN).fullmatch


def kind_named(service: str, kind: str) -> Kind | None:
    """Return the kind of a record that a message or a hit names."""
    return BY_NAME.get(_SHOWN_AS.get((service, kind), ""))


def record_page(named: Mapping[str, Any]) -> str | None:
    """Return the address of a record that a message or a hit names; None if the console has no page for it."""
    kind = kind_named(str(named.get("service")), str(named.get("kind")))
    record_id = str(named.get("record"))
    return page_of(kind, record_id) if kind is not None and _is_id(record_id) else None


def record_name(named: Mapping[str, Any]) -> str:
    """Return what the kind of a record is called, in English: the key of its translations; else its word."""
    kind = kind_named(str(named.get("service")), str(named.get("kind")))
    return kind.one if kind is not None else str(named.get("kind")).replace("-", " ").capitalize()
