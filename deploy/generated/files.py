"""The generated files: OpenAPI, AsyncAPI, tables and a page of the documents, compose file, SQL schemas, catalogues."""

import argparse
import json
from pathlib import Path
from typing import Any

from deploy.generated.asyncapi import describe_network
from deploy.generated.catalogues import catalogues
from deploy.generated.compose import cluster_file, compose_file, databases_file
from deploy.generated.source_tree import PROJECT
from deploy.generated.tables import pages_with_tables
from deploy.generated.tutorial_page import tutorial_page
from deploy.state.counterparts import scripts_schema
from gateway.app import describe_gateway
from gateway.tables import GATEWAY_TABLES
from shared.service import Service
from shared.storage.migrations import SCHEMA, schema_of


def derived_files(
    services: tuple[Service, ...], command_line: argparse.ArgumentParser, project: Path = PROJECT
) -> dict[Path, str]:
    """Return the present text of each generated file."""
    described = describe_gateway(services)
    document = _rendered(described)
    # The document comes first: it imports the problems of all services, which a page lists.
    return {
        project / "docs" / "openapi.json": document,
        project / "docs" / "asyncapi.json": _rendered(describe_network(services)),
        project / "docs" / "counterparts.schema.json": _rendered(scripts_schema()),
        **pages_with_tables(project / "docs", services, command_line),
        project / "gateway" / "openapi" / "pages" / "tutorial.html": tutorial_page(
            project / "docs" / "tutorials" / "first-request.md"
        ),
        **{project / file.relative_to(PROJECT): text for file, text in catalogues(described).items()},
        project / "deploy" / "compose.yaml": compose_file(services),
        project / "deploy" / "compose.cluster.yaml": cluster_file(services),
        project / "deploy" / "databases.sql": databases_file(services),
        **{
            project / tables.migrations.relative_to(PROJECT) / SCHEMA: schema_of(tables)
            for tables in (*(each.tables for each in services), *GATEWAY_TABLES)
        },
    }


def _rendered(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def write_derived(files: dict[Path, str]) -> None:
    """Write the files."""
    for file, text in files.items():
        file.write_text(text)


def outdated(files: dict[Path, str]) -> list[Path]:
    """Return the files that are not current."""
    return [file for file, text in files.items() if not file.exists() or file.read_text() != text]
