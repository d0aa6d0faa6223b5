"""Which changes of a notice are legal and who may make them."""

from collections.abc import Callable
from typing import Final, TypeVar, cast

from services.notices.entries import CommonEntry, NoticeEntry
from services.notices.lifecycle import IN_FORCE, BureauSupervised, NoticeStatus, Party, Step, after
from services.notices.models import KINDS, Answer, Decision, Exchange, Notice, NoticeRecord, Question
from services.notices.requirements import require_complete
from shared.bureaus import REVIEWERS
from shared.errors import IllegalStep
from shared.identity import Caller
from shared.records import service_kit as kit
from shared.standing import describe

N = TypeVar("N", bound=NoticeRecord)

REVIEW_SCOPE: Final = "notices:review"
MAX_EXCHANGES: Final = 50
# Two to six digits, as in the notices that INTERPOL publishes; a year has some twenty thousand.
NUMBERS: Final = range(10, 1_000_000)


def parties(caller: Caller, notice: NoticeRecord) -> frozenset[Party]:
    """Return the roles in which a caller may act on a notice: of the Secretariat a reviewer, who needs the scope."""
    acting = set()
    if caller.bureau == notice.owner:
        acting.add(Party.ISSUER)
    if caller.bureau in REVIEWERS and REVIEW_SCOPE in caller.scopes:
        acting.add(Party.SECRETARIAT)
    return frozenset(acting)


def draft(content: NoticeEntry, by: Caller, revision: kit.Revision) -> Notice:
    """Return the draft of a notice; it may be incomplete. Raises PurposeDoesNotFit, StatusDoesNotFit."""
    kind = cast("type[Notice]", KINDS[content.colour])
    return kit.create_record(kind, content, by=by, revision=revision, status=NoticeStatus.DRAFT)


def edit(notice: Notice, content: NoticeEntry, by: Caller, revision: kit.Revision) -> Notice:
    """Return the notice with a new content: a draft is edited, one in force updated, and only its colour stays.

    Raises Incomplete where an update lacks what the colour requires, NotTheOwner, IllegalStep, PurposeDoesNotFit,
    StatusDoesNotFit, BureauSupervised.
    """
    in_force = notice.status in IN_FORCE
    update = Step.UPDATE_DIFFUSION if notice.status is NoticeStatus.DIFFUSED else Step.UPDATE
    status = _after(update if in_force else Step.EDIT, notice, by)
    if in_force:
        _require_no_prior_review(notice, by)
        if content.colour is not notice.colour:
            raise IllegalStep(f"the notice is {notice.colour} and published: another colour needs another notice")
        require_complete(content, revision.at.date())
    if content.colour is notice.colour:
        return notice.next_version(revision.at, **kit.input_fields(content), status=status)
    state = {name: getattr(notice, name) for name in NoticeRecord.model_fields if name not in CommonEntry.model_fields}
    kind = cast("type[Notice]", KINDS[content.colour])
    return kind(**kit.input_fields(content), **state).next_version(revision.at, status=status)


def submit(notice: N, by: Caller, revision: kit.Revision) -> N:
    """Return the notice as handed in for review. Raises Incomplete, NotTheOwner, IllegalStep."""
    status = _after(Step.SUBMIT, notice, by)
    require_complete(notice, revision.at.date())
    return notice.next_version(revision.at, status=status)


def diffuse(notice: N, by: Caller, revision: kit.Revision) -> N:
    """Return the notice as sent as a diffusion; that of a supervised bureau waits for review, without being sent.

    Raises Incomplete, NotTheOwner, IllegalStep.
    """
    status = _after(Step.WAIT if by.standing.needs_prior_review else Step.DIFFUSE, notice, by)
    require_complete(notice, revision.at.date())
    if status is NoticeStatus.WAITING:
        return notice.next_version(revision.at, status=status)
    return _sent(notice, revision, status)


def release(notice: N, by: Caller, revision: kit.Revision) -> N:
    """Return a diffusion that waited for review as sent. Raises SecretariatOnly, IllegalStep."""
    return _sent(notice, revision, _after(Step.RELEASE, notice, by))


def start_review(notice: N, by: Caller, revision: kit.Revision) -> N:
    """Return the notice as under review. Raises SecretariatOnly, IllegalStep."""
    return notice.next_version(revision.at, status=_after(Step.START_REVIEW, notice, by))


def ask(notice: N, question: Question, by: Caller, revision: kit.Revision) -> N:
    """Return the notice with a question to its issuer. Raises SecretariatOnly, IllegalStep."""
    status = _after(Step.ASK, notice, by)
    if len(notice.exchanges) >= MAX_EXCHANGES:
        raise IllegalStep(f"{MAX_EXCHANGES} questions were asked: decide")
    asked = Exchange(question=question.text, asked=revision.at)
    return notice.next_version(revision.at, status=status, exchanges=(*notice.exchanges, asked))


def answer(notice: N, given: Answer, by: Caller, revision: kit.Revision) -> N:
    """Return the notice with an answer to its oldest open question. Raises NotTheOwner, IllegalStep."""
    status = _after(Step.ANSWER, notice, by)
    exchanges = list(notice.exchanges)
    unanswered = next((at for at, exchange in enumerate(exchanges) if exchange.answer is None), None)
    if unanswered is None:
        raise IllegalStep("no question is open")
    closed = {"answer": given.text, "answered": revision.at}
    exchanges[unanswered] = exchanges[unanswered].model_copy(update=closed)
    return notice.next_version(revision.at, status=status, exchanges=tuple(exchanges))


def draw_number(randbytes: Callable[[int], bytes]) -> int:
    """Return a random number within a year, which does not reveal how many notices there are."""
    return NUMBERS[int.from_bytes(randbytes(8)) % len(NUMBERS)]


def publish(notice: N, number: int, by: Caller, revision: kit.Revision) -> N:
    """Return the notice as published under a number of the year; from now on it is kept its full time.

    Raises SecretariatOnly, IllegalStep.
    """
    return notice.next_version(
        revision.at,
        status=_after(Step.PUBLISH, notice, by),
        number=f"{revision.at.year}/{number}",
        published=revision.at,
        expires=revision.at + kit.DEFAULT_RETENTION,
    )


def refuse(notice: N, decision: Decision, by: Caller, revision: kit.Revision) -> N:
    """Return the notice as refused, with the reason. Raises SecretariatOnly, IllegalStep."""
    return notice.next_version(revision.at, status=_after(Step.REFUSE, notice, by), decision=decision)


def withdraw(notice: N, by: Caller, revision: kit.Revision) -> N:
    """Return the notice as withdrawn by its issuer. Raises NotTheOwner, IllegalStep."""
    return notice.next_version(revision.at, status=_after(Step.WITHDRAW, notice, by))


def cancel(notice: N, decision: Decision, by: Caller, revision: kit.Revision) -> N:
    """Return the notice as cancelled by the Secretariat, with the reason. Raises SecretariatOnly, IllegalStep."""
    return notice.next_version(revision.at, status=_after(Step.CANCEL, notice, by), decision=decision)


def _sent(notice: N, revision: kit.Revision, status: NoticeStatus) -> N:
    """Return a diffusion as sent; from now on it is kept its full time."""
    expires = revision.at + kit.DEFAULT_RETENTION
    return notice.next_version(revision.at, status=status, diffused=revision.at, expires=expires)


def _require_no_prior_review(notice: NoticeRecord, by: Caller) -> None:
    if by.standing.needs_prior_review:
        raise BureauSupervised(
            f"{by.bureau} is {describe(by.standing)}: an update of notice {notice.id} needs prior review: withdraw it, "
            "and submit a new one"
        )


def _after(step: Step, notice: NoticeRecord, by: Caller) -> NoticeStatus:
    return after(step, notice.status, parties(by, notice))
