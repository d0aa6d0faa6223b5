"""The routes of hits."""

from typing import Annotated, Final

from fastapi import Depends, FastAPI, Query, Request

from gateway.deadlines import MINUTE
from gateway.hits import SERVICE, rules
from gateway.hits.examples import EXAMPLES
from gateway.hits.models import (
    AnswerDraft,
    ConclusionDraft,
    ConfirmationRequestDraft,
    Hit,
    HitId,
    HitPage,
    HitQuery,
    HitSide,
)
from gateway.hits.operations import HitOperations
from gateway.mailbox_access import session_of
from shared.audit.disclosure_router import service_router
from shared.errors import Conflict, IllegalStep, NotFound
from shared.identity import Caller
from shared.mailbox.rules import NotStored
from shared.rpc.keyring import BureauSuspended, KeyNotValid
from shared.service import Context
from shared.web.app import application
from shared.web.problems import refusals
from shared.web.routing import permission

NAME: Final = SERVICE.name
# A remark of 2,000 characters, each written as two escapes.
MAX_BODY: Final = 64 * 1024

router = service_router(NAME, NotStored)


def create_app(context: Context) -> FastAPI:
    """Make the application. Its state needs a mailbox host."""
    return application(context, router.routes, title="Hits", description=SERVICE.summary, examples=EXAMPLES)


async def _operations(request: Request) -> HitOperations:
    return HitOperations(await session_of(request))


Reader = Annotated[Caller, permission(NAME, "read")]
Writer = Annotated[Caller, permission(NAME, "write")]
Operations = Annotated[HitOperations, Depends(_operations)]
OfSide = Annotated[HitSide | None, Query(description="The role of your bureau, should the Secretariat have two.")]

# A signed step may be refused in these ways.
_SIGNED_STEP: Final = (NotFound, IllegalStep, Conflict, KeyNotValid, BureauSuspended)
_MINUTES: Final = {urgency: time // MINUTE for urgency, time in rules.CONFIRMATION_DEADLINE.items()}


@router.get("")
async def list_hits(_: Reader, operations: Operations, wanted: Annotated[HitQuery, Query()]) -> HitPage:
    """List hits, newest first.

    These are hits on records of your bureau, and those that it found. The Secretariat finds those that were not
    answered in time with `side=secretariat`, and those that are still not answered with `state=overdue`.
    """
    return await operations.page(wanted)


@router.get("/{hit_id}", responses=refusals(NotFound))
async def get_hit(hit_id: HitId, _: Reader, operations: Operations, side: OfSide = None) -> Hit:
    """Get a hit with the requests and answers.

    Each names the message that carried it.
    """
    return await operations.one(hit_id, side)


@router.post(
    "/{hit_id}/requests",
    status_code=202,
    responses=refusals(*_SIGNED_STEP, rules.NotTheFinder),
    response_description=f"The request is in the outbox. The owner has {_MINUTES['urgent']} minutes for an `urgent` "
    f"request, and {_MINUTES['routine']} for a `routine` one.",
)
async def request_confirmation(
    hit_id: HitId, draft: ConfirmationRequestDraft, writer: Writer, operations: Operations
) -> Hit:
    """Request confirmation of a hit from the owner of the record.

    Do so before anyone acts on it: a hit is not proof. If the owner does not answer in time the Secretariat is
    informed, with the proof: the service's message, and the request with the owner's receipt. You may ask again: three
    times at the most, and never while a deadline runs. Only this request informs the owner of a hit of an earlier
    search (`delayed-inquiry`, `subscription`). If the owner is suspended (`owner_can_confirm` is false), the request
    goes to the Secretariat instead, which answers.
    """
    return await operations.ask(hit_id, draft, writer)


@router.post(
    "/{hit_id}/answer",
    status_code=202,
    responses=refusals(*_SIGNED_STEP, rules.NotTheOwnerOfHit, rules.AnswerTime),
    response_description="The answer is in the outbox. The time of `later` is the new deadline, at most "
    f"{rules.LATEST_PROMISE_HOURS} hours ahead.",
)
async def answer_confirmation_request(hit_id: HitId, draft: AnswerDraft, writer: Writer, operations: Operations) -> Hit:
    """Answer the finder's latest request for confirmation.

    The answer is `confirmed`, `not-confirmed`, or `later` with a time. Each request can be deferred once. A late answer
    is accepted. An answer other than `later` is final: write a message in the thread to add to it. Where the
    Secretariat was informed that your bureau has not answered, your gateway proves the answer to it.
    """
    return await operations.answer(hit_id, draft, writer)


@router.post("/{hit_id}/conclusions", status_code=201, responses=refusals(NotFound, IllegalStep, Conflict))
async def add_conclusion(hit_id: HitId, draft: ConclusionDraft, writer: Writer, operations: Operations) -> Hit:
    """Add the conclusion of an examiner on a hit of fingerprints.

    The score only says which candidates to look at: examiners decide, each with a conclusion of their own. Who changes
    their mind adds another; none is changed or deleted before the hit. Conclusions stay in your bureau: what the other
    bureau is to know of one goes into the remark of the request or of the answer.
    """
    return await operations.add_conclusion(hit_id, draft, writer)
