"""Declares the routes of a kind of record that take many lines.

`check_routes(router, VehicleStore)` and `entry_routes(router, VehicleStore, rules.enter)` are all that a service says.

The lines are read in a thread, as each takes microseconds and a request has ten thousand. Few requests are worked on at
once, in turns of the bureaus, so that no bureau keeps the others waiting: the place of one whose caller has gone is
free once its thread has ended.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Annotated, Any, Final, TypeVar

from fastapi import APIRouter, Body, Depends, Query, Request, Response

from shared.compat.raw_body_routes import RawBodyRoute
from shared.errors import AlreadyHandled, Busy, Invalid, Malformed, TooLarge, UnsupportedMediaType
from shared.fair_queue import FairQueue, LaneFull, QueueFull
from shared.records.batch import entering
from shared.records.batch.answers import ENTRY_HEADER, HEADER, entries_table
from shared.records.batch.checking import BatchCheck, Store, options_of, reader_of
from shared.records.batch.models import (
    CSV,
    JSON,
    MAX_BYTES,
    CheckOptions,
    EntryOptions,
    EntryResults,
    Format,
    LinesRefused,
    check_results_of,
    checks_of,
    entries_of,
)
from shared.records.batch.reading import BatchReader
from shared.records.dependencies import reading
from shared.records.kind_routes import KindRoutes, PerKind, Reader, Writer
from shared.records.rules import input_of
from shared.records.transaction import transaction_of
from shared.storage.sqlite import run_in_thread
from shared.web.routing import context_of

T = TypeVar("T")

CHECKED: Final = "checked in lines"
ENTERED: Final = "entered in lines"
"""In the metadata of a service: its stores with the route."""

# More do not make it faster, as one process works on their lines in turns.
AT_ONCE: Final = 2
WAITING_PER_BUREAU: Final = 8
WAITING: Final = 64

Readable = Annotated[Any, PerKind(lambda kind: Annotated[Any, Depends(reading(kind))])]
Checks = Annotated[Any, PerKind(lambda kind: Annotated[checks_of(kind.query), Body()])]
Entries = Annotated[Any, PerKind(lambda kind: Annotated[entries_of(input_of(kind.model)), Body()])]
_TABLE: Final = {
    "type": "string",
    "maxLength": MAX_BYTES,
    "description": "A table, whose first line names its columns.",
}
_REFUSED: Final = (Malformed, Invalid, TooLarge, UnsupportedMediaType, Busy)


def _in_either_form(columns: Sequence[str], shown: Mapping[str, str]) -> dict[str, Any]:
    """Return the options of a route whose bodies are JSON or tables; the columns and a line of the answer are shown."""
    table = "\n".join(",".join(row) for row in (columns, [shown.get(each, "") for each in columns]))
    answered = {"schema": _TABLE, "examples": {"example": {"value": f"{table}\n"}}}
    return {
        "responses": {200: {"content": {CSV: answered}}},
        "openapi_extra": {"requestBody": {"content": {CSV: {"schema": _TABLE}}}},
        "route_class_override": RawBodyRoute,
    }


def _given(value: T) -> Callable[[], Awaitable[T]]:
    """Return a dependency that is always the same."""

    async def give() -> T:
        return value

    return give


Lines = Annotated[BatchReader, PerKind(lambda kind: Annotated[BatchReader, Depends(_given(reader_of(kind)))])]


def check_routes(router: APIRouter, store: type[Store]) -> None:
    """Declare the route that makes many searches for a kind of record at once."""
    _note(store, CHECKED)
    KindRoutes(router, store, f"/{store.below}".rstrip("/")).declare(
        check_lines,
        "POST /checks",
        "check_{}s",
        "Check many {}s at once",
        *_REFUSED,
        answer=check_results_of(store.model, store.line_model),
        response_description="The answer to each line, in their order.",
        **_in_either_form(HEADER, {"line": "2", "result": "none", "total": "0", "near": "0"}),
    )


async def check_lines(
    reader: Reader,
    records: Readable,
    lines: Lines,
    options: Annotated[CheckOptions, Query()],
    sent: Checks,
    request: Request,
) -> Any:
    """Check many lines at once, as cameras and rental fleets do.

    At most 10,000 lines and 4 MiB, as JSON, or as a table (`text/csv`) whose first line names its columns; the answer
    has the same form, unless `answer` asks for the other. The results are in the same order. A line that is unreadable
    is not searched: its result has an `error`, and null for `hits` and `total`. The others are, unless the body is no
    JSON at all. At most 1,000 hits and 4 MiB of them are shown, in equal parts; a line beyond that has the error
    `not-searched`: send it again. In a table a line shows its best hit, and on which terms it is shared. Without
    `remember` a line that finds nothing leaves nothing but a part of the digest of the whole request in the audit log.
    """
    async with _turn(request, reader.bureau):
        batch = await run_in_thread(partial(lines.read, sent, options.answer))
        check = BatchCheck(records, batch, options_of(batch, options))
        return Response(await check.answer(), media_type=check.media_type)


def entry_routes(router: APIRouter, store: type[entering.Store], rule: entering.EntryRule) -> None:
    """Declare the route that enters many records of a kind by its rule."""
    _note(store, ENTERED)
    lines = entering.reader_of(store)

    async def enter_lines(
        writer: Writer, options: Annotated[EntryOptions, Query()], sent: Entries, request: Request
    ) -> Any:
        """Enter many lines at once.

        At most 1,000 lines and 4 MiB, as JSON, or as a table (`text/csv`) whose first line names its columns; the
        answer has the same form, unless `answer` asks for the other. In a cell the parts of a list have spaces between
        them, or are JSON if they have members. Each line is entered as any other entry, and answered in its place:
        `created`, `present` or `refused` with its `error`. With `all_or_none` nothing is entered unless all can be: the
        first refused lines are the `errors` of a problem. A line with a `reference` may be sent again, as after an
        answer that was lost. A request has two seconds for the rules and one for the store: a line beyond that has the
        error `not-entered`, send it again.
        """
        async with _turn(request, writer.bureau):
            context = context_of(request)
            at = context.clock.now()
            batch = await run_in_thread(partial(lines.read, sent, options.answer))
            judged = await run_in_thread(partial(entering.judged, batch.lines, rule, writer, at))
            all_or_none = options.all_or_none or batch.options.get("all_or_none", False)
            async with transaction_of(writer, context.database, at) as session:
                records = store(session, writer, at)
                results = await entering.enter_lines(records, judged, all_or_none=all_or_none)
            return _answer(entering.summed_up(results), batch.answer)

    KindRoutes(router, store, f"/{store.below}".rstrip("/")).declare(
        enter_lines,
        "POST /entries",
        "enter_{}s",
        "Enter many {}s at once",
        *(*_REFUSED, LinesRefused, AlreadyHandled),
        answer=EntryResults,
        response_description="What became of each line, in their order.",
        **_in_either_form(
            ENTRY_HEADER, {"line": "2", "result": "created", "id": "0197a3c2-5b1e-7c3a-9f20-4d5e6f708192"}
        ),
    )


def _answer(results: EntryResults, form: Format) -> Response:
    if form == "csv":
        return Response(entries_table(results), media_type=CSV)
    return Response(results.model_dump_json(), media_type=JSON)


def _note(store: type[entering.Store], how: str) -> None:
    store.table.metadata.info.setdefault(how, []).append(store)


@asynccontextmanager
async def _turn(request: Request, bureau: str) -> AsyncIterator[None]:
    """Wait for the turn of a bureau among all that send many lines. Raises Busy."""
    state = request.app.state
    if not hasattr(state, "batch_turns"):
        state.batch_turns = FairQueue(AT_ONCE, waiting_per_lane=WAITING_PER_BUREAU, waiting=WAITING)
    try:
        with state.batch_turns.place(bureau) as turn:
            await turn
            yield
    except (LaneFull, QueueFull) as full:
        raise Busy(
            f"{WAITING_PER_BUREAU} requests with many lines of your bureau wait already: send them in turn"
        ) from full
