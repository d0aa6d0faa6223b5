"""What a service is to the rest of the mesh: a name, an application, and how long an answer may take."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from pathlib import Path
from random import Random
from types import ModuleType
from typing import TYPE_CHECKING, Final, Protocol

from shared.bureaus import BureauCode
from shared.clock import Clock

if TYPE_CHECKING:
    from fastapi import FastAPI
    from sqlalchemy import MetaData

    from shared.audit.reader import AuditReader
    from shared.mailbox.notifications import Notifier
    from shared.protocol.directory import Directory
    from shared.storage import Database, Session
    from shared.storage.migrations import TableSet

HEALTH_PATH: Final = "/health"
NAME_PATTERN: Final = "^[a-z][a-z-]{0,39}$"
"""Of the name of a service, and of that of one of its kinds of record in a path."""

TOKEN_PATH: Final = "/oauth/token"  # noqa: S105 - a path, not a secret
REVOCATION_PATH: Final = "/oauth/revoke"


@dataclass(frozen=True, slots=True)
class Context:
    """What a service is handed by whoever runs it."""

    store: "Database | None"
    """None where the application is described and not run, or keeps nothing in one store of its own."""

    clock: Clock
    processes: int = 1
    """How many processes of its own the service may start for heavy work."""

    audit: "AuditReader | None" = None
    """Shows the audit log; None where the application is described and not run."""

    post: "Notifier | None" = None
    """Takes letters to bureaus; None where nobody is told."""

    directory: "Directory | None" = None
    """What it knows of the keys of all; None where the application is described and not run."""

    @property
    def database(self) -> "Database":
        """The store. Raises RuntimeError where there is none."""
        if self.store is None:
            raise RuntimeError("this application has no store")
        return self.store


CreateApp = Callable[[Context], "FastAPI"]


class Seed(Protocol):
    """Adds synthetic records, the same for the same state of `random`, in the transaction that it is given."""

    async def __call__(
        self, session: "Session", random: Random, count: int, owners: Sequence[BureauCode], at: datetime
    ) -> None:
        """Add `count` records owned by bureaus among `owners`, as if entered at or before `at`."""
        ...


@dataclass(frozen=True, slots=True)
class Service:
    """One service of the mesh. Its subject, permissions, route and documents all derive from this.

    Every service has the same files, so its package says where everything is; each part is imported when it is first
    asked for, as a gateway needs none of them and a service only its own.
    """

    package: str
    """Its package, such as `services.notices`: with app.py, store.py, synthetic.py and migrations/."""

    name: str
    """In paths, subjects and scopes: lower case with dashes, such as `stolen-vehicles`."""

    summary: str
    """One sentence for the documents."""

    verbs: tuple[str, ...] = ("read", "write")
    """What an officer may do: each is a scope `<name>:<verb>`."""

    deadline_seconds: float = 5.0
    """How long a caller waits for an answer; five seconds is what border systems allow."""

    @property
    def scopes(self) -> tuple[str, ...]:
        """The scopes of this service."""
        return tuple(f"{self.name}:{verb}" for verb in self.verbs)

    @property
    def create_app(self) -> CreateApp:
        """Makes the application. It reads the caller from the scope and knows nothing of NATS or signatures."""
        create: CreateApp = self._part("app").create_app
        return create

    @property
    def metadata(self) -> "MetaData":
        """The tables of its store."""
        metadata: MetaData = self._part("store").metadata
        return metadata

    @property
    def seed(self) -> Seed:
        """Adds synthetic records to its store."""
        seed: Seed = self._part("synthetic").seed
        return seed

    @property
    def tables(self) -> "TableSet":
        """The tables of its store with their Alembic versions."""
        # Only here, as a gateway asks for none of them.
        from shared.storage.migrations import TableSet

        package = import_module(self.package)
        return TableSet(self.metadata, Path(str(package.__file__)).parent / "migrations")

    def _part(self, name: str) -> ModuleType:
        return import_module(f"{self.package}.{name}")
