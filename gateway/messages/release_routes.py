"""The routes of releases: the word of an owner that a holder may pass a record on."""

from typing import Annotated

from fastapi import Query, Response

from gateway.messages.operations import NAME, Operations, Reader, Writer
from gateway.messages.quote_rules import NotConfirmed, NotQuotable
from shared.audit.disclosure_router import service_router
from shared.errors import BureauRestricted, Malformed, NotTheOwner
from shared.mailbox import rules
from shared.mailbox.models import AcceptedMessage
from shared.mailbox.quote_models import ReleaseDraft, ReleasePage, ReleaseQuery
from shared.records.dependencies import locate
from shared.rpc.keyring import BureauSuspended, KeyNotValid
from shared.web.problems import refusals

router = service_router(NAME, rules.NotStored)


@router.get("/releases")
async def list_releases(_: Reader, operations: Operations, wanted: Annotated[ReleaseQuery, Query()]) -> ReleasePage:
    """List the records with the condition `H2` that your bureau may pass on.

    It shows to which bureaus, newest first. Each is by the word of a bureau, which counts only for records of that
    bureau.
    """
    return await operations.mailbox.reading.quotes.page(wanted, operations.mailbox.now())


@router.post(
    "/releases",
    status_code=202,
    responses=refusals(
        Malformed,
        NotQuotable,
        NotConfirmed,
        NotTheOwner,
        rules.UnknownRecipient,
        rules.OwnAddress,
        rules.ValidityOver,
        KeyNotValid,
        BureauSuspended,
        BureauRestricted,
    ),
)
async def create_release(
    writer: Writer, operations: Operations, draft: ReleaseDraft, response: Response
) -> AcceptedMessage:
    """Create a release of a record with the condition `H2`.

    It allows a bureau that holds a record of yours to pass it on to others. The holder gets a signed message of the
    form `release`. A later one replaces an earlier one for the same record and recipient: an `until` in the near future
    ends it.
    """
    accepted = await operations.releasing.release(draft, writer)
    locate(response, NAME, accepted.id)
    return accepted
