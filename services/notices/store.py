"""Stores notices, gives them their numbers, and finds them by name and by facts."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Literal

import sqlalchemy as sa

from services.notices import matching, notice_photographs, numbers, readers, rules
from services.notices.colours import Colour
from services.notices.criteria.requirements import Incomplete, require_plausible
from services.notices.earlier import refusals_about
from services.notices.lifecycle import ENDED, IN_FORCE, JUDGED, PUBLISHED, TO_REVIEW, BureauSupervised, NoticeStatus
from services.notices.models import Notice, NoticeRecord
from services.notices.notice_tables import (
    WAS_REFUSED,
    notice_names,
    notice_particulars,
    notices,
    public_extracts,
)
from services.notices.persons.same_person import SamePersonStore
from services.notices.persons.store import PersonFileStore
from services.notices.public_list.extracts import ExtractQuery, Extracts
from services.notices.public_list.rows import extract_row
from services.notices.queries import NoticeQuery
from services.notices.refused_updates import corrected_refusals
from services.notices.review.decision_counts import add_counts
from services.notices.review.queue import in_queue
from services.notices.review.requests import may_see_request, request_columns
from services.notices.review.statistics import counted
from services.notices.review.steps import decided, review_step
from services.notices.screening.particulars import EarlierRefusal
from services.notices.screening.screen import screen
from services.notices.subjects.matching import query_warnings
from services.notices.subjects.models import AnySubject, Person, names_of
from services.notices.subjects.search import Conditions, SubjectSearchStore
from services.notices.tables import photograph_tables
from services.notices.updates import corrected
from shared.bureaus import BureauCode
from shared.errors import IllegalStep
from shared.records import service_kit as kit

COMPARED_REFUSALS: Final = 500

metadata = notices.metadata

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
    **dict.fromkeys(ENDED - JUDGED, kit.Audience.OWNER),
    NoticeStatus.PUBLISHED: kit.Audience.ALL,
    NoticeStatus.UPDATED: kit.Audience.ALL,
    NoticeStatus.DIFFUSED: kit.Audience.ALL,
}


class NoticeStore(kit.PhotographedStore[Notice, NoticeQuery], SubjectSearchStore[Notice, NoticeQuery]):
    """The notices that the caller's bureau may know of."""

    table = notices
    model = NoticeRecord
    answer = Notice
    query = NoticeQuery
    names = notice_names
    particulars = notice_particulars
    exact = frozenset({"number"})
    reader_refusals = (BureauSupervised, IllegalStep)
    deletion_refusals = (IllegalStep,)
    photograph_refusals = (Incomplete,)
    photograph_tables = photograph_tables
    photographs_change = (
        "In a draft and in a diffusion they change at once. Those of a published notice change after review; until "
        "then it is shown as it was, and must contain all that its colour requires. What was handed in is reviewed as "
        "it is."
    )
    without_parts = staticmethod(notice_photographs.without_removed)
    kept_for = staticmethod(rules.kept_for)
    require_deletable = staticmethod(rules.require_deletable)
    query_terms = staticmethod(matching.query_terms)
    record_terms = staticmethod(matching.record_terms)
    match = staticmethod(matching.match)
    compare = staticmethod(matching.compare)
    hit = staticmethod(matching.hit)
    warning_kinds = (*kit.NAME_WARNINGS, *kit.BIRTH_WARNINGS, kit.HITS_CUT)
    query_warnings = staticmethod(query_warnings)

    @classmethod
    def subject_of(cls, record: Notice) -> AnySubject:
        """Return the subject of a notice."""
        return record.subject

    def search_columns(self, record: Notice) -> Mapping[str, Any]:
        """Return the values of the columns that a notice is found by."""
        person = record.subject if isinstance(record.subject, Person) else None
        waits = in_queue(record)
        return {
            **super().search_columns(record),
            "status": record.status,
            "colour": record.colour,
            "number": record.number,
            "person_status": person.person_status if person else None,
            "to_review": waits and waits.waiting,
            "to_review_since": waits and int(waits.since.timestamp()),
            "was_refused": rules.was_refused(record),
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
        refused = corrected_refusals(record.refused_updates, corrections)
        parts = {"pending": pending, "approvals": approvals, "compliant": compliant, "refused_updates": refused}
        return record.model_copy(update={**parts, "findings": screen(record) if record.findings else ()})

    async def follow_up(self, before: Notice, after: Notice) -> None:
        """Tell the other side of a step of the review, count a decision, forget photographs that are gone."""
        await super().follow_up(before, after)
        if (step := review_step(before, after, self.caller)) is not None:
            await kit.tell_of_review(self.session, self.service(), after, after.number, [step], self.at)
        decision = decided(before, after, self.caller)
        if decision is not None and (count := counted(after, decision, self.at.year)) is not None:
            await add_counts(self.session, [{**count, "count": 1}])

    @classmethod
    def audience(cls, record: Notice) -> kit.Audience:
        """Return who besides the owner may know: all while it is in force, the Secretariat once it is submitted.

        The Secretariat also sees what it refused or cancelled. Nobody knows of a draft, and of what the issuer
        withdrew. The public may see the extract of one in force that its issuer made public.
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

    def require_plausible(self, record: Notice) -> None:
        """Require what its colour requires, if it was handed in, and dates that can be. Raises Incomplete."""
        require_plausible(record, self.at.date())

    @classmethod
    def has_ended(cls, record: Notice) -> bool:
        """Return whether a notice is over: a draft and one under review are not."""
        return record.status in ENDED

    async def add(self, record: Notice) -> Notice:
        """Store a new notice, and its extract if everybody may see it. Raises TooManyTakenBack."""
        added = await super().add(record)
        await public_extracts.put_many(self.session, [extract_row(record, self.audience(record))])
        return added

    async def add_many(self, records: Sequence[Notice]) -> None:
        """Store many new notices with their extracts at once."""
        await super().add_many(records)
        await public_extracts.put_many(self.session, [extract_row(each, self.audience(each)) for each in records])

    async def replace(self, record: Notice) -> Notice:
        """Store the next version of a notice with its extract. Raises Conflict, TooManyTakenBack."""
        shown = await super().replace(record)
        await self.put_extract(self.session, record, self.audience(record))
        return shown

    @classmethod
    def photographs_of(cls, record: Notice) -> Mapping[str, kit.Photograph]:
        """Return the photographs of a notice, and of the update of it that waits."""
        return notice_photographs.stated_by(record)

    @classmethod
    def photographs_to_be(cls, record: Notice) -> Sequence[kit.Photograph]:
        """Return the photographs of the update that waits, if it has others."""
        return notice_photographs.with_waiting(record).photographs

    def require_photographable(self, record: Notice) -> None:
        """Require a draft or a notice in force of the caller's bureau. Raises NotTheOwner, IllegalStep."""
        notice_photographs.require_changeable(record, self.caller)

    def with_photograph(self, record: Notice, photograph: kit.Photograph, revision: kit.Revision) -> Notice:
        """Return a notice with one more, or with an update that waits. Raises NotTheOwner, IllegalStep."""
        return notice_photographs.add_photograph(record, photograph, self.caller, revision)

    def without_photograph(self, record: Notice, photograph_id: str, revision: kit.Revision) -> Notice:
        """Return a notice without one, or with an update that waits. Raises NotTheOwner, IllegalStep, NotFound."""
        return notice_photographs.remove_photograph(record, photograph_id, self.caller, revision)

    async def give_number(self, year: int, randbytes: Callable[[int], bytes]) -> int:
        """Draw a number of a year that no notice ever had, and reserve it once this transaction is committed."""
        return await numbers.give_number(self.session, year, randbytes)

    async def give_numbers(self, year: int, count: int, randbytes: Callable[[int], bytes]) -> list[int]:
        """Draw many numbers of a year as `give_number` draws one."""
        return await numbers.give_numbers(self.session, year, count, randbytes)

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

    def shape_of_kind(self, query: NoticeQuery) -> Sequence[str]:
        """Return which of colour and status of the person are asked for."""
        return tuple(self.parameters_of_kind(query))

    @classmethod
    def conditions_of_kind(cls, shape: Sequence[str]) -> Conditions:
        """Return the conditions of the colour, the status of the person, and of being in force."""
        in_force = notices.c.status.in_([kit.inline_literal(each) for each in sorted(IN_FORCE)])
        return [in_force, *(notices.c[fact] == sa.bindparam(fact) for fact in shape)]

    def parameters_of_kind(self, query: NoticeQuery) -> Mapping[str, Any]:
        """Return the colour and the status of the person, if they are asked for."""
        return query.model_dump(include={"colour", "person_status"}, exclude_none=True)


# A service's tables are those that are known once this module is imported.
STORES: Final = (NoticeStore, PersonFileStore, SamePersonStore)
