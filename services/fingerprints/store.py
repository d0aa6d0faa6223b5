"""Stores fingerprint records, their images and templates, and in which order the gallery changed."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

import sqlalchemy as sa

from services.fingerprints import SERVICE, query_warnings, rules
from services.fingerprints.models import (
    FingerprintRecord,
    IdentificationQuery,
    MediaType,
    PrintSought,
    RecordDescription,
    RecordStatus,
)
from services.fingerprints.prints import Print
from shared.errors import NotFound
from shared.people import StatusOfPerson
from shared.records import service_kit as kit

if TYPE_CHECKING:
    from services.fingerprints.gallery import Candidate
    from services.fingerprints.minutiae import Template

metadata = kit.service_metadata(SERVICE.name)
records = kit.record_table(
    "fingerprint_records",
    metadata,
    sa.Column("status", sa.String(16), nullable=False),
    sa.Column("category", sa.String(20), nullable=False),
    sa.Column("person_status", sa.String(20), nullable=False),
)
prints = sa.Table(
    "prints",
    metadata,
    sa.Column("record_id", sa.String(36), sa.ForeignKey(records.c.id), primary_key=True),
    sa.Column("position", sa.SmallInteger, primary_key=True, autoincrement=False),
    sa.Column("changed", sa.BigInteger, nullable=False, index=True),
    sa.Column("template", sa.LargeBinary, nullable=False),
    sa.Column("media_type", sa.String(16)),
    # The last, so that a template is read without the image before it.
    sa.Column("image", sa.LargeBinary),
)
# Records that were deleted, for every gallery to take out.
removed_records = sa.Table(
    "removed_records",
    metadata,
    sa.Column("record_id", sa.String(36), primary_key=True),
    sa.Column("changed", sa.BigInteger, nullable=False, index=True),
)
# One row, once the gallery was changed: the number of the last change.
gallery_turn = sa.Table(
    "gallery_turn",
    metadata,
    sa.Column("id", sa.SmallInteger, primary_key=True, autoincrement=False),
    sa.Column("last", sa.BigInteger, nullable=False),
)

# Prints that were sought, of bureaus that will compare candidates with them.
sought_prints: Final = kit.SoughtImages(
    "print",
    metadata,
    sa.Column("template", sa.LargeBinary, nullable=False),
    # The last, so that the others are read without it.
    sa.Column("png", sa.LargeBinary, nullable=False),
    at_most=50,
)

_record_id: Final[sa.BindParameter[str]] = sa.bindparam("of_record")
_position: Final[sa.BindParameter[int]] = sa.bindparam("of_position")
_SEARCHED: Final = records.c.status == RecordStatus.ACTIVE

_changes: Final[sa.BindParameter[int]] = sa.bindparam("changes")
_TAKE_TURN: Final = (
    kit.insert(gallery_turn)
    .values(id=1, last=_changes)
    .on_conflict_do_update(index_elements=[gallery_turn.c.id], set_={"last": gallery_turn.c.last + _changes})
    .returning(gallery_turn.c.last)
)
_LAST: Final = sa.select(sa.func.coalesce(sa.func.max(gallery_turn.c.last), 0).label("last"))
_CHANGES: Final = (
    sa.select(prints.c.record_id, prints.c.position, prints.c.template, _SEARCHED.label("searched"))
    .join(records, records.c.id == prints.c.record_id)
    .where(prints.c.changed > sa.bindparam("after"), prints.c.changed <= sa.bindparam("up_to"))
)
_REMOVED: Final = sa.select(removed_records.c.record_id).where(
    removed_records.c.changed > sa.bindparam("after"), removed_records.c.changed <= sa.bindparam("up_to")
)
# Two may delete a record at once: both record it, and one of them is refused after that.
_REMOVE: Final = kit.insert(removed_records).on_conflict_do_nothing()
_DELETE_PRINTS: Final = sa.delete(prints).where(prints.c.record_id == _record_id)
_FORGET_PRINT: Final = sa.delete(prints).where(prints.c.record_id == _record_id, prints.c.position == _position)
_INSERT_PRINT: Final = sa.insert(prints)
_MARK_CHANGED: Final = sa.update(prints).where(prints.c.record_id == _record_id).values(changed=sa.bindparam("turn"))
_IMAGE: Final = sa.select(prints.c.image, prints.c.media_type).where(
    prints.c.record_id == _record_id, prints.c.position == _position
)
_TEMPLATES: Final = sa.select(prints.c.position, prints.c.template).where(prints.c.record_id == _record_id)
_HIDDEN: Final = sa.select(records.c.id).where(_SEARCHED, sa.not_(kit.visible(records)))
_OF_OTHERS: Final = records.c.person_status != sa.bindparam("sought_status")
_HIDDEN_OR_OTHERS: Final = sa.select(records.c.id).where(_SEARCHED, sa.or_(sa.not_(kit.visible(records)), _OF_OTHERS))
_SHOWN: Final = sa.select(records.c.id, records.c.content).where(
    records.c.id.in_(sa.bindparam("ids", expanding=True)), _SEARCHED, kit.visible(records)
)


class Image(NamedTuple):
    """The bytes of an image as they were sent."""

    content: bytes
    media_type: MediaType
    terms: str
    """On which it is shown."""


class FingerprintStore(kit.MatchedStore[FingerprintRecord, PrintSought]):
    """The fingerprint records that the caller's bureau may know of."""

    table = records
    model = FingerprintRecord
    query = PrintSought
    query_terms = staticmethod(rules.query_terms)
    record_terms = staticmethod(rules.record_terms)
    warning_kinds = query_warnings.KINDS
    query_warnings = staticmethod(query_warnings.query_warnings)
    # A record with ten prints takes some ten milliseconds for each, as most searches name no finger.
    max_compared = 1_000

    def search_columns(self, record: FingerprintRecord) -> Mapping[str, Any]:
        """Return the values of the columns that a record is found by."""
        return {"status": record.status, "category": record.category, "person_status": record.person_status}

    @classmethod
    def audience(cls, record: FingerprintRecord) -> kit.Audience:
        """Return who besides the owner may know: all, until it is withdrawn."""
        return kit.Audience.OWNER if record.status is RecordStatus.WITHDRAWN else kit.Audience.ALL

    def kept_for(self, record: FingerprintRecord) -> timedelta:
        """Return how long a record is kept, by its category."""
        return rules.KEPT_FOR[record.category]

    def restated(self, record: FingerprintRecord, entry: kit.RecordInput) -> FingerprintRecord:
        """Return the next version of a record that is described otherwise, kept as long as its category says."""
        return rules.restate(record, cast("RecordDescription", entry), at=self.at)

    @classmethod
    async def matcher(
        cls,
        session: kit.Session,
        record: FingerprintRecord,
        at: datetime,  # noqa: ARG003
    ) -> Callable[[PrintSought], kit.Hit[FingerprintRecord] | None]:
        """Return `match` for one record, with its prints."""
        prints = await session.fetch(_TEMPLATES, {"of_record": record.id}, in_thread=True)
        return await asyncio.to_thread(rules.matcher_of, record, prints)

    async def take_turn(self, changes: int = 1) -> int:
        """Return the number of the next change of the gallery, the last of so many.

        The row is locked until the transaction ends, so that changes of all processes become visible in the order of
        their numbers.
        """
        last: int = (await self.session.fetch(_TAKE_TURN, {"changes": changes}))[0].last
        return last

    async def enrol(self, record: FingerprintRecord, taken: Print, position: int, turn: int) -> FingerprintRecord:
        """Store the next version of a record and its new print, in place of an earlier one of that finger."""
        shown = await self.replace(record)
        await self.session.execute(_FORGET_PRINT, {"of_record": record.id, "of_position": position})
        await self.session.execute(_INSERT_PRINT, _print_row(record.id, position, taken, turn))
        return shown

    async def enrol_many(self, enrolled: Sequence[tuple[FingerprintRecord, Mapping[int, Print]]]) -> None:
        """Store many new records with their prints at once."""
        await self.add_many([record for record, _ in enrolled])
        fingers = [
            (record.id, position, taken) for record, held in enrolled for position, taken in sorted(held.items())
        ]
        first = await self.take_turn(len(fingers)) - len(fingers) + 1
        rows = [_print_row(*finger, turn) for turn, finger in enumerate(fingers, first)]
        await self.session.execute(_INSERT_PRINT, rows)

    async def withdraw(self, record: FingerprintRecord, turn: int) -> FingerprintRecord:
        """Store a record as withdrawn, and let every gallery take out its prints."""
        shown = await self.replace(record)
        await self.session.execute(_MARK_CHANGED, {"of_record": record.id, "turn": turn})
        return shown

    async def delete(
        self, record: FingerprintRecord, act: kit.Ending, reference: str | None = None
    ) -> FingerprintRecord:
        """Delete a record with its prints, and let every gallery take them out. Raises Conflict."""
        await self.session.execute(_REMOVE, {"record_id": record.id, "changed": await self.take_turn()})
        await self.session.execute(_DELETE_PRINTS, {"of_record": record.id})
        return await super().delete(record, act, reference)

    async def image(self, record_id: str, position: int) -> Image:
        """Return the image of a print. Raises NotFound, also where the caller may not know of the record."""
        # First of all the record, as any other: nothing is looked up of one that the caller may not know of.
        record = await self.get(record_id)
        found = await self.session.fetch(_IMAGE, {"of_record": record_id, "of_position": position}, in_thread=True)
        if not found:
            raise NotFound(f"no print of finger {position} in the record {record_id}")
        row = found[0]
        if row.image is None:
            raise NotFound(f"of finger {position} of record {record_id} only the minutiae are kept, not the image")
        self.caller.recorder.record(record.disclosure("read", match=f"finger {position}"))
        return Image(row.image, MediaType(row.media_type), record.terms)

    async def enrolled(self, record_id: str, position: int) -> Print:
        """Return a print of a record without its image. Raises NotFound, also where the caller may not know of it."""
        record = await self.get(record_id)
        rows = await self.session.fetch(_TEMPLATES, {"of_record": record_id}, in_thread=True)
        held = {row.position: row.template for row in rows}
        taken = next((each for each in record.prints if each.position == position and position in held), None)
        if taken is None:
            raise NotFound(f"no print of finger {position} in the record {record_id}")
        self.caller.recorder.record(record.disclosure("read", match=f"finger {position}"))
        return Print(taken.width, taken.height, template_of(held[position]))

    async def hidden(self, person_status: StatusOfPerson | None = None) -> set[str]:
        """Return the records that are searched, but not for the caller: barred from their bureau, or expired.

        With a status also those of other persons.
        """
        statement, asked = _HIDDEN, self.visibility
        if person_status is not None:
            statement, asked = _HIDDEN_OR_OTHERS, {**self.visibility, "sought_status": person_status}
        return {row.id for row in await self.session.fetch(statement, asked, in_thread=True)}

    async def hits(self, candidates: Sequence["Candidate"], wanted: IdentificationQuery) -> kit.Hits[FingerprintRecord]:
        """Return the candidates with a score as wanted, best first, that are searched and the caller may see."""
        similar = [candidate for candidate in candidates if candidate.score >= wanted.least_score]
        ids = [candidate.record_id for candidate in similar]
        rows = await self.session.fetch(_SHOWN, {"ids": ids, **self.visibility}, in_thread=True)
        shown = {row.id: self.parse(row.content) for row in rows}
        hits = [
            rules.hit(shown[found.record_id], found.score, found.finger, wanted.position)
            for found in similar
            if found.record_id in shown
        ]
        return kit.Hits(hits=hits[: wanted.limit], total=len(hits))

    async def near_misses(
        self, candidates: Sequence["Candidate"], hits: kit.Hits[FingerprintRecord], wanted: IdentificationQuery
    ) -> kit.NearMisses:
        """Return why those of some candidates that the caller may see are no hits."""
        found = {hit.record.id for hit in hits.hits}
        ids = [each.record_id for each in candidates if each.record_id not in found]
        rows = await self.session.fetch(_SHOWN, {"ids": ids, **self.visibility}, in_thread=True)
        shown = {row.id: record for row in rows if not self.is_withheld(record := self.parse(row.content))}
        of_shown = [(shown[each.record_id], each) for each in candidates if each.record_id in shown]
        missed = [kit.Compared(record, rules.compare(record, each, wanted)) for record, each in of_shown]
        return kit.nearest([each for each in missed if each.closeness < 1], len(missed))


class GalleryChanges:
    """The changes of the gallery, for copies of it. Does NOT check visibility."""

    def __init__(self, session: kit.Session) -> None:
        self._session = session

    async def last(self) -> int:
        """Return the number of the last change."""
        number: int = (await self._session.fetch(_LAST))[0].last
        return number

    async def between(self, after: int, up_to: int) -> kit.Rows:
        """Return the prints last changed then, each as record_id, position, template, searched."""
        return await self._session.fetch(_CHANGES, {"after": after, "up_to": up_to}, in_thread=True)

    async def removed_between(self, after: int, up_to: int) -> Sequence[str]:
        """Return the records deleted then, whose prints are there no more."""
        rows = await self._session.fetch(_REMOVED, {"after": after, "up_to": up_to}, in_thread=True)
        return [row.record_id for row in rows]


def template_of(stored: bytes) -> "Template":
    """Return a stored template."""
    # numpy is loaded when there are prints.
    from services.fingerprints.minutiae import Template

    return Template.from_bytes(stored)


def _print_row(record_id: str, position: int, taken: Print, turn: int) -> dict[str, Any]:
    return {
        "record_id": record_id,
        "position": position,
        "changed": turn,
        "template": taken.template.to_bytes(),
        "media_type": taken.media_type,
        "image": taken.image,
    }
