"""A record as a document that is read and printed: head, pictures, sections. Does NOT read the API."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from gateway.console.api import part
from gateway.console.kinds import Kind, Record, page_of
from gateway.console.records.descriptions import (
    Description,
    Written,
    WrittenSection,
    card_of,
    description_of,
    sections_of,
)
from gateway.console.records.forms.versions import waiting_update
from gateway.console.records.history import Change, changes
from gateway.console.records.teeth import Row, chart_of
from gateway.console.texts import LANGUAGES
from shared.bureaus import COMMISSION, SECRETARIAT

_IN_FORCE: Final = frozenset({"published", "updated", "diffused"})
_ENDED: Final = frozenset({"withdrawn", "cancelled", "refused", "expired", "recovered", "found", "identified", "ended"})
_REFUSED: Final = "refused"
_NOT_YET: Final = frozenset({"draft", "submitted", "under-review", "waiting"})
LOOKS: Final = {**dict.fromkeys(_ENDED, "bad"), **dict.fromkeys(_NOT_YET, "wait")}
"""How the badge of a state looks."""

RIGHT_HAND: Final = (1, 2, 3, 4, 5)
LEFT_HAND: Final = (6, 7, 8, 9, 10)
SHOWN_BY_BROWSERS: Final = "image/png"


class Picture(NamedTuple):
    """A photograph of a record."""

    address: str
    thumbnail: str
    width: Any
    height: Any
    digest: Any
    size: Any


class Print(NamedTuple):
    """A fingerprint of a record."""

    finger: int
    record: Mapping[str, Any] | None
    """None if there is none of this finger."""

    address: str
    is_shown: bool
    """Whether browsers show its image; they do not know WSQ."""


class Document(NamedTuple):
    """A record as it is shown."""

    kind: Kind
    record: Record
    description: Description
    title: str
    state: str
    """Its status, or what ended it."""

    card: Sequence[Written]
    sections: Sequence[WrittenSection]
    pictures: Sequence[Picture]

    @property
    def is_notice(self) -> bool:
        """Whether it is a notice, with a colour."""
        return self.kind.name == "notices"

    @property
    def is_ended(self) -> bool:
        """Whether it is no longer in force, so that others do not see it."""
        return self.state in _ENDED

    @property
    def is_in_force(self) -> bool:
        """Whether others may act on it: a notice in a state of which nothing is known is not."""
        return self.state in _IN_FORCE if self.is_notice else not (self.is_ended or self.is_not_yet)

    @property
    def was_in_force(self) -> bool:
        """Whether it has ended, and others saw it before: what was refused never was in force."""
        return self.is_ended and self.state != _REFUSED

    @property
    def is_not_yet(self) -> bool:
        """Whether it is not in force yet."""
        return self.state in _NOT_YET

    @property
    def language(self) -> str:
        """The language of its texts, as far as it is stated."""
        stated = str(self.record.get("language", ""))
        return stated if self.is_notice and stated in LANGUAGES else ""

    @property
    def chart(self) -> list[Row]:
        """The rows of its dental chart."""
        return chart_of((self.record.get("dental") or {}).get("teeth") or [])

    @property
    def hands(self) -> list[list[Print]]:
        """Its prints: the fingers of the right hand, then those of the left."""
        return [[self._print(finger) for finger in hand] for hand in (RIGHT_HAND, LEFT_HAND)]

    @property
    def page(self) -> str:
        """Its address in the console."""
        return page_of(self.kind, part(str(self.record.get("id", ""))))

    @property
    def stopping(self) -> int:
        """How many findings of the screening stop what waits, unless the reviewers overrule them."""
        case = waiting_update(self.record) or (self.record if self.is_not_yet else {})
        return sum(each.get("weight") == "stops" for each in case.get("findings") or ())

    @property
    def update_waits(self) -> bool:
        """Whether there is an update that is not decided yet; one that was refused stays until it is taken back."""
        return waiting_update(self.record) is not None

    @property
    def waiting_changes(self) -> list[Change]:
        """What the update that waits changes."""
        pending = self.record.get("pending") or {}
        content = pending.get("content") or {}
        named = [str(each) for each in pending.get("changes") or content]
        before = {name: self.record.get(name) for name in named}
        return changes(before, {name: content.get(name) for name in named}, self.description)

    def _print(self, finger: int) -> Print:
        held = [each for each in self.record.get("prints") or [] if each.get("position") == finger]
        found = held[0] if held else None
        is_shown = found is not None and found.get("image") == SHOWN_BY_BROWSERS
        return Print(finger, found, f"{self.page}/impressions/{finger}", is_shown)


def document_of(kind: Kind, record: Record) -> Document:
    """Return a record as it is shown."""
    description = description_of(kind, record)
    states = (record.get(name) for name in ("ended", "state", "status"))
    return Document(
        kind,
        record,
        description,
        kind.title(record) or str(record.get("id", "")),
        next((str(state) for state in states if state), ""),
        card_of(description, record),
        sections_of(description, record),
        [_picture(kind, record, each) for each in record.get("photographs") or []],
    )


def may_account(record: Record, bureau: str) -> bool:
    """Return whether a bureau may read the history of a record, and who has seen it."""
    return bureau in {record.get("owner"), COMMISSION}


def may_see_readers(record: Record, bureau: str) -> bool:
    """Return whether a bureau may read who has seen a record: the Secretariat of what it cancelled."""
    return may_account(record, bureau) or (bureau == SECRETARIAT and record.get("status") == "cancelled")


def _picture(kind: Kind, record: Record, photograph: Mapping[str, Any]) -> Picture:
    address = f"/pictures/{kind.name}/{part(str(record.get('id', '')))}/{part(str(photograph.get('id', '')))}"
    its = (photograph.get(name) for name in ("width", "height", "sha256", "bytes"))
    return Picture(address, f"{address}/thumbnail", *its)
