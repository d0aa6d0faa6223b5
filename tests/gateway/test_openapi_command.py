"""The command that writes what is derived from the code: what it finds outdated, and what it writes."""

from pathlib import Path

import pytest

from deploy.cli import main
from deploy.generated.source_tree import PROJECT
from gateway.console.texts import DEFAULT, FOLDER, LANGUAGES
from gateway.tables import GATEWAY_TABLES
from services import SERVICES

TUTORIAL = (Path("docs/tutorials/first-request.md"), Path("gateway/openapi/pages/tutorial.html"))


@pytest.mark.thorough
def test_openapi_check_passes_silently_on_the_committed_files(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["openapi", "--check"]) == 0
    assert capsys.readouterr() == ("", "")


@pytest.mark.thorough
def test_openapi_check_reports_each_missing_or_outdated_file_until_it_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One sentence for each file names the command to run."""
    (tmp_path / "docs").mkdir()
    (tmp_path / "deploy").mkdir()
    # As a checkout has one.
    (tmp_path / "pyproject.toml").touch()
    document, asyncapi = tmp_path / "docs" / "openapi.json", tmp_path / "docs" / "asyncapi.json"
    folders = [
        each.migrations.relative_to(PROJECT) for each in (*(service.tables for service in SERVICES), *GATEWAY_TABLES)
    ]
    schemas = [tmp_path / folder / "schema.sql" for folder in folders]
    deployed = [tmp_path / "deploy" / name for name in ("compose.yaml", "compose.cluster.yaml", "databases.sql")]
    for schema in schemas:
        schema.parent.mkdir(parents=True)
    source, page = TUTORIAL
    for file in TUTORIAL:
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / source).write_text((PROJECT / source).read_text())
    made = (tmp_path / "docs" / "counterparts.schema.json", tmp_path / page)
    catalogues = [tmp_path / FOLDER.relative_to(PROJECT) / f"{name}.po" for name in LANGUAGES if name != DEFAULT]
    catalogues[0].parent.mkdir(parents=True)
    stale = (document, asyncapi, *made, *catalogues, *deployed, *schemas)
    document.write_text((PROJECT / "docs" / "openapi.json").read_text().replace("stolen", "found", 1))
    here = ["openapi", "--project", str(tmp_path)]
    assert main([*here, "--check"]) == 1
    messages = [f"i247: {file} is not current: run `i247 openapi` and review it" for file in stale]
    assert capsys.readouterr().err.splitlines() == messages
    assert main(here) == 0
    assert document.read_text() == (PROJECT / "docs" / "openapi.json").read_text()
    assert [schema.read_text() for schema in schemas] == [
        (PROJECT / folder / "schema.sql").read_text() for folder in folders
    ]
    assert [file.read_text() for file in catalogues] == [(FOLDER / file.name).read_text() for file in catalogues]
    assert main([*here, "--check"]) == 0
