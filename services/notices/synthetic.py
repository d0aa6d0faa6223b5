"""Makes synthetic notices of all colours and states, about people who do not exist."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final, NamedTuple

import msgspec

from services.notices import rules
from services.notices.colours import Colour
from services.notices.entries import NoticeEntry
from services.notices.lifecycle import IN_FORCE, NoticeStatus
from services.notices.models import Notice
from services.notices.review import rules as reviewing
from services.notices.review.decision_counts import add_counts
from services.notices.review.statistics import counted
from services.notices.review.steps import decided
from services.notices.review_models import Clearance, Decision, NoticeRefusalReason, Overruled, Weight
from services.notices.store import NoticeStore
from services.notices.synthesis import persons as synthetic_persons
from services.notices.synthesis.entries import chosen, synthetic_entry
from services.notices.updates import Case, case_of
from services.synthetic_photographs import add_with_pictures, draw_pictures, shared_pictures
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
_REASONS: Final = {NoticeRefusalReason.OTHER: 88, NoticeRefusalReason.ARTICLE_3: 8, NoticeRefusalReason.ARTICLE_2: 4}
_KEPT_DAYS: Final = 4 * 365
_DRAFT_DAYS: Final = rules.DRAFT_KEPT_FOR.days - 5
_REVIEWED_IN: Final = timedelta(days=3)
_SUPERVISED: Final = BureauStanding("supervised")
# Of diffusions in force; the others are not reviewed yet.
_COMPLIANT_SHARE: Final = 0.7
_REMARK: Final = "Made up: the notice tells an ordinary crime, and the words have another meaning there."
_UNNUMBERED: Final = 0
_DIFFUSED: Final = (NoticeStatus.DIFFUSED, NoticeStatus.WAITING)


class Drawn(NamedTuple):
    """Synthetic notices and criminal files. The notices have no number yet: that is given when they are added."""

    notices: Sequence[Notice]
    pictures: Mapping[str, int]
    """The picture of some notices, by their ids."""

    counts: Sequence[dict[str, Any]]
    """Of what was decided on the notices."""

    files: synthetic_persons.Drawn
    random: Random
    """Draws the numbers."""


class Plan(NamedTuple):
    """A draft, and what becomes of it."""

    draft: Notice
    content: NoticeEntry
    fate: NoticeStatus

    @property
    def decided(self) -> kit.Revision:
        """When the review ends."""
        return kit.Revision(self.draft.id, self.draft.created + _REVIEWED_IN)


def draw(random: Random, count: int, owners: Sequence[BureauCode], at: datetime) -> Drawn:
    """Return synthetic notices of all colours and states, drafted within the four years before, and criminal files."""
    days = sorted((random.uniform(4, _KEPT_DAYS) for _ in range(count)), reverse=True)
    plans = [_planned(random, owners, at, before) for before in days]
    review = Review(random)
    notices = [review.fulfilled(plan) for plan in plans]
    pictures = draw_pictures(random, [notice.id for notice in notices if notice.subject.kind == "person"])
    files = synthetic_persons.draw(random, count // synthetic_persons.NOTICES_TO_A_FILE, owners, at)
    return Drawn(notices, pictures, review.counts, files, Random(random.getrandbits(64)))


async def add(session: kit.Session, drawn: Drawn, at: datetime) -> None:
    """Add synthetic notices with their pictures, what was decided on them, and criminal files."""
    store = NoticeStore(session, _officer(SECRETARIAT), at)
    await add_with_pictures(store, drawn.random, await _numbered(store, drawn), shared_pictures(drawn.pictures))
    await add_counts(session, drawn.counts)
    await synthetic_persons.add(session, drawn.files, drawn.random, at)


async def _numbered(store: NoticeStore, drawn: Drawn) -> Sequence[Notice]:
    """Return the notices, each that was submitted with a number of its year that none had before."""
    years = sorted(Counter(year for notice in drawn.notices if (year := _year_of(notice))).items())
    free = {year: await store.give_numbers(year, needed, drawn.random.randbytes) for year, needed in years}
    return [
        notice.model_copy(update={"number": f"{year}/{free[year].pop()}"}) if (year := _year_of(notice)) else notice
        for notice in drawn.notices
    ]


def _year_of(notice: Notice) -> int | None:
    """Return the year in which a notice was submitted, if it has a number since."""
    return notice.submitted.year if notice.number and notice.submitted else None


def _planned(random: Random, owners: Sequence[BureauCode], now: datetime, days: float) -> Plan:
    colour, fate = chosen(random, _COLOURS), chosen(random, _STATUSES)
    owner = random.choice(owners)
    if colour is Colour.UN_SPECIAL:
        # The Secretariat enters those of the Security Council, and reviews what it enters.
        owner, fate = SECRETARIAT, NoticeStatus.PUBLISHED if fate in _DIFFUSED else fate
    # A draft is kept for a shorter time.
    at = now - timedelta(days=days % _DRAFT_DAYS if fate is NoticeStatus.DRAFT else days)
    content = synthetic_entry(random, owner, at, colour, owners)
    return Plan(drafted(random, owner, at, content), content, fate)


def drafted(random: Random, owner: BureauCode, at: datetime, content: NoticeEntry) -> Notice:
    """Return the draft of a notice with this content."""
    return rules.draft(content, by=_officer(owner), revision=revision_at(random, at))


class Review:
    """Takes drafts through the steps of their review, and counts what is decided."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._counter = Counter[tuple[tuple[str, Any], ...]]()

    @property
    def counts(self) -> Sequence[dict[str, Any]]:
        """What was decided, always in the same order."""
        return [{**dict(what), "count": count} for what, count in sorted(self._counter.items())]

    def fulfilled(self, plan: Plan) -> Notice:
        """Return what becomes of a draft."""
        notice, fate, end = plan.draft, plan.fate, plan.decided
        issuer, reviewer = _officer(notice.owner), _reviewer()
        if fate is NoticeStatus.DRAFT:
            return notice
        entered = kit.Revision(notice.id, notice.created)
        if fate in _DIFFUSED:
            return self._diffused(plan, issuer, entered)
        notice = rules.submit(notice, _UNNUMBERED, by=issuer, revision=entered)
        if fate is NoticeStatus.SUBMITTED:
            return notice
        notice = reviewing.start_review(notice, by=reviewer, revision=end)
        if fate is NoticeStatus.UNDER_REVIEW:
            return notice
        if fate is NoticeStatus.REFUSED:
            refused = reviewing.refuse(notice, _decision(self._random), by=reviewer, revision=end)
            return self._counted(notice, refused, reviewer)
        return self._after_publication(self._approved(notice, end), plan)

    def _diffused(self, plan: Plan, issuer: Caller, entered: kit.Revision) -> Notice:
        if plan.fate is NoticeStatus.WAITING:
            supervised = msgspec.structs.replace(issuer, standing=_SUPERVISED)
            return rules.diffuse(plan.draft, by=supervised, revision=entered)
        sent = rules.diffuse(plan.draft, by=issuer, revision=entered)
        if sent.status is NoticeStatus.WAITING:
            return self._approved(sent, plan.decided, reviewing.release)
        if self._random.random() >= _COMPLIANT_SHARE:
            return sent
        reviewer = _reviewer()
        compliant = reviewing.find_compliant(sent, _clearance(sent), by=reviewer, revision=plan.decided)
        return self._counted(sent, compliant, reviewer)

    def _approved(
        self, notice: Notice, revision: kit.Revision, step: Callable[..., Notice] = reviewing.publish
    ) -> Notice:
        """Return a notice, or the update of one, as as many officers published it as its colour needs."""
        while True:
            officer = f"seed-{len(case_of(notice).approvals) + 1}"
            another = msgspec.structs.replace(_officer(SECRETARIAT), officer=officer)
            approved = step(notice, _clearance(case_of(notice)), by=another, revision=revision)
            notice = self._counted(notice, approved, another)
            if notice.status in IN_FORCE and notice.pending is None:
                return notice

    def _after_publication(self, notice: Notice, plan: Plan) -> Notice:
        issuer, reviewer = _officer(notice.owner), _reviewer()
        later = kit.Revision(notice.id, notice.updated + timedelta(hours=self._random.randrange(1, 23)))
        match plan.fate:
            case NoticeStatus.UPDATED:
                facts = f"{plan.content.facts or ''} Known since to have left the country.".strip()
                content = plan.content.model_copy(update={"facts": facts})
                pending = rules.edit(notice, content, by=issuer, revision=later)
                return self._approved(reviewing.start_review(pending, by=reviewer, revision=later), later)
            case NoticeStatus.WITHDRAWN:
                return rules.withdraw(notice, by=issuer, revision=later)
            case NoticeStatus.CANCELLED:
                cancelled = reviewing.cancel(notice, _decision(self._random), by=reviewer, revision=later)
                return self._counted(notice, cancelled, reviewer)
            case _:
                return notice

    def _counted(self, before: Notice, after: Notice, by: Caller) -> Notice:
        """Return the later version of a notice; what was decided between the two is counted as any decision."""
        decision = decided(before, after, by)
        if decision is not None and (count := counted(after, decision, after.updated.year)) is not None:
            self._counter[tuple(count.items())] += 1
        return after


def _clearance(case: Case) -> Clearance:
    """Return the answers to what stops a synthetic notice, such as the number of a known provision."""
    stopping = dict.fromkeys(each.code for each in case.findings if each.weight is Weight.STOPS)
    return Clearance(overruled=tuple(Overruled(code=code, remark=_REMARK) for code in stopping))


def _reviewer() -> Caller:
    return msgspec.structs.replace(_officer(SECRETARIAT), officer="seed-reviewer")


def _decision(random: Random) -> Decision:
    return Decision(reason=chosen(random, _REASONS))


def _officer(bureau: BureauCode) -> Caller:
    return seeding_officer(bureau, Purpose.WANTED_PERSON, *([rules.REVIEW_SCOPE] if bureau == SECRETARIAT else ()))
