"""Which steps its issuer takes with a notice: draft, edit, submit, send, answer, withdraw. No input or output.

Those of the reviewers are in `reviewing`.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Final, TypeVar, cast

from services.notices.colours import Colour
from services.notices.criteria.requirements import require_complete
from services.notices.entries import CommonEntry, NoticeEntry
from services.notices.lifecycle import IN_FORCE, JUDGED, NoticeStatus, Party, SecretariatOnly, Step, after
from services.notices.models import KINDS, Notice, NoticeRecord
from services.notices.officers import drafters_with, is_secretariats
from services.notices.review_models import IssuerAnswer
from services.notices.screening.particulars import EarlierRefusal
from services.notices.screening.screen import is_stopped, screen
from services.notices.updates import case_of, updated, with_case
from shared.bureaus import REVIEWERS, SECRETARIAT
from shared.errors import IllegalStep
from shared.identity import Caller
from shared.records import service_kit as kit

N = TypeVar("N", bound=NoticeRecord)

REVIEW_SCOPE: Final = "notices:review"
# Two to six digits, as in the notices that INTERPOL publishes; a year has some twenty thousand.
NUMBERS: Final = range(10, 1_000_000)
# Of a draft that nobody hands in (RPD article 10: no longer than its purpose needs): its bureau is asked after half.
DRAFT_KEPT_FOR: Final = timedelta(days=365)


def parties(caller: Caller, notice: NoticeRecord) -> frozenset[Party]:
    """Return the roles in which a caller may act on a notice: of the Secretariat a reviewer, who needs the scope."""
    acting = set()
    if caller.bureau == notice.owner:
        acting.add(Party.ISSUER)
    if caller.bureau in REVIEWERS and REVIEW_SCOPE in caller.scopes:
        acting.add(Party.SECRETARIAT)
    return frozenset(acting)


def draft(content: NoticeEntry, by: Caller, revision: kit.Revision) -> Notice:
    """Return the draft of a notice; it may be incomplete.

    Raises PurposeDoesNotFit, StatusDoesNotFit, and SecretariatOnly of the Security Council's from a bureau.
    """
    _require_may_issue(content.colour, by)
    kind = cast("type[Notice]", KINDS[content.colour])
    return kit.create_record(
        kind,
        content,
        by=by,
        revision=revision,
        kept_for=DRAFT_KEPT_FOR,
        status=NoticeStatus.DRAFT,
        drafted_by=(by.officer,),
    )


def kept_for(record: NoticeRecord) -> timedelta:
    """Return how long a notice is kept after it was drafted, edited or renewed: a draft only a year."""
    return DRAFT_KEPT_FOR if record.status is NoticeStatus.DRAFT else kit.DEFAULT_RETENTION


def edit(
    notice: Notice,
    content: NoticeEntry,
    by: Caller,
    revision: kit.Revision,
    *,
    earlier: Sequence[EarlierRefusal] = (),
) -> Notice:
    """Return the notice with a new content: a draft is edited, one in force updated, and only its colour stays.

    Raises Incomplete where an update lacks what the colour requires, NotTheOwner, IllegalStep, PurposeDoesNotFit,
    StatusDoesNotFit, SecretariatOnly.
    """
    if notice.status in IN_FORCE:
        step = Step.UPDATE_DIFFUSION if notice.status is NoticeStatus.DIFFUSED else Step.UPDATE
        step_of(step, notice, by)
        if content.colour is not notice.colour:
            raise IllegalStep(f"the notice is {notice.colour} and in force: another colour needs another notice")
        return updated(notice, content, by, revision, earlier)
    status = step_of(Step.EDIT, notice, by)
    _require_may_issue(content.colour, by)
    kept_until = revision.at + DRAFT_KEPT_FOR
    changes = {"status": status, "drafted_by": drafters_with(notice, by), "expires": kept_until}
    if content.colour is notice.colour:
        return notice.next_version(revision.at, **kit.input_fields(content), **changes)
    state = {name: getattr(notice, name) for name in NoticeRecord.model_fields if name not in CommonEntry.model_fields}
    kind = cast("type[Notice]", KINDS[content.colour])
    return kind(**kit.input_fields(content), **state).next_version(revision.at, **changes)


def withdraw_update(notice: N, by: Caller, revision: kit.Revision) -> N:
    """Return the notice without the update that waits for review, or was refused. Raises NotTheOwner, IllegalStep."""
    step_of(Step.WITHDRAW, notice, by)
    if notice.pending is None:
        raise IllegalStep("no update of the notice is pending")
    return notice.unseen_version(revision.at, pending=None)


def submit(notice: N, number: int, by: Caller, revision: kit.Revision, *, earlier: Sequence[EarlierRefusal] = ()) -> N:
    """Return the notice as handed in for review, under a number of the year, with the findings of its screening.

    Raises Incomplete, NotTheOwner, IllegalStep, SecretariatOnly.
    """
    status = step_of(Step.SUBMIT, notice, by)
    _require_may_issue(notice.colour, by)
    require_complete(notice, revision.at.date())
    return notice.next_version(
        revision.at,
        status=status,
        submitted=revision.at,
        expires=revision.at + kit.DEFAULT_RETENTION,
        number=f"{revision.at.year}/{number}",
        findings=screen(notice, earlier, by.standing),
        drafted_by=drafters_with(notice, by),
    )


def draw_number(randbytes: Callable[[int], bytes]) -> int:
    """Return a random number within a year, which does not reveal how many notices there are."""
    return NUMBERS[int.from_bytes(randbytes(8)) % len(NUMBERS)]


def diffuse(notice: N, by: Caller, revision: kit.Revision, *, earlier: Sequence[EarlierRefusal] = ()) -> N:
    """Return the notice as sent as a diffusion, with the findings of its screening.

    That of a supervised bureau or of the Secretariat itself, or with a finding that stops it, waits for review without
    being sent.
    Raises Incomplete, NotTheOwner, IllegalStep, SecretariatOnly.
    """
    status = step_of(Step.DIFFUSE, notice, by)
    _require_may_issue(notice.colour, by)
    require_complete(notice, revision.at.date(), is_diffusion=True)
    findings = screen(notice, earlier, by.standing)
    drafted = {"drafted_by": drafters_with(notice, by), "findings": findings}
    if by.standing.needs_prior_review or is_secretariats(notice) or is_stopped(findings):
        waiting = step_of(Step.WAIT, notice, by)
        kept_until = revision.at + kit.DEFAULT_RETENTION
        return notice.next_version(revision.at, status=waiting, submitted=revision.at, expires=kept_until, **drafted)
    return sent(notice, revision, status=status, **drafted)


def sent(notice: N, revision: kit.Revision, **changes: object) -> N:
    """Return a diffusion as sent; from now on it is kept its full time."""
    return notice.next_version(
        revision.at, diffused=revision.at, expires=revision.at + kit.DEFAULT_RETENTION, **changes
    )


def answer(notice: N, given: IssuerAnswer, by: Caller, revision: kit.Revision) -> N:
    """Return the notice with an answer to the oldest open question. Raises NotTheOwner, IllegalStep."""
    case_step(Step.ANSWER, notice, by)
    exchanges = list(case_of(notice).exchanges)
    unanswered = next((at for at, exchange in enumerate(exchanges) if exchange.is_open), None)
    if unanswered is None:
        raise IllegalStep("no question is open")
    closed = {"answer": given.text, "answered": revision.at, "answered_by": by.officer}
    exchanges[unanswered] = exchanges[unanswered].model_copy(update=closed)
    answered = with_case(notice, revision, exchanges=tuple(exchanges))
    return answered.model_copy(update={"drafted_by": drafters_with(notice, by)})


def withdraw(notice: N, by: Caller, revision: kit.Revision) -> N:
    """Return the notice as withdrawn by its issuer. Raises NotTheOwner, IllegalStep."""
    return notice.next_version(revision.at, status=step_of(Step.WITHDRAW, notice, by), pending=None)


def require_deletable(record: NoticeRecord) -> None:
    """Require a notice that its owner may delete before its time: not one that was refused or cancelled.

    Nor one of which an update was refused. Raises IllegalStep.
    """
    if was_refused(record):
        ended = record.status if record.status in JUDGED else "refused an update"
        raise IllegalStep(
            f"the notice was {ended}, and is kept until {record.expires:%Y-%m-%d} for the screening of further "
            "requests about the same subject. Ask the Commission for the Control of Files if it is to be deleted before"
        )


def was_refused(notice: NoticeRecord) -> bool:
    """Return whether the reviewers refused or cancelled a notice, or refused an update of it."""
    return notice.status in JUDGED or bool(notice.refused_updates)


def step_of(step: Step, notice: NoticeRecord, by: Caller) -> NoticeStatus:
    """Return the state that a step of the notice leads to. Raises NotTheOwner, SecretariatOnly, IllegalStep."""
    return after(step, notice.status, parties(by, notice))


def case_step(step: Step, notice: NoticeRecord, by: Caller) -> NoticeStatus:
    """Return the state that a step of the review leads to: of the update that waits, or else of the notice.

    Raises NotTheOwner, SecretariatOnly, IllegalStep.
    """
    return after(step, case_of(notice).status, parties(by, notice))


def _require_may_issue(colour: Colour, by: Caller) -> None:
    if colour is Colour.UN_SPECIAL and by.bureau != SECRETARIAT:
        raise SecretariatOnly("notices of the Security Council are drafted by the General Secretariat alone")
