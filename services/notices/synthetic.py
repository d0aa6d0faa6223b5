"""Makes synthetic notices of all colours and states, about people who do not exist."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Final, NamedTuple

import msgspec

from services.notices import reviewing, rules, synthetic_persons
from services.notices.colours import Colour
from services.notices.entries import NoticeEntry
from services.notices.lifecycle import IN_FORCE, NoticeStatus
from services.notices.models import Notice
from services.notices.review import Clearance, Decision, Reason
from services.notices.store import NoticeStore
from services.notices.synthetic_entries import draw, synthetic_entry
from services.notices.synthetic_photographs import add_with_pictures
from services.notices.updates import case_of
from services.synthetic_records import revision_at, seeding_officer
from shared.bureaus import SECRETARIAT, BureauCode
from shared.identity import Caller, Purpose
from shared.records import service_kit as kit
from shared.standing import BureauStanding

# In the proportion of the notices in force (INTERPOL, end of 2023, rounded).
_COLOURS: Final[Mapping[Colour, int]] = {
    Colour.RED: 74,
    Colour.BLUE: 18,
    Colour.YELLOW: 16,
    Colour.GREEN: 6,
    Colour.BLACK: 2,
    Colour.ORANGE: 1,
    Colour.PURPLE: 1,
    Colour.SILVER: 1,
    Colour.UN_SPECIAL: 1,
}
# Not `expired`: past its date a notice is not answered, and then deleted.
_STATUSES: Final = {
    NoticeStatus.PUBLISHED: 66,
    NoticeStatus.UPDATED: 9,
    NoticeStatus.DIFFUSED: 10,
    NoticeStatus.DRAFT: 5,
    NoticeStatus.SUBMITTED: 2,
    NoticeStatus.UNDER_REVIEW: 1,
    NoticeStatus.WAITING: 1,
    NoticeStatus.WITHDRAWN: 3,
    NoticeStatus.REFUSED: 2,
    NoticeStatus.CANCELLED: 1,
}
_REASONS: Final = {Reason.OTHER: 88, Reason.ARTICLE_3: 8, Reason.ARTICLE_2: 4}
_KEPT_DAYS: Final = 4 * 365
_REVIEWED_IN: Final = timedelta(days=3)
_SUPERVISED: Final = BureauStanding("supervised")
_DIFFUSED: Final = (NoticeStatus.DIFFUSED, NoticeStatus.WAITING)


class _Plan(NamedTuple):
    """A draft, and what becomes of it."""

    draft: Notice
    content: NoticeEntry
    fate: NoticeStatus

    @property
    def is_numbered(self) -> bool:
        """Whether it was submitted, and has a number since."""
        return self.fate not in (*_DIFFUSED, NoticeStatus.DRAFT)

    @property
    def decided(self) -> kit.Revision:
        """When the review ends."""
        return kit.Revision(self.draft.id, self.draft.created + _REVIEWED_IN)


async def seed(session: kit.Session, random: Random, count: int, owners: Sequence[BureauCode], at: datetime) -> None:
    """Add synthetic notices of all colours and states, drafted within the four years before."""
    store = NoticeStore(session, _officer(SECRETARIAT), at)
    days = sorted((random.uniform(4, _KEPT_DAYS) for _ in range(count)), reverse=True)
    plans = [_planned(random, owners, at - timedelta(days=before)) for before in days]
    years = Counter(plan.draft.created.year for plan in plans if plan.is_numbered)
    numbers = {year: await store.give_numbers(year, needed, random.randbytes) for year, needed in sorted(years.items())}
    notices = [_fulfilled(random, plan, numbers) for plan in plans]
    await add_with_pictures(store, random, notices, lambda notice: notice.subject.kind == "person")
    await synthetic_persons.seed(session, random, count // synthetic_persons.NOTICES_TO_A_FILE, owners, at)


def synthetic_draft(random: Random, owner: BureauCode, at: datetime) -> Notice:
    """Return a complete draft about somebody or something that does not exist."""
    return _drafted(random, owner, at, synthetic_entry(random, owner, at, draw(random, _COLOURS)))


def _planned(random: Random, owners: Sequence[BureauCode], at: datetime) -> _Plan:
    colour, fate = draw(random, _COLOURS), draw(random, _STATUSES)
    owner = random.choice(owners)
    if colour is Colour.UN_SPECIAL:
        # The Secretariat enters those of the Security Council, and reviews what it enters.
        owner, fate = SECRETARIAT, NoticeStatus.PUBLISHED if fate in _DIFFUSED else fate
    content = synthetic_entry(random, owner, at, colour, owners)
    return _Plan(_drafted(random, owner, at, content), content, fate)


def _drafted(random: Random, owner: BureauCode, at: datetime, content: NoticeEntry) -> Notice:
    return rules.draft(content, by=_officer(owner), revision=revision_at(random, at))


def _fulfilled(random: Random, plan: _Plan, numbers: Mapping[int, list[int]]) -> Notice:
    notice, fate, decided = plan.draft, plan.fate, plan.decided
    issuer, reviewer = _officer(notice.owner), _reviewer()
    if fate is NoticeStatus.DRAFT:
        return notice
    drafted = kit.Revision(notice.id, notice.created)
    if fate in _DIFFUSED:
        sender = msgspec.structs.replace(issuer, standing=_SUPERVISED) if fate is NoticeStatus.WAITING else issuer
        return rules.diffuse(notice, by=sender, revision=drafted)
    notice = rules.submit(notice, numbers[drafted.at.year].pop(), by=issuer, revision=drafted)
    if fate is NoticeStatus.SUBMITTED:
        return notice
    notice = reviewing.start_review(notice, by=reviewer, revision=decided)
    if fate is NoticeStatus.UNDER_REVIEW:
        return notice
    if fate is NoticeStatus.REFUSED:
        return reviewing.refuse(notice, _decision(random), by=reviewer, revision=decided)
    return _after_publication(random, _approved(notice, decided), plan)


def _approved(notice: Notice, revision: kit.Revision) -> Notice:
    """Return a notice, or the update of one, as as many officers published it as its colour needs."""
    while True:
        another = msgspec.structs.replace(_officer(SECRETARIAT), officer=f"seed-{len(case_of(notice).approvals) + 1}")
        notice = reviewing.publish(notice, Clearance(), by=another, revision=revision)
        if notice.status in IN_FORCE and notice.pending is None:
            return notice


def _after_publication(random: Random, notice: Notice, plan: _Plan) -> Notice:
    issuer, reviewer = _officer(notice.owner), _reviewer()
    later = kit.Revision(notice.id, notice.updated + timedelta(hours=random.randrange(1, 23)))
    match plan.fate:
        case NoticeStatus.UPDATED:
            facts = f"{plan.content.facts or ''} Known since to have left the country.".strip()
            content = plan.content.model_copy(update={"facts": facts})
            pending = rules.edit(notice, content, by=issuer, revision=later)
            return _approved(reviewing.start_review(pending, by=reviewer, revision=later), later)
        case NoticeStatus.WITHDRAWN:
            return rules.withdraw(notice, by=issuer, revision=later)
        case NoticeStatus.CANCELLED:
            return reviewing.cancel(notice, _decision(random), by=reviewer, revision=later)
        case _:
            return notice


def _reviewer() -> Caller:
    return msgspec.structs.replace(_officer(SECRETARIAT), officer="seed-reviewer")


def _decision(random: Random) -> Decision:
    return Decision(reason=draw(random, _REASONS))


def _officer(bureau: BureauCode) -> Caller:
    return seeding_officer(bureau, Purpose.WANTED_PERSON, *([rules.REVIEW_SCOPE] if bureau == SECRETARIAT else ()))
