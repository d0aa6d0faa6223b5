"""Stores notices, gives them their numbers, and finds them by name and by facts."""

import asyncio
import heapq
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Literal

import sqlalchemy as sa

from services.notices import matching, numbers, particulars, photographs, readers, rules
from services.notices.colours import Colour
from services.notices.earlier import refusals_about
from services.notices.extract_rows import extract_row
from services.notices.extracts import ExtractQuery, Extracts
from services.notices.lifecycle import ENDED, IN_FORCE, PUBLISHED, TO_REVIEW, BureauSupervised, NoticeStatus
from services.notices.models import Notice, NoticeRecord, Photograph
from services.notices.notice_conditions import Conditions, Sought, conditions_of, doubts_by_birth, scored
from services.notices.notice_tables import (
    WAS_REFUSED,
    notice_counts,
    notice_names,
    notice_particulars,
    notices,
    photograph_tables,
    public_extracts,
)
from services.notices.person_store import PersonFileStore
from services.notices.photograph_store import StoredPhotograph
from services.notices.queries import NoticeQuery
from services.notices.requests import may_see_request, request_columns
from services.notices.requirements import require_plausible
from services.notices.review_queue import in_queue
from services.notices.review_steps import decided, review_step
from services.notices.same_person import SamePersonStore
from services.notices.screening.particulars import EarlierRefusal
from services.notices.screening.screen import screen
from services.notices.statistics import counted
from services.notices.subjects import AnySubject, Person, names_of
from services.notices.updates import corrected
from shared.bureaus import BureauCode
from shared.errors import IllegalStep
from shared.images.picture import Picture
from shared.records import service_kit as kit

SHOWN_HITS: Final = 50
COMPARED_REFUSALS: Final = 500

metadata = notices.metadata

_new_count = kit.insert(notice_counts)
_count = _new_count.on_conflict_do_update(
    index_elements=[*notice_counts.primary_key],
    set_={"count": notice_counts.c["count"] + _new_count.excluded["count"]},
)
_contents = sa.select(notices.c.id, notices.c.content).where(
    notices.c.id.in_(sa.bindparam("ids", expanding=True)), kit.visible(notices)
)

_refused = (
    sa.select(notices.c.content)
    .where(
        notices.c.owner == sa.bindparam("of_owner", type_=sa.String),
        WAS_REFUSED,
        kit.visible(notices),
    )
    .order_by(notices.c.id.desc())
    .limit(COMPARED_REFUSALS)
)

_AUDIENCES: Final = {
    NoticeStatus.DRAFT: kit.Audience.OWNER,
    **dict.fromkeys(ENDED, kit.Audience.OWNER),
    NoticeStatus.PUBLISHED: kit.Audience.ALL,
    NoticeStatus.UPDATED: kit.Audience.ALL,
    NoticeStatus.DIFFUSED: kit.Audience.ALL,
}


class NoticeStore(kit.NameSearchStore[Notice, NoticeQuery]):
    """The notices that the caller's bureau may know of."""

    table = notices
    model = NoticeRecord
    answer = Notice
    query = NoticeQuery
    names = notice_names
    exact = frozenset({"number"})
    shown_hits = SHOWN_HITS
    reader_refusals = (BureauSupervised, IllegalStep)
    deletion_refusals = (IllegalStep,)
    query_terms = staticmethod(matching.query_terms)
    record_terms = staticmethod(matching.record_terms)
    match = staticmethod(matching.match)
    warning_kinds = (*kit.NAME_WARNINGS, *kit.BIRTH_WARNINGS, kit.HITS_CUT)
    query_warnings = staticmethod(matching.query_warnings)

    def search_columns(self, record: Notice) -> Mapping[str, Any]:
        """Return the values of the columns that a notice is found by."""
        person = record.subject if isinstance(record.subject, Person) else None
        waits = in_queue(record)
        return {
            "status": record.status,
            "colour": record.colour,
            "number": record.number,
            "sex": person.sex if person else None,
            "person_status": person.person_status if person else None,
            "nationalities": "".join(f",{country}," for country in particulars.nationalities_of(record.subject)),
            "to_review": waits and waits.waiting,
            "to_review_since": waits and int(waits.since.timestamp()),
        }

    @classmethod
    def further_access(cls, record: Notice, audience: kit.Audience) -> Mapping[str, Any]:
        """Return who sees that a red notice is being processed."""
        return request_columns(record, audience)

    @classmethod
    def may_know(cls, bureau: BureauCode, record: Notice) -> bool:
        """Return whether a participant may see a notice, or that it is being processed."""
        return super().may_know(bureau, record) or may_see_request(bureau, record, cls.audience(record))

    @classmethod
    def corrected_parts(cls, record: Notice, corrections: Mapping[str, Any]) -> Notice:
        """Return a corrected notice with its update corrected as well; what was approved before is to be read again.

        What approvals quote of the former text is removed, and it is screened anew.
        """
        pending = record.pending and corrected(record.pending, corrections, record.owner)
        approvals = () if record.status in TO_REVIEW else tuple(each.without_findings() for each in record.approvals)
        compliant = record.compliant and record.compliant.without_findings()
        parts = {"pending": pending, "approvals": approvals, "compliant": compliant}
        return record.model_copy(update={**parts, "findings": screen(record) if record.findings else ()})

    async def follow_up(self, before: Notice, after: Notice) -> None:
        """Tell the other side of a step of the review, count a decision, forget photographs that are gone."""
        for gone in photographs.stated_by(before).keys() - photographs.stated_by(after).keys():
            await photograph_tables.forget(self.session, after.id, gone)
        if (step := review_step(before, after, self.caller)) is not None:
            await kit.tell_of_review(self.session, self.service(), after, after.number, [step], self.at)
        decision = decided(before, after, self.caller)
        if decision is not None and (count := counted(after, decision, self.at.year)) is not None:
            await self.session.execute(_count, {**count, "count": 1})

    @classmethod
    def audience(cls, record: Notice) -> kit.Audience:
        """Return who besides the owner may know: all while it is in force, the Secretariat once it is submitted.

        Nobody knows of a draft and of what ended. While it is in force, the public may see the extract of one that its
        issuer made public.
        """
        if record.public and record.status in PUBLISHED and record.colour is not Colour.SILVER:
            return kit.Audience.PUBLIC
        return _AUDIENCES.get(record.status, kit.Audience.SECRETARIAT)

    @classmethod
    def announced(cls, record: Notice) -> kit.Announced | None:
        """Return as what a notice in force is sent to all who may see it: as published or as a diffusion."""
        if record.status not in IN_FORCE:
            return None
        act: Literal["published", "diffused"] = "diffused" if record.status is NoticeStatus.DIFFUSED else "published"
        return kit.Announced(act=act, number=record.number, colour=record.colour)

    @classmethod
    def recalled_as(cls, record: Notice) -> kit.Act:
        """Return what recipients are asked for: to delete what the Secretariat cancelled is its instruction."""
        return "cancelled" if record.status is NoticeStatus.CANCELLED else "withdrawn"

    def require_readers_changeable(self, before: Notice, after: Notice) -> None:
        """Require that the issuer may change who sees it. Raises BureauRestricted, BureauSupervised, IllegalStep."""
        super().require_readers_changeable(before, after)
        readers.require_changeable(before, after, self.caller)

    def require_deletable(self, record: Notice) -> None:
        """Require a notice that was neither refused nor cancelled: the screening remembers it. Raises IllegalStep."""
        rules.require_deletable(record)

    def require_plausible(self, record: Notice) -> None:
        """Require what its colour requires, if it was handed in, and dates that can be. Raises Incomplete."""
        require_plausible(record, self.at.date())

    @classmethod
    def has_ended(cls, record: Notice) -> bool:
        """Return whether a notice is over: a draft and one under review are not."""
        return record.status in ENDED

    async def add(self, record: Notice) -> Notice:
        """Store a new notice with its particulars, and its extract if everybody may see it. Raises TooManyTakenBack."""
        added = await super().add(record)
        await notice_particulars.put_many(self.session, {record.id: record.subject})
        await public_extracts.put_many(self.session, [extract_row(record, self.audience(record))])
        return added

    async def add_many(self, records: Sequence[Notice]) -> None:
        """Store many new notices with their particulars and extracts at once."""
        await super().add_many(records)
        await notice_particulars.put_many(self.session, {record.id: record.subject for record in records})
        await public_extracts.put_many(self.session, [extract_row(each, self.audience(each)) for each in records])

    async def replace(self, record: Notice) -> Notice:
        """Store the next version of a notice with its particulars and extract. Raises Conflict, TooManyTakenBack."""
        shown = await super().replace(record)
        await notice_particulars.put(self.session, record.id, record.subject)
        await self.put_extract(self.session, record, self.audience(record))
        return shown

    @classmethod
    def names_of(cls, record: Notice) -> Sequence[str]:
        """Return all names of the subject of a notice."""
        return names_of(record.subject)

    async def give_number(self, year: int, randbytes: Callable[[int], bytes]) -> int:
        """Draw a number of a year that no notice ever had, and reserve it once this transaction is committed."""
        return await numbers.give_number(self.session, year, randbytes)

    async def give_numbers(self, year: int, count: int, randbytes: Callable[[int], bytes]) -> list[int]:
        """Draw many numbers of a year as `give_number` draws one."""
        return await numbers.give_numbers(self.session, year, count, randbytes)

    async def add_photograph(
        self, notice: Notice, picture: Picture, revision: kit.Revision, randbytes: Callable[[int], bytes]
    ) -> tuple[Notice, Photograph]:
        """Store a picture as a photograph of a notice, or of the update of it that waits, and return both.

        Raises NotTheOwner, IllegalStep, PhotographsFull, Conflict.
        """
        photographs.require_space(await photograph_tables.used_by(self.session, notice.owner), picture)
        photograph = photographs.photograph_of(await photograph_tables.give_id(self.session, randbytes), picture)
        added = photographs.add_photograph(notice, photograph, by=self.caller, revision=revision)
        shown = await self.replace(added)
        await photograph_tables.add(self.session, [StoredPhotograph(notice.id, notice.owner, photograph, picture)])
        return shown, photograph

    async def add_photographs_many(self, added: Sequence[StoredPhotograph]) -> None:
        """Store the photographs of many new notices at once, which state them. Draw their ids before."""
        await photograph_tables.add(self.session, added)

    async def give_photograph_ids(self, count: int, randbytes: Callable[[int], bytes]) -> Sequence[str]:
        """Draw ids for many synthetic photographs at once."""
        return await photograph_tables.give_ids(self.session, count, randbytes)

    async def remove_photograph(self, notice: Notice, photograph_id: str, revision: kit.Revision) -> Notice:
        """Remove a photograph of a notice, of one in force after review.

        Raises NotTheOwner, IllegalStep, NotFound, Conflict.
        """
        removed = photographs.remove_photograph(notice, photograph_id, by=self.caller, revision=revision)
        return await self.replace(removed)

    async def photograph(self, record_id: str, photograph_id: str, *, thumbnail: bool) -> tuple[Notice, bytes]:
        """Return a notice, and the JPEG of one of its photographs. Raises NotFound, HandlingConfidential."""
        # First of all the notice, as any other: nothing is looked up of one that the caller may not know of.
        notice = await self.get(record_id)
        if photograph_id not in photographs.stated_by(notice):
            raise photographs.no_photograph(record_id, photograph_id)
        jpeg = await photograph_tables.read(self.session, record_id, photograph_id, thumbnail=thumbnail)
        if jpeg is None:
            raise photographs.no_photograph(record_id, photograph_id)
        self.caller.recorder.record(notice.disclosure("read", match=f"photograph {photograph_id}"))
        return notice, jpeg

    async def delete(self, record: Notice, act: kit.Ending, reference: str | None = None) -> Notice:
        """Delete a notice with its photographs. Raises Conflict."""
        await photograph_tables.forget_all(self.session, record.id)
        return await super().delete(record, act, reference)

    async def refused_before(self, owner: BureauCode, subject: AnySubject) -> Sequence[EarlierRefusal]:
        """Return what the Secretariat refused or cancelled to a bureau about the same subject, the newest first."""
        if not names_of(subject):
            return ()
        rows = await self.session.fetch(_refused, {"of_owner": owner, **self.visibility}, in_thread=True)
        return await asyncio.to_thread(refusals_about, subject, [row.content for row in rows]) if rows else ()

    @staticmethod
    async def put_extract(session: kit.Session, record: Notice, audience: kit.Audience) -> None:
        """Store the extract of a stored notice that this audience sees, in place of the one it had before."""
        await public_extracts.put(session, record.id, extract_row(record, audience))

    async def extracts(self, query: ExtractQuery) -> Extracts:
        """Return a page of the extracts that everybody may see. Raises PatternTooCostly."""
        return await public_extracts.page(query, self.session, self.caller, self.at)

    async def find(self, query: NoticeQuery) -> kit.Hits[Notice]:
        """Return the notices in force that fit all of a query, best first and then newest first."""
        sought = matching.births_sought(query, self.at)
        conditions = conditions_of(query, sought)
        if query.name is None:
            return await self._find_by_facts(query, conditions, sought)
        return await self._find_by_name(query, query.name, conditions, sought)

    async def _find_by_name(
        self, query: NoticeQuery, name: str, conditions: Conditions, sought: Sought
    ) -> kit.Hits[Notice]:
        among = kit.Among(conditions, [notice_particulars.doubts(notices, each) for each in sought], self.visibility)
        found = await notice_names.search(self.session, name, among)
        shown = heapq.nlargest(self.shown_hits, map(scored, found.records))
        ids = {"ids": [one.id for one in shown], **self.visibility}
        contents = {row.id: row.content for row in await self.session.fetch(_contents, ids)} if shown else {}
        hits = [
            (matching.hit(notice, query, doubtful, found.explained(one.named, names_of(notice.subject))), content)
            for one in shown
            if (content := contents.get(one.id)) is not None
            for notice, doubtful in [(self.parse(content), doubts_by_birth(sought, one.named.columns))]
        ]
        return kit.Hits(hits=kit.within_reply_size(hits), total=len(found.records), warnings=found.warnings)

    async def _find_by_facts(self, query: NoticeQuery, conditions: Conditions, sought: Sought) -> kit.Hits[Notice]:
        conditions = [*conditions, *(notice_particulars.born(notices, each) for each in sought)]
        doubts = [notice_particulars.doubts(notices, each).label(f"doubt_{at}") for at, each in enumerate(sought)]
        order = [sum(doubts, start=sa.literal(0)), notices.c.id.desc()] if doubts else [notices.c.id.desc()]
        best = sa.select(notices.c.content, *doubts).where(*conditions).order_by(*order).limit(SHOWN_HITS)
        counted = sa.select(sa.func.count().label("total")).select_from(notices).where(*conditions)
        rows = await self.session.fetch(best, self.visibility, in_thread=True)
        total = len(rows)
        if total == SHOWN_HITS:
            total = (await self.session.fetch(counted, self.visibility, in_thread=True))[0].total
        hits = [
            (matching.hit(self.parse(row.content), query, doubts_by_birth(sought, tuple(row)[1:])), row.content)
            for row in rows
        ]
        return kit.Hits(hits=kit.within_reply_size(hits), total=total)


# A service's tables are those that are known once this module is imported.
STORES: Final = (NoticeStore, PersonFileStore, SamePersonStore)
