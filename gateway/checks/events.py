"""The events of a check: which registers are asked, what each answers as it comes, and at last the whole answer.

A check that is refused once its events have begun says so by an event, as no error status can be sent any more.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, NamedTuple

from fastapi import Depends, Request
from fastapi.sse import ServerSentEvent
from pydantic import BaseModel

from gateway.checks.answers import SourceAnswer
from gateway.checks.dependencies import Operations
from gateway.checks.inputs import ReadZone, inputs_of, places_of, unread_of, zone_of
from gateway.checks.models import AskedSource, AskedSources, CheckQuestion
from gateway.checks.operations import Check, CheckOperations
from gateway.checks.views import check_answer, source_hits
from shared.errors import Refusal, problem
from shared.identity import Caller
from shared.web.routing import context_of


class PreparedCheck(NamedTuple):
    """What is to be asked, and what was read in the machine-readable zone."""

    check: Check
    read: ReadZone | None


async def _prepare(question: CheckQuestion, operations: Operations, request: Request) -> PreparedCheck:
    """Return what a check asks. Raises Invalid."""
    read = zone_of(question, context_of(request).clock.now().date())
    inputs, unread = inputs_of(question, read), unread_of(question, read)
    check = operations.prepare(inputs, question.sources, places=places_of(question, read), unread=unread)
    return PreparedCheck(check, read)


Prepared = Annotated[PreparedCheck, Depends(_prepare)]


async def events_of(
    prepared: PreparedCheck, caller: Caller, operations: CheckOperations
) -> AsyncIterator[ServerSentEvent]:
    """Yield the events of a check; when nobody takes them any more, the requests under way are given up."""
    answers = asyncio.Queue[SourceAnswer | None]()
    yield _event("asked", _asked(prepared.check))
    work = asyncio.create_task(operations.ask(prepared.check, caller, answers.put_nowait))
    work.add_done_callback(lambda _: answers.put_nowait(None))
    try:
        while (answer := await answers.get()) is not None:
            yield _event("source", source_hits(answer))
        yield _event("answer", check_answer(await work, prepared.read))
    except Refusal as refusal:
        yield ServerSentEvent(event="problem", raw_data=problem(refusal, changes=False).decode())
    finally:
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)


def _asked(check: Check) -> AskedSources:
    return AskedSources(
        sources=[AskedSource(source=each.name, asked=[*each.uses(check.inputs)]) for each in check.registers]
    )


def _event(name: str, data: BaseModel) -> ServerSentEvent:
    return ServerSentEvent(event=name, raw_data=data.model_dump_json())
