"""A service whose store is restored from a backup is cosigned again once its operator has said what is lost."""

from pathlib import Path

import pytest

from deploy.cli import main
from shared.signing import encode_base64url
from tests.shared.audit.logs import BODY, ENTRIES, LOG, ROOT, SERVICE, answer_to


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the state directory of a mesh that never ran, beside files that an operator may take for a checkpoint."""
    monkeypatch.setenv("I247_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    Path("home").mkdir()
    Path("home/root.pub").write_text(encode_base64url(ROOT.public.raw) + "\n")
    Path("home/directory.jws").write_text("\n".join(ENTRIES))
    Path("note").write_text(LOG.checkpoint(300))
    Path("headers").write_text(f"i247-signature: {answer_to(7).signature}\n\n")
    Path("body").write_bytes(BODY)
    return tmp_path / "home"


@pytest.mark.parametrize(
    ("arguments", "status", "sentence"),
    [
        (["others", "--lost", "note", "--reason", "why"], 2, "there is no service others"),
        ([SERVICE, "--lost", "body", "--reason", "why"], 2, "body holds no checkpoint"),
        ([SERVICE, "--lost", "headers", "--reason", "why"], 2, "--lost is of no use: the note has no signatures"),
        (["fingerprints", "--lost", "note", "--reason", "why"], 2, "the checkpoint is not of the log of fingerprints"),
        ([SERVICE, "--lost", "note", "--reason", " "], 2, "--reason takes one line of 400 characters"),
        ([SERVICE, "--lost", "note", "--reason", "a\nb"], 2, "--reason takes one line of 400 characters"),
        ([SERVICE, "--lost", "note", "--reason", "x" * 401], 2, "--reason takes one line of 400 characters"),
        ([SERVICE, "--lost", "note", "--reason", "why"], 1, "is not restarted: the store is empty: restore it first"),
    ],
)
def test_a_log_is_not_restarted_for_nothing(
    home: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], status: int, sentence: str
) -> None:
    """Neither with what is of no use, nor without a reason, nor before the store is back."""
    assert main(["audit", "restart", *arguments]) == status
    assert sentence in capsys.readouterr().err
