"""The kinds of records that the console shows: the only list of them. What one is called, and how it is told in a line.

Names of people stay in their own script; nothing here is translated but the names of kinds.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, NamedTuple

MAX_TITLE: Final = 120

Record = Mapping[str, Any]


class Kind(NamedTuple):
    """A kind of record."""

    name: str
    """In addresses, such as `stolen-vehicles`."""

    service: str
    below: str
    """The path of the kind below that of its service; empty for the main kind."""

    one: str
    """What a record is called, in English: the key of its translations."""

    many: str
    title: Callable[[Record], str]
    """What tells one record from another, as the owner wrote it."""

    line: tuple[str, ...]
    """The fields that a line of a list shows besides."""

    is_of_person: bool = False

    @property
    def path(self) -> str:
        """The path of its records in the API."""
        return f"/api/{self.service}/{self.below}".rstrip("/")

    @property
    def page(self) -> str:
        """The address of its records in the console."""
        return f"/records/{self.name}"


def _(text: str) -> str:
    return text


def _parts(*parts: str, by: str = " ") -> Callable[[Record], str]:
    """Return what joins parts of a record: each the first of some fields that it has."""

    def title(record: Record) -> str:
        found = (next((str(record[name]) for name in part.split("|") if record.get(name)), "") for part in parts)
        return by.join(filter(None, found))

    return title


def _named(family: str) -> Callable[[Record], str]:
    whole = _parts("single_name", by="")
    return lambda person: whole(person) or _parts(family, "forename", by=", ")(person)


_of_person: Final = _named("name")


def _subject(notice: Record) -> str:
    """Return who or what a notice is about."""
    subject, event = notice.get("subject") or {}, notice.get("event") or {}
    said = (subject.get("title"), subject.get("description"), event.get("title"), notice.get("facts"))
    return _of_person(subject) or str(next(filter(None, said), ""))[:MAX_TITLE]


def _holder(file: Record) -> str:
    return _of_person(file.get("subject") or file)


KINDS: Final = (
    Kind("notices", "notices", "", _("Notice"), _("Notices"), _subject, ("colour", "number", "status"), True),
    Kind("persons", "notices", "persons", _("Criminal file"), _("Criminal files"), _holder, ("status",), True),
    Kind(
        "missing-persons",
        "missing-persons",
        "",
        _("Missing person"),
        _("Missing persons"),
        _named("family_name"),
        ("last_seen_date", "last_seen_place", "status"),
        True,
    ),
    Kind(
        "bodies",
        "missing-persons",
        "bodies",
        _("Unidentified body"),
        _("Unidentified bodies"),
        _parts("found_place", "found_date", by=", "),
        ("found_country", "status"),
        True,
    ),
    Kind(
        "travel-documents",
        "travel-documents",
        "",
        _("Travel document"),
        _("Travel documents"),
        _parts("issuer", "number|first_number", "last_number"),
        ("type", "status", "event_date"),
    ),
    Kind(
        "stolen-vehicles",
        "stolen-vehicles",
        "",
        _("Stolen vehicle"),
        _("Stolen vehicles"),
        _parts("plate|vin|engine_number", "make", "model"),
        ("country", "colour", "status"),
    ),
    Kind(
        "vessels",
        "stolen-vehicles",
        "vessels",
        _("Stolen vessel or engine"),
        _("Stolen vessels and engines"),
        _parts("name|hull_number|registration", "make", "model"),
        ("kind", "status"),
    ),
    Kind(
        "firearms",
        "firearms",
        "",
        _("Firearm"),
        _("Firearms"),
        _parts("make", "model", "serial_number"),
        ("kind", "calibre", "status"),
    ),
    Kind(
        "works",
        "cultural-property",
        "",
        _("Work of art"),
        _("Works of art"),
        _parts("title|subject|subtype|type", "maker", by=", "),
        ("type", "status"),
    ),
    Kind(
        "valuables",
        "cultural-property",
        "valuables",
        _("Valuable"),
        _("Valuables"),
        _parts("make", "model", "serial_number|imei"),
        ("kind", "status"),
    ),
    Kind(
        "fingerprints",
        "fingerprints",
        "",
        _("Fingerprint record"),
        _("Fingerprint records"),
        _parts("reference|id"),
        ("category", "status"),
        True,
    ),
)
BY_NAME: Final = {kind.name: kind for kind in KINDS}


def kind_at(path: str) -> Kind | None:
    """Return the kind of the record at a path of the API, such as `/api/stolen-vehicles/<id>`."""
    return next((kind for kind in KINDS if path.rpartition("/")[0] == kind.path), None)


def kinds_of(services: Iterable[str]) -> list[Kind]:
    """Return the kinds of the services that a gateway has."""
    known = set(services)
    return [kind for kind in KINDS if kind.service in known]


def page_of(kind: Kind, record_id: str) -> str:
    """Return the address of a record in the console."""
    return f"{kind.page}/{record_id}"
