"""Spectral and Redocly, with their recommended rules, find no error and no warning in the documents."""

import json
from pathlib import Path
from typing import Any

import pytest

from deploy.generated.files import PROJECT
from gateway.app import describe_gateway
from services import SERVICES
from shared.clock import SharedClock
from tests.interop.node import packages_of, run_node

SOURCES = Path(__file__).parent
# On a busy machine; Spectral takes half a minute of work for the whole document.
LINT_SECONDS = 500

COMMITTED = PROJECT / "docs" / "openapi.json"
NETWORK = PROJECT / "docs" / "asyncapi.json"


@pytest.fixture(scope="session")
def packages() -> Path:
    """Return the folder of the linters."""
    return packages_of(SOURCES)


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a file with the document of a sandbox, which has every operation that a gateway can have."""
    folder = tmp_path_factory.mktemp("sandbox")
    SharedClock.make(folder / "clock")
    clock = SharedClock(folder / "clock")
    file = folder / "openapi.json"
    file.write_text(json.dumps(describe_gateway(SERVICES, clock, is_sandbox=True)))
    return file


def spectral(packages: Path, rules: str, file: Path) -> list[Any]:
    """Return what Spectral finds in a file: errors, warnings and hints alike."""
    program = packages / "@stoplight" / "spectral-cli" / "dist" / "index.js"
    options = ["lint", "--ruleset", str(SOURCES / rules), "--format", "json", "--quiet"]
    found = run_node([str(program), *options, str(file)], file.parent, LINT_SECONDS)
    listed: list[Any] = json.loads(found)
    return listed


def redocly(packages: Path, file: Path) -> list[Any]:
    """Return what Redocly finds in a file: errors and warnings alike."""
    program = packages / "@redocly" / "cli" / "bin" / "cli.js"
    options = ["lint", "--config", str(SOURCES / "redocly.yaml"), "--format", "json", "--max-problems", "100"]
    listed: list[Any] = json.loads(run_node([str(program), *options, str(file)], file.parent, LINT_SECONDS))["problems"]
    return listed


@pytest.mark.thorough
def test_redocly_finds_nothing_in_the_openapi_document(packages: Path) -> None:
    assert redocly(packages, COMMITTED) == []


@pytest.mark.thorough
def test_redocly_finds_nothing_in_the_openapi_document_of_a_sandbox(packages: Path, sandbox: Path) -> None:
    assert redocly(packages, sandbox) == []


@pytest.mark.thorough
def test_spectral_finds_nothing_in_the_openapi_document(packages: Path) -> None:
    assert spectral(packages, "spectral-openapi.yaml", COMMITTED) == []


@pytest.mark.thorough
def test_spectral_finds_nothing_in_the_openapi_document_of_a_sandbox(packages: Path, sandbox: Path) -> None:
    assert spectral(packages, "spectral-openapi.yaml", sandbox) == []


@pytest.mark.thorough
def test_spectral_finds_nothing_in_the_asyncapi_document(packages: Path) -> None:
    assert spectral(packages, "spectral-asyncapi.yaml", NETWORK) == []


@pytest.mark.thorough
def test_the_linters_find_what_is_wrong(packages: Path, tmp_path: Path) -> None:
    """A document without security, a summary and a description has findings: the tests above can fail."""
    operation = {"operationId": "get", "responses": {"200": {"description": "Good."}}}
    document = {"openapi": "3.1.0", "info": {"title": "A", "version": "1"}, "paths": {"/a": {"get": operation}}}
    file = tmp_path / "openapi.json"
    file.write_text(json.dumps(document))
    assert "operation-description" in {each["code"] for each in spectral(packages, "spectral-openapi.yaml", file)}
    with pytest.raises(RuntimeError, match="security-defined"):
        redocly(packages, file)
