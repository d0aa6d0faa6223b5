"""The files that repeat what the code says: OpenAPI, AsyncAPI, tables of the documents, the compose file, schemas."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from deploy.generated.asyncapi import describe_network
from deploy.generated.compose import compose_file, databases_file
from deploy.generated.tables import pages_with_tables
from gateway.app import describe_gateway
from shared.mailbox.tables import MIGRATIONS
from shared.service import Service
from shared.storage.migrations import SCHEMA, schema_of

PROJECT: Final = Path(__file__).parents[2]


def derived_files(services: tuple[Service, ...], project: Path = PROJECT) -> dict[Path, str]:
    """Return what each of the files must say today."""
    document = _rendered(describe_gateway(services))
    # The document is made first: it brings in the problems of all services, which a page lists.
    return {
        project / "docs" / "openapi.json": document,
        project / "docs" / "asyncapi.json": _rendered(describe_network(services)),
        **pages_with_tables(project / "docs", services),
        project / "deploy" / "compose.yaml": compose_file(services),
        project / "deploy" / "databases.sql": databases_file(services),
        **{project / folder.relative_to(PROJECT) / SCHEMA: schema_of(folder) for folder in _migrations(services)},
    }


def _migrations(services: tuple[Service, ...]) -> Iterator[Path]:
    """Yield the folders of all Alembic versions."""
    yield from (service.migrations for service in services)
    yield MIGRATIONS


def _rendered(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def write_derived(files: dict[Path, str]) -> None:
    """Write the files."""
    for file, text in files.items():
        file.write_text(text)


def outdated(files: dict[Path, str]) -> list[Path]:
    """Return the files that say something else."""
    return [file for file, text in files.items() if not file.exists() or file.read_text() != text]
