"""The operations about field copies, declared once for each kind that has them: `field_copy_routes(router, Store)`.

The audit log has a copy as a whole before any page of it is read, as shown to the officer who took it. They alone read
the pages, each with a leaf that names no records.
"""

from collections.abc import AsyncIterator
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Path, Query, Request

from shared.bureaus import Bureau
from shared.errors import NotFound
from shared.identity import Caller
from shared.ids import RecordId
from shared.records.access import HandlingConfidential, is_cleared
from shared.records.dependencies import reading, writing
from shared.records.field_copies.hand_ins import HandInStore
from shared.records.field_copies.holdings import membership
from shared.records.field_copies.models import (
    CopiedPage,
    CopiedQuery,
    FieldCopies,
    FieldCopy,
    FieldCopyOrder,
    FieldCopyQuery,
    HandIn,
    HandInOutcome,
    Membership,
    PackEntry,
    RegisteredPack,
)
from shared.records.field_copies.rules import (
    FieldCopyNotReady,
    FieldCopyUnderWay,
    HandInRefused,
    NoFieldCopy,
    PackRefused,
)
from shared.records.field_copies.store import FieldCopyStore
from shared.records.kind_routes import KindRoutes, PerKind, Reader
from shared.records.store import RecordKind
from shared.records.stored_kind import StoredKind
from shared.web.openapi import handled_once
from shared.web.routing import context_of, permission

COPY: Final = "copy"
"""The verb of the scope that field copies need."""

FIELD_COPIES: Final = "field-copies"
"""The path of field copies, below that of their kind."""

Copier = Annotated[Caller, PerKind(lambda kind: Annotated[Caller, permission(kind.service(), COPY)])]
HandingIn = Annotated[
    Caller, PerKind(lambda kind: Annotated[Caller, permission(kind.service(), COPY, while_restricted=True)])
]
Readable = Annotated[StoredKind[Any], PerKind(lambda kind: Annotated[StoredKind[Any], Depends(reading(kind))])]
Writable = Annotated[
    StoredKind[Any], PerKind(lambda kind: Annotated[StoredKind[Any], Depends(writing(kind), scope="function")])
]
Exclusive = Annotated[
    StoredKind[Any], PerKind(lambda kind: Annotated[StoredKind[Any], Depends(_exclusive(kind), scope="function")])
]
CopyNumber = Annotated[int, Path(ge=1, le=2**31 - 1, description="The number of the field copy.", examples=[1])]


def field_copy_routes(router: APIRouter, store: RecordKind) -> None:
    """Declare what concerns the field copies of a kind, on the router of its service.

    Call it before `record_routes`, whose paths have an id where these have a word.
    """
    declare = KindRoutes(router, store, f"/{store.below}{FIELD_COPIES}").declare
    take = ("POST ", "take_{}_field_copy", "Take a field copy of all records of a {} for your posts")
    declare(
        take_field_copy, *take, NoFieldCopy, FieldCopyUnderWay, HandlingConfidential, answer=FieldCopy, status_code=202
    )
    declare(list_field_copies, "GET ", "list_{}_field_copies", "List your field copies of a {}", answer=FieldCopies)
    pages = ("GET /{number}/records", "list_{}_field_copy_records", "List the records of a field copy of a {}")
    unreadable = NotFound, FieldCopyNotReady, NoFieldCopy, HandlingConfidential
    declare(read_field_copy, *pages, *unreadable, answer=CopiedPage)
    packs = ("POST /{number}/packs", "add_{}_field_pack", "Add a field pack of a {} that you made")
    declare(register_pack, *packs, *unreadable, PackRefused, answer=RegisteredPack, status_code=201)
    hand_in = ("POST /hand-ins", "submit_{}_field_searches", "Submit what a post with field packs of a {} did")
    declare(take_hand_in, *hand_in, HandInRefused, answer=HandInOutcome)
    proof = (
        "GET /{bureau}/{number}/records/{record_id}",
        "get_{}_field_copy_proof",
        "Get the proof that a {} was in a field copy",
    )
    declare(prove_membership, *proof, NotFound, answer=Membership)


def _exclusive(kind: Any) -> Any:
    """Return the dependency that provides a store in the transaction that may append to the audit log."""

    async def open_store(request: Request) -> AsyncIterator[StoredKind[Any]]:
        context = context_of(request)
        async with context.database.writing(exclusive=True) as session:
            yield kind(session, request.scope["state"]["caller"], context.clock.now())

    return handled_once(open_store)


async def take_field_copy(copier: Copier, records: Writable, order: FieldCopyOrder) -> Any:
    """Take a field copy.

    It has what your bureau may see now, and nothing else. It is prepared in the background, and logged as one
    disclosure to your bureau: list the copies until its state is `ready`. `i247 fieldpack make` does all of this, and
    makes a signed pack of it for a post.
    """
    if order.confidential and not is_cleared(copier):
        raise HandlingConfidential("a copy with confidential records needs the scope handling:confidential")
    return await FieldCopyStore(records).take(order)


async def list_field_copies(_: Copier, records: Readable, wanted: Annotated[FieldCopyQuery, Query()]) -> Any:
    """List field copies.

    The newest comes first, each with the packs that were made of it, and whether the posts have applied them.
    """
    return await FieldCopyStore(records).newest_first(wanted)


async def read_field_copy(
    _: Copier, records: Readable, number: CopyNumber, wanted: Annotated[CopiedQuery, Query()]
) -> Any:
    """Read the records of a field copy.

    Page by page, with the least that a check needs: `since` an earlier copy, what was added, changed and removed. A
    record that changed after the copy was taken is left out; the next one has it. Only the officer who took the copy
    reads it, for the same purpose, within 7 days.
    """
    return await FieldCopyStore(records).page(number, wanted)


async def register_pack(_: Copier, records: Writable, number: CopyNumber, entry: PackEntry) -> Any:
    """Register a field pack.

    Its digest, its post and its expiry are kept, so that the owner of a record that is withdrawn sees which posts have
    not removed it. The officer who took the copy does this, for the same purpose.
    """
    return await FieldCopyStore(records).register(number, entry)


async def take_hand_in(_: HandingIn, records: Exclusive, handed: HandIn, request: Request) -> Any:
    """Hand in what a post did.

    What the post signed of each pack that it applied, with a receipt `applied` of your bureau, and the searches of the
    post in their order. Each search becomes an entry of the audit log with its own officer and purpose, and owners are
    notified of what was found. What was handed in before is left out, so the same may be sent again.
    """
    return await HandInStore(records, context_of(request).participants).take(handed)


async def prove_membership(
    reader: Reader, records: Readable, bureau: Bureau, number: CopyNumber, record_id: RecordId
) -> Any:
    """Prove that a record was in a field copy.

    An inclusion proof for the owner of the record, the bureau that took the copy and the Commission; to others the same
    answer as if it had not been. The root is in the leaf of the audit log that it names.
    """
    return await membership(records.session, records.model.record_kind(), bureau, number, record_id, reader)
