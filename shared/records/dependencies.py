"""Dependencies of routes: the store in a transaction, the revision of a new record, the location of a created one."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime
from typing import Annotated, TypeVar

from fastapi import Depends, Request, Response

from shared.identity import Caller
from shared.ids import uuid7
from shared.records.policy import Revision
from shared.records.transaction import transaction_of
from shared.storage import Session
from shared.web.openapi import handled_once
from shared.web.routing import context_of, path_of


async def new_revision(request: Request) -> Revision:
    """Return a fresh record id and the time."""
    at = context_of(request).clock.now()
    return Revision(uuid7(at), at)


NewRevision = Annotated[Revision, Depends(new_revision)]
S = TypeVar("S")


def reading(store: Callable[[Session, Caller, datetime], S]) -> Callable[[Request], Awaitable[S]]:
    """Return the dependency that provides a store for reads."""

    async def open_store(request: Request) -> S:
        context = context_of(request)
        return store(context.database.reading, request.scope["state"]["caller"], context.clock.now())

    return open_store


def writing(store: Callable[[Session, Caller, datetime], S]) -> Callable[[Request], AsyncIterator[S]]:
    """Return the dependency that provides a store in a transaction, which carries a request out at most once.

    Use it with `scope="function"`, so that the transaction is committed before the answer is made.
    """

    async def open_store(request: Request) -> AsyncIterator[S]:
        context = context_of(request)
        caller: Caller = request.scope["state"]["caller"]
        at = context.clock.now()
        async with transaction_of(caller, context.database, at) as session:
            yield store(session, caller, at)

    return handled_once(open_store)


def locate(response: Response, service: str, record_id: str) -> None:
    """Set the header Location of the new record."""
    response.headers["Location"] = f"{path_of(service)}/{record_id}"
