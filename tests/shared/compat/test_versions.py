"""Internals of libraries: which modules use them, and the versions they were tested with."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]

# The lower bound of pyproject.toml (`make check-lowest` runs the demo with it), and the version that is locked.
TESTED = {
    "alembic": ("1.16", "1.20.1"),
    "asyncpg": ("0.30", "0.32.0"),
    "fastapi": ("0.163", "0.165.0"),
    "nats-py": ("2.16", "2.16.0"),
    "sqlalchemy": ("2.0.44", "2.1.9"),
    # A dependency of FastAPI, without a bound in pyproject.toml.
    "starlette": (None, "1.10.0"),
    "uvicorn": ("0.37", "0.54.0"),
}

# The modules that depend on undocumented parts of a library. Those outside of shared/compat are inseparable from rules
# of their layer: the limits of a connection, of a form, of a terminal.
USES_INTERNALS = {
    "shared/compat/alembic_versions.py": "alembic",
    "shared/compat/direct_routes.py": "fastapi",
    "shared/compat/strict_routes.py": "fastapi",
    "shared/web/openapi.py": "fastapi",
    "shared/compat/nats_client.py": "nats-py",
    "shared/compat/nats_messages.py": "nats-py",
    "shared/transport/nats/client.py": "nats-py",
    "shared/compat/sqlite_dialect.py": "sqlalchemy",
    "gateway/edge/http_limits.py": "uvicorn",
    "gateway/edge/declared_answers.py": "starlette",
    "gateway/console/sent_forms.py": "starlette",
    "gateway/messages/submission.py": "starlette",
    "shared/web/problems.py": "starlette",
    "deploy/commands/completion.py": "python",
    "deploy/commands/parser.py": "python",
    "deploy/generated/command_tables.py": "python",
    "deploy/mesh/forked.py": "python",
}

# The modules that compare the text of an error, which is not documented either.
READS_ERRORS = {"shared/storage/postgres_pool.py": "asyncpg"}

# Modules of libraries that are not in their documentation.
INTERNALS = (
    "alembic.runtime",
    "fastapi.dependencies",
    "nats.aio.subscription",
    "nats.aio.transport",
    "nats.protocol",
    "sqlalchemy.dialects.sqlite.pysqlite",
    "sqlalchemy.util",
    "starlette.formparsers",
    "starlette.routing.compile_path",
    "uvicorn.protocols",
    "uvicorn.server.ServerState",
)


def imported_in(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def uses_internals(file: Path) -> bool:
    """Return whether a module imports internals, extends a class of `shared.compat`, or uses a private name."""
    tree = ast.parse(file.read_text())
    return (
        any(f"{name}.".startswith(tuple(f"{inside}." for inside in INTERNALS)) for name in imported_in(tree))
        or any(getattr(base, "id", "") == "LastingClient" for each in ast.walk(tree) for base in bases(each))
        or "noqa: SLF001" in file.read_text()
    )


def bases(node: ast.AST) -> list[ast.expr]:
    return node.bases if isinstance(node, ast.ClassDef) else []


def locked() -> dict[str, str]:
    return dict(re.findall(r"^([\w.-]+)==(\S+)", (ROOT / "requirements.lock").read_text(), re.MULTILINE))


def lower_bounds() -> dict[str, str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return dict(re.findall(r"^([\w-]+)(?:\[\w+\])?>=([\d.]+)", "\n".join(project["dependencies"]), re.MULTILINE))


@pytest.mark.parametrize("library", TESTED)
def test_a_library_whose_internals_are_used_has_the_tested_versions(library: str) -> None:
    """A release may change undocumented parts: compare them first, then enter the new version here."""
    present = lower_bounds().get(library), locked().get(library)
    modules = ", ".join(module for module, used in (USES_INTERNALS | READS_ERRORS).items() if used == library)
    assert present == TESTED[library], (
        f"{library} is now at {present}, {TESTED[library]} was tested: run the tests with the new versions, compare "
        f"the internals that {modules} depend on with the release notes, and enter the versions in TESTED"
    )


@pytest.mark.thorough
def test_every_module_that_uses_library_internals_is_listed() -> None:
    """Others would be overlooked when a library changes: move it to shared/compat, or list it."""
    files = (file for part in ("shared", "services", "gateway", "deploy") for file in (ROOT / part).rglob("*.py"))
    assert {file.relative_to(ROOT).as_posix() for file in files if uses_internals(file)} == USES_INTERNALS.keys()
