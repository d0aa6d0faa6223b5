"""Runs Alembic versions from several folders on a connection, without alembic.ini and without its command line."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory


def upgrade_to_heads(connection: sa.Connection, folders: Sequence[Path]) -> None:
    """Run all versions that were not run yet. One thread at a time may do so: Alembic keeps its state globally."""
    scripts = ScriptDirectory(str(folders[0]), version_locations=[str(folder) for folder in folders])

    def steps(revision: Any, _context: Any) -> Any:
        return scripts._upgrade_revs("heads", revision)  # noqa: SLF001 - how Alembic's own command does it

    with EnvironmentContext(Config(), scripts, fn=steps, destination_rev="heads") as environment:
        environment.configure(connection=connection)
        environment.run_migrations()
