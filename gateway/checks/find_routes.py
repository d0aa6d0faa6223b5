"""The routes of FIND: a search for a travel document by number, country and type, and a second call for details."""

from typing import Annotated, Final

from fastapi import Path, Request

from gateway.checks import SERVICE
from gateway.checks.connection import while_connected
from gateway.checks.dependencies import Operations, Reader
from gateway.checks.find_models import FindAnswer, FindDetails, FindSearch, ItemId, Origin
from gateway.checks.find_views import find_answer, find_item, register_of
from gateway.checks.registers import ISSUER, NUMBER, TYPE
from shared.audit.disclosure_router import service_router
from shared.errors import Busy
from shared.rpc.keyring import BureauSuspended, KeyNotValid

PREFIX: Final = "/find/v1"
# What a register refuses is refused at the member of the search.
PLACES: Final = {NUMBER: "/number", ISSUER: "/country", TYPE: "/type"}

router = service_router(SERVICE.name, KeyNotValid, BureauSuspended, Busy, prefix=PREFIX)


@router.post("/search", response_description="What each origin answered, within 5 seconds.")
async def check_document_in_find(
    reader: Reader, wanted: FindSearch, operations: Operations, request: Request
) -> FindAnswer:
    """Check a travel document as a FIND client does.

    Number, country of issue and type go to the origins at the same time: `IPSG`, stolen and lost travel documents, and
    `IPSG.NOMTD`, documents that a notice states of its person, with the colour of the notice. The entries are possible
    matches: compare one, and get its details by its `item_id`. `NO_ANSWER` is said only where an origin answered that
    it has none.
    """
    origins = tuple(dict.fromkeys(wanted.origins or Origin))
    registers = [each for each in operations.registers if each.origin in origins]
    # Country and type are always stated, also where no origin compares them.
    inputs = {name: value for name, value in wanted.inputs().items() if any(each.may_use(name) for each in registers)}
    work = operations.check(inputs, reader, [each.name for each in registers], places=PLACES)
    return find_answer(origins, await while_connected(request, work))


@router.get("/items/{item_id}", response_description="The record of the entry, or why there is none.")
async def get_found_item(item_id: Annotated[ItemId, Path()], reader: Reader, operations: Operations) -> FindDetails:
    """Get the details of an entry that a search showed.

    It is the whole record, as its register shows it to you when you read it.
    """
    stated, _, record = item_id.partition(":")
    origin = Origin(stated)
    register = register_of(origin, operations.registers)
    return find_item(item_id, origin, None if register is None else await operations.read(register, record, reader))
