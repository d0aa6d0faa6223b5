"""The life of a notice: which step is legal in which state, and who may take it (RPD articles 74 to 81).

A diffusion (RPD articles 97 to 101) is sent at once, and reviewed afterwards; that of a supervised bureau waits for it.
An update of a notice in force that waits for review passes through the same states, and the notice stays in its own.
"""

from enum import StrEnum
from typing import Final, NamedTuple

from shared.errors import IllegalStep, NotTheOwner, Refusal


class NoticeStatus(StrEnum):
    """The state of a notice."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    UNDER_REVIEW = "under-review"
    WAITING = "waiting"
    DIFFUSED = "diffused"
    PUBLISHED = "published"
    UPDATED = "updated"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


PUBLISHED: Final = (NoticeStatus.PUBLISHED, NoticeStatus.UPDATED)
IN_FORCE: Final = (*PUBLISHED, NoticeStatus.DIFFUSED)
REVIEWED: Final = (NoticeStatus.UNDER_REVIEW, NoticeStatus.WAITING)
"""In which a notice is under review; a diffusion is while it waits."""

TO_REVIEW: Final = (NoticeStatus.SUBMITTED, *REVIEWED)
DISCUSSED: Final = (*REVIEWED, NoticeStatus.DIFFUSED)
"""In which reviewers ask and the issuer answers."""

ENDED: Final = frozenset({NoticeStatus.REFUSED, NoticeStatus.WITHDRAWN, NoticeStatus.EXPIRED, NoticeStatus.CANCELLED})
JUDGED: Final = frozenset({NoticeStatus.REFUSED, NoticeStatus.CANCELLED})
"""Which the Secretariat ended: they are remembered for their full time."""


class Step(StrEnum):
    """What can be done to a notice; each word completes `the notice cannot be ...`."""

    EDIT = "edited"
    SUBMIT = "submitted"
    START_REVIEW = "put under review"
    ASK = "asked about"
    DROP_QUESTION = "relieved of a question"
    ANSWER = "answered about"
    PUBLISH = "published"
    REFUSE = "refused"
    DIFFUSE = "sent as a diffusion"
    WAIT = "handed in as a diffusion"
    RELEASE = "released"
    FIND_COMPLIANT = "found compliant"
    UPDATE = "updated"
    UPDATE_DIFFUSION = "updated as a diffusion"
    WITHDRAW = "withdrawn"
    CANCEL = "cancelled"
    EXPIRE = "expired"


class Party(StrEnum):
    """Who can take a step."""

    ISSUER = "issuer"
    SECRETARIAT = "secretariat"
    TIME = "time"


class SecretariatOnly(Refusal, status=403, code="secretariat-only", title="Only the General Secretariat may do this"):
    """The step is a reviewer's: it needs the scope to review, and an officer of the General Secretariat.

    It alone drafts notices of the United Nations Security Council.
    """


class BureauSupervised(Refusal, status=403, code="bureau-supervised", title="The bureau is supervised"):
    """What a supervised bureau shows to others is reviewed before, and more readers cannot be: submit it anew."""


class OfficerDrafted(Refusal, status=403, code="officer-drafted", title="The officer drafted what is to be decided"):
    """Another officer of the Secretariat has to decide, who did not draft, edit, submit or answer for it."""


class SecondOfficerNeeded(
    Refusal, status=409, code="second-officer-needed", title="A second officer of the Secretariat has to approve"
):
    """This officer has approved already; red notices and the Secretariat's own need two."""


class QuestionOpen(Refusal, status=409, code="question-open", title="A question of the review is open"):
    """The issuing bureau answers it, or the reviewers withdraw it, before the decision."""


class FindingsStand(Refusal, status=409, code="findings-stand", title="A finding of the screening stops it"):
    """`errors` lists each: answer it in `overruled`, with its code and why it does not hold, or refuse."""


class Transition(NamedTuple):
    """Who may take a step, from which states, and to which state it leads; None keeps the state."""

    party: Party
    before: tuple[NoticeStatus, ...]
    after: NoticeStatus | None


_DRAFT = (NoticeStatus.DRAFT,)
_UNDER_REVIEW = (NoticeStatus.UNDER_REVIEW,)
_WAITING = (NoticeStatus.WAITING,)

TRANSITIONS: Final = {
    Step.EDIT: Transition(Party.ISSUER, _DRAFT, None),
    Step.SUBMIT: Transition(Party.ISSUER, _DRAFT, NoticeStatus.SUBMITTED),
    Step.START_REVIEW: Transition(Party.SECRETARIAT, (NoticeStatus.SUBMITTED,), NoticeStatus.UNDER_REVIEW),
    Step.ASK: Transition(Party.SECRETARIAT, DISCUSSED, None),
    Step.DROP_QUESTION: Transition(Party.SECRETARIAT, DISCUSSED, None),
    Step.ANSWER: Transition(Party.ISSUER, DISCUSSED, None),
    Step.PUBLISH: Transition(Party.SECRETARIAT, _UNDER_REVIEW, NoticeStatus.PUBLISHED),
    Step.REFUSE: Transition(Party.SECRETARIAT, REVIEWED, NoticeStatus.REFUSED),
    Step.DIFFUSE: Transition(Party.ISSUER, _DRAFT, NoticeStatus.DIFFUSED),
    Step.WAIT: Transition(Party.ISSUER, _DRAFT, NoticeStatus.WAITING),
    Step.RELEASE: Transition(Party.SECRETARIAT, _WAITING, NoticeStatus.DIFFUSED),
    Step.FIND_COMPLIANT: Transition(Party.SECRETARIAT, (NoticeStatus.DIFFUSED,), None),
    Step.UPDATE: Transition(Party.ISSUER, PUBLISHED, NoticeStatus.UPDATED),
    Step.UPDATE_DIFFUSION: Transition(Party.ISSUER, (NoticeStatus.DIFFUSED,), None),
    Step.WITHDRAW: Transition(Party.ISSUER, IN_FORCE, NoticeStatus.WITHDRAWN),
    Step.CANCEL: Transition(Party.SECRETARIAT, IN_FORCE, NoticeStatus.CANCELLED),
    # No caller takes it: past its date the store returns no record, whatever its state.
    Step.EXPIRE: Transition(Party.TIME, IN_FORCE, NoticeStatus.EXPIRED),
}


def after(step: Step, status: NoticeStatus, parties: frozenset[Party]) -> NoticeStatus:
    """Return the state that a step leads to when one of the parties takes it.

    Raises NotTheOwner or SecretariatOnly if none of them may take it, IllegalStep if it is not possible now.
    """
    transition = TRANSITIONS[step]
    if transition.party not in parties:
        raise _not_theirs(step, transition.party)
    if status not in transition.before:
        possible = " or ".join(transition.before)
        raise IllegalStep(f"the notice is {status}: only one that is {possible} can be {step}")
    return transition.after or status


def _not_theirs(step: Step, party: Party) -> Refusal:
    match party:
        case Party.ISSUER:
            return NotTheOwner(f"only the issuing bureau decides that a notice is {step}")
        case Party.SECRETARIAT:
            return SecretariatOnly(f"only a reviewer of the General Secretariat decides that a notice is {step}")
        case Party.TIME:
            return IllegalStep(f"a notice is {step} when its time is over, not on request")
