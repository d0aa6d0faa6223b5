"""The routes of checks, and those of FIND over the same registers."""

from collections.abc import AsyncIterable
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent

from gateway.checks import find_routes
from gateway.checks.connection import while_connected
from gateway.checks.dependencies import NAME, Operations, Reader
from gateway.checks.events import Prepared, events_of
from gateway.checks.examples import EXAMPLES
from gateway.checks.models import CheckAnswer
from gateway.checks.views import check_answer
from shared.audit.disclosure_router import not_audited, service_router
from shared.errors import Busy
from shared.rpc.keyring import BureauSuspended, KeyNotValid
from shared.service import Context
from shared.web.app import application

# All that a check may state, each character written as two escapes.
MAX_BODY: Final = 16 * 1024

_EVENTS: Final[dict[str, Any]] = {
    "text/event-stream": {
        "schema": {"type": "string", "description": "Events: `asked`, `source`, `answer`, `problem`."}
    }
}

router = service_router(NAME, KeyNotValid, BureauSuspended, Busy)


def create_app(context: Context) -> FastAPI:
    """Make the application. Its state needs the checks of a gateway."""
    return application(
        context,
        [*router.routes, *find_routes.router.routes],
        title="Checks",
        description="A check asks all registers at once in the officer's name: each sees the scopes and the purpose of "
        "the officer, shows what it shows them when they search it, and has the question in its audit log. A check has "
        "no rights of its own.",
        examples=EXAMPLES,
    )


@router.post("", response_description="What all registers answered, within 5 seconds.")
async def check_everywhere(reader: Reader, prepared: Prepared, operations: Operations, request: Request) -> CheckAnswer:
    """Check a person, a document, a vehicle or an object in all registers at once.

    Each register that may know something of what is stated is asked at the same time, as far as your scopes and your
    purpose allow it, and answers for itself: one that is silent is never taken for one that has nothing. The `verdict`
    says what to do: `hit`, ask the owner to confirm it before anyone acts on it; `possible-hit`, compare; `incomplete`,
    no hit, but a register did not answer, so check again; `no-hit`, all answered and have nothing. A register that you
    may not ask counts as one that did not answer, unless `sources` leaves it out. A part of the `mrz` that cannot be
    read refuses nothing: registers that would be asked for it are `unreadable`, and the others answer. Names and
    numbers are compared by each register as in its own search, and what fits is reported to you if it is entered within
    72 hours.
    """
    check, read = prepared
    return check_answer(await while_connected(request, operations.ask(check, reader)), read)


@router.post(
    "/stream",
    response_class=EventSourceResponse,
    responses={200: {"description": "The events, within 5 seconds.", "content": _EVENTS}},
)
@not_audited
async def check_as_stream(reader: Reader, prepared: Prepared, operations: Operations) -> AsyncIterable[ServerSentEvent]:
    """Check in all registers at once, and stream what each answers as it comes.

    The question is that of a check. The answer is a stream of server-sent events, whose data is JSON. `asked` comes
    first: the `sources` that are asked, and what for. `source` comes as each answers, or at the end of its time:
    `source` and `hits` as in a `CheckAnswer`, of that register alone. `answer` comes last: the whole `CheckAnswer`. If
    the check is refused once its events have begun, the last is `problem` instead. Without either of both the stream
    broke off: nothing is known of the registers that are missing. Each register has its request in its audit log.
    """
    async for event in events_of(prepared, reader, operations):
        yield event
