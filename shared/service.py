"""The declaration of a service: its name, its application, and its deadline."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from random import Random
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final, Protocol

from shared.bureaus import BureauCode
from shared.clock import Clock
from shared.patterns import in_words

if TYPE_CHECKING:
    from fastapi import FastAPI
    from sqlalchemy import MetaData

    from shared.audit.reader import AuditReader
    from shared.mailbox.notifications import Notifier
    from shared.protocol.directory import Directory
    from shared.storage import Database, Session
    from shared.storage.migrations import TableSet

HEALTH_PATH: Final = "/health"
NAME_PATTERN: Final = in_words("^[a-z][a-z-]{0,39}$", "must be a name in small letters and dashes")
"""Of the name of a service, and of that of one of its kinds of record in a path."""

TOKEN_PATH: Final = "/oauth/token"  # noqa: S105 - a path, not a secret
REVOCATION_PATH: Final = "/oauth/revoke"


@dataclass(frozen=True, slots=True)
class Context:
    """What the runner passes to a service."""

    store: "Database | None"
    """None where the application is only documented, or has no store of its own."""

    clock: Clock
    processes: int = 1
    """How many processes the service may start for heavy work."""

    audit: "AuditReader | None" = None
    """Reads the audit log; None where the application is only documented."""

    post: "Notifier | None" = None
    """Sends messages to bureaus; None where nobody is notified."""

    directory: "Directory | None" = None
    """The keys of all participants; None where the application is only documented."""

    failing_jobs: Callable[[], dict[str, int]] = dict
    """Returns the background jobs that fail, each with the seconds since when."""

    is_sandbox: bool = False
    """Whether the mesh is one for tests, whose services have further routes."""

    @property
    def database(self) -> "Database":
        """The store. Raises RuntimeError if there is none."""
        if self.store is None:
            raise RuntimeError("this application has no store")
        return self.store

    @property
    def participants(self) -> "Directory":
        """The keys of all participants. Raises RuntimeError where the application is only documented."""
        if self.directory is None:
            raise RuntimeError("this application knows no participants")
        return self.directory


CreateApp = Callable[[Context], "FastAPI"]


class Draw(Protocol):
    """Draws synthetic records, the same for the same state of `random`, without a store: in any process."""

    def __call__(self, random: Random, count: int, owners: Sequence[BureauCode], at: datetime) -> Any:
        """Return `count` records of `owners`, as if entered at or before `at`, in a form that `AddDrawn` takes."""


class AddDrawn(Protocol):
    """Adds synthetic records that were drawn, in a transaction."""

    async def __call__(self, session: "Session", drawn: Any, at: datetime) -> None:
        """Add what `Draw` returned as of the same time. Raises sqlalchemy.exc.IntegrityError if it is there."""


EnterExample = Callable[["Session"], Awaitable[object]]
"""Enters an example record in a transaction. Raises sqlalchemy.exc.IntegrityError if it is there."""


@dataclass(frozen=True, slots=True)
class Service:
    """One service of the mesh: its subject, scopes, path and documents derive from this.

    Its parts are imported at their first use, as a gateway needs none of them.
    """

    package: str
    """Its package, such as `services.notices`: with app.py, store.py, synthetic.py and migrations/."""

    name: str
    """For paths, subjects and scopes: lower case with dashes, such as `stolen-vehicles`."""

    summary: str
    """One sentence for the documents."""

    verbs: tuple[str, ...] = ("read", "write")
    """Each is a scope `<name>:<verb>`."""

    deadline_seconds: float = 5.0
    """How long a client waits for a reply; border systems allow five seconds."""

    is_sandbox: bool = False
    """Whether its applications are those of a sandbox."""

    partners_enter: bool = False
    """Whether partners whose agreement says so enter records of a kind of it, beside bureaus.

    Which kinds these are, their stores and routes say.
    """

    @property
    def scopes(self) -> tuple[str, ...]:
        """The scopes of this service."""
        return tuple(f"{self.name}:{verb}" for verb in self.verbs)

    @property
    def create_app(self) -> CreateApp:
        """Creates the application, which knows nothing of NATS or signatures."""
        create: CreateApp = self._part("app").create_app
        return partial(_create, create, is_sandbox=self.is_sandbox)

    @property
    def metadata(self) -> "MetaData":
        """The tables of its store."""
        metadata: MetaData = self._part("store").metadata
        return metadata

    @property
    def draw(self) -> Draw:
        """Draws synthetic records for its store."""
        draw: Draw = self._part("synthetic").draw
        return draw

    @property
    def add_drawn(self) -> AddDrawn:
        """Adds synthetic records that were drawn to its store."""
        add: AddDrawn = self._part("synthetic").add
        return add

    def example_records(self, owner: BureauCode, at: datetime) -> "Iterable[EnterExample]":
        """Yield what enters each record that the requests of its documents are about, as of a time.

        A service may have none.
        """
        if find_spec(f"{self.package}.example_records") is None:
            return ()
        entries: Iterable[EnterExample] = self._part("example_records").examples(owner, at)
        return entries

    async def seed(
        self, session: "Session", random: Random, count: int, owners: Sequence[BureauCode], at: datetime
    ) -> None:
        """Draw synthetic records and add them to its store, in the transaction of a session."""
        await self.add_drawn(session, self.draw(random, count, owners, at), at)

    @property
    def tables(self) -> "TableSet":
        """The tables of its store with their Alembic versions."""
        # Only here, as a gateway needs none of them.
        from shared.storage.migrations import TableSet

        package = import_module(self.package)
        return TableSet(self.metadata, Path(str(package.__file__)).parent / "migrations")

    def _part(self, name: str) -> ModuleType:
        return import_module(f"{self.package}.{name}")


def in_sandbox(services: Iterable[Service]) -> tuple[Service, ...]:
    """Return services whose applications are those of a sandbox."""
    return tuple(replace(service, is_sandbox=True) for service in services)


def _create(create: CreateApp, context: Context, *, is_sandbox: bool) -> "FastAPI":
    return create(replace(context, is_sandbox=is_sandbox or context.is_sandbox))
