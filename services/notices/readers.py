"""When an issuer may change who sees a notice."""

from services.notices.lifecycle import IN_FORCE, REVIEWED, BureauSupervised
from services.notices.models import NoticeRecord
from shared.errors import IllegalStep
from shared.identity import Caller
from shared.records import service_kit as kit
from shared.standing import describe


def require_changeable(before: NoticeRecord, after: NoticeRecord, by: Caller) -> None:
    """Require readers that stay while a notice is reviewed, and are no more without review if that is needed before.

    Raises IllegalStep, BureauSupervised.
    """
    if before.status in REVIEWED and kit.changes_readers(before, after):
        raise IllegalStep(f"the notice is {before.status}: its readers are reviewed too, and stay until the decision")
    if before.status in IN_FORCE and by.standing.needs_prior_review and kit.widens(before, after):
        raise BureauSupervised(
            f"{by.bureau} is {describe(by.standing)}: to show notice {before.id} to more needs prior review: withdraw "
            "it, and submit a new one; you may show it to fewer"
        )
