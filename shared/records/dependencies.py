"""Dependencies of routes: stores for reads and in a transaction, the entry of a record and its change by a rule."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime
from typing import Annotated, Any, Generic, TypeVar, overload

from fastapi import Depends, Request, Response

from shared.identity import Caller
from shared.ids import RecordId, uuid7
from shared.records.policy import Revision
from shared.records.results import R
from shared.records.store import RecordStore
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
    """Return the dependency that provides a store in a transaction, which executes a request at most once.

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
    """Set the header `Location` of an answer to the path of a new record."""
    response.headers["Location"] = f"{path_of(service)}/{record_id}"


T = TypeVar("T")
EntryRule = Callable[[T, Caller, Revision], R]
"""Returns the new record of the content of a request, or raises a refusal."""

Rule = Callable[[R, Caller, Revision], R]
"""Returns the next version of a record, or raises a refusal."""

RuleWith = Callable[[R, T, Caller, Revision], R]
"""Returns the next version by the content of a request, or raises a refusal."""


class RecordEntry(Generic[R]):
    """The entry of a record by a rule: `await enter(rules.draft, content)`."""

    def __init__(self, store: RecordStore[R], revision: Revision, response: Response) -> None:
        self._store, self._revision, self._response = store, revision, response

    async def __call__(self, rule: EntryRule[T, R], sent: T) -> R:
        """Store the record that the rule returns, or find it by its reference; answer with its path in `Location`.

        Raises ReferenceTaken, and what the rule raises.
        """
        record = await self._store.enter(rule(sent, self._store.caller, self._revision))
        locate(self._response, self._store.service(), f"{self._store.below}{record.id}")
        return record


class RecordChange(Generic[R]):
    """The change of the record in the path by a rule: `await change(rules.edit, content)`."""

    def __init__(self, store: RecordStore[R], revision: Revision, record_id: str) -> None:
        self._store, self._revision, self._record_id = store, revision, record_id

    @overload
    async def __call__(self, rule: Rule[R], /) -> R: ...

    @overload
    async def __call__(self, rule: RuleWith[R, T], sent: T, /) -> R: ...

    async def __call__(self, rule: Callable[..., R], /, *sent: object) -> R:
        """Store the version that the rule returns. Raises NotFound, Conflict, and what the rule raises."""
        record = await self._store.get_whole(self._record_id)
        changed = rule(record, *sent, self._store.caller, self._revision)
        self._store.require_readers_changeable(record, changed)
        return await self._store.replace(changed)


def entering(store: Callable[[Session, Caller, datetime], RecordStore[Any]]) -> Any:
    """Return the dependency that enters a record in a transaction."""
    open_store = Depends(writing(store), scope="function")

    async def enter(opened: Annotated[Any, open_store], revision: NewRevision, response: Response) -> RecordEntry[Any]:
        return RecordEntry(opened, revision, response)

    return Depends(enter)


def changing(store: Callable[[Session, Caller, datetime], RecordStore[Any]]) -> Any:
    """Return the dependency that changes the record in the path in a transaction."""
    open_store = Depends(writing(store), scope="function")

    async def change(
        record_id: RecordId, opened: Annotated[Any, open_store], revision: NewRevision
    ) -> RecordChange[Any]:
        return RecordChange(opened, revision, record_id)

    return Depends(change)
