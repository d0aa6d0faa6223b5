"""The files that repeat what the code says: the OpenAPI document, the tables of the README, the compose file."""

import json
from pathlib import Path
from typing import Final

from deploy.compose import compose_file
from deploy.readme import with_tables
from gateway.app import describe_gateway
from shared.service import Service

PROJECT: Final = Path(__file__).parent.parent


def derived_files(services: tuple[Service, ...], project: Path = PROJECT) -> dict[Path, str]:
    """Return what each of the files must say today."""
    document = json.dumps(describe_gateway(services), indent=1, ensure_ascii=False) + "\n"
    readme = project / "README.md"
    # The document is made first: it brings in the problems of all services, which the README lists.
    return {
        project / "docs" / "openapi.json": document,
        readme: with_tables(readme.read_text()),
        project / "deploy" / "compose.yaml": compose_file(services),
    }


def write_derived(files: dict[Path, str]) -> None:
    """Write the files."""
    for file, text in files.items():
        file.write_text(text)


def outdated(files: dict[Path, str]) -> list[Path]:
    """Return the files that say something else."""
    return [file for file, text in files.items() if not file.exists() or file.read_text() != text]
