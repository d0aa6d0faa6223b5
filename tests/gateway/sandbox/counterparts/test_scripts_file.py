"""The file of `i247 up --counterparts`: read before anything is started, and refused by name."""

import json
from pathlib import Path

import pytest

from deploy.cli import main
from deploy.state.counterparts import scripts_in
from deploy.state.errors import SettingsRefused
from deploy.state.settings import load_settings


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("{", "it is not valid JSON"),
        (r'{"DE": {"messages": {"do": "answer", "text": "\u0000"}}}', "contains the character U+0000"),
        ('{"DE": {}, "DE": {}}', "duplicate member"),
        ('["DE"]', "it is not a JSON object"),
        ('{"DE": {"hits": {"do": "confrim"}}}', "DE/hits/do: must be confirm, deny"),
        ('{"DE": {"hits": {"do": "confirm", "after_seconds": true}}}', "DE/hits/after_seconds: must be a number"),
        ('{"XX": {}}', "XX: must be the code of a member"),
        ('{"IPSG": {}}', "IPSG: must be the code of a member"),
        ('{"KE": {}}', "KE is no bureau of this mesh, which has FR, DE: add it to --bureaus"),
        ("[" * 100_000, "it is not valid JSON"),
        (" " * (1024 * 1024 + 1), "it has more than 1048576 bytes"),
    ],
)
def test_a_faulty_file_is_refused_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], content: str, says: str
) -> None:
    """The command says what to change, and creates nothing."""
    file, home = tmp_path / "scripts.json", tmp_path / "state"
    file.write_text(content)
    monkeypatch.setenv("I247_HOME", str(home))
    assert main(["up", "--bureaus", "FR,DE", "--counterparts", str(file)]) == 3
    said = capsys.readouterr().err
    assert f"I247_COUNTERPARTS: {file}: " in said
    assert says in said
    assert not home.exists()


@pytest.mark.thorough
def test_a_missing_file_is_refused_by_name(tmp_path: Path) -> None:
    """As one that may not be read."""
    with pytest.raises(SettingsRefused, match=r"none\.json: it cannot be read"):
        scripts_in(load_settings(counterparts=tmp_path / "none.json"))


@pytest.mark.thorough
def test_a_mesh_with_a_file_of_scripts_is_a_sandbox(tmp_path: Path) -> None:
    """It need not be said twice."""
    file = tmp_path / "scripts.json"
    file.write_text(json.dumps({"DE": {"messages": {"do": "read"}}}))
    settings = load_settings(counterparts=file)
    assert settings.sandbox
    scripts = scripts_in(settings)
    assert scripts is not None
    assert [script.messages and script.messages.do for script in scripts.values()] == ["read"]
