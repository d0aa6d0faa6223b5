"""What a service is to the rest of the mesh: a name, an application, and how long an answer may take."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Protocol

import sqlalchemy as sa
from fastapi import FastAPI

from shared.bureaus import BureauCode
from shared.clock import Clock
from shared.storage import Database, Session


@dataclass(frozen=True, slots=True)
class Context:
    """What a service is handed by whoever runs it."""

    database: Database
    clock: Clock


class Seed(Protocol):
    """Adds synthetic records, the same for the same state of `random`, in the transaction that it is given."""

    async def __call__(
        self, session: Session, random: Random, count: int, owners: Sequence[BureauCode], at: datetime
    ) -> None:
        """Add `count` records owned by bureaus among `owners`, as if entered at or before `at`."""
        ...


@dataclass(frozen=True, slots=True)
class Service:
    """One service of the mesh. Its subject, permissions, route and documents all derive from this."""

    name: str
    """In paths, subjects and scopes: lower case with dashes, such as `stolen-vehicles`."""

    create_app: Callable[[Context], FastAPI]
    """Makes the application. It reads the caller from the scope and knows nothing of NATS or signatures."""

    summary: str
    """One sentence for the documents."""

    metadata: sa.MetaData
    """The tables of its store."""

    migrations: Path
    """The folder of its Alembic versions."""

    seed: Seed
    """Adds synthetic records to its store."""

    verbs: tuple[str, ...] = ("read", "write")
    """What an officer may do: each is a scope `<name>:<verb>`."""

    deadline_seconds: float = 5.0
    """How long a caller waits for an answer; five seconds is what border systems allow."""

    @property
    def scopes(self) -> tuple[str, ...]:
        """The scopes of this service."""
        return tuple(f"{self.name}:{verb}" for verb in self.verbs)
