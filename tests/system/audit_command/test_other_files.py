"""`i247 audit verify` of files that are none of an audit log, or of another mesh: it says what to change."""

from pathlib import Path

from shared.crypto.ed25519 import SigningKey, encode_base64url
from tests.system.audit_command.conftest import ROOT_KEY
from tests.system.offline_commands import Run


def test_a_table_is_said_to_be_no_proof(run: Run) -> None:
    """However long it is: what a proof, a log and a checkpoint begin with is named."""
    for rows in (1, 100_000):
        Path("table.csv").write_text("plate,country\n" * rows)
        status, out, _ = run("table.csv")
        assert status == 1
        assert "it begins neither as JSON nor with the name of a log, such as i247/notices" in out


def test_a_file_that_fails_without_a_given_root_names_the_root_and_the_option(run: Run) -> None:
    """A good file of another mesh fails too; with its root it passes."""
    Path("home/root.pub").write_text(encode_base64url(SigningKey.generate().public.raw))
    status, _, said = run("proof.json")
    assert (status, "root.pub: give the one of another mesh with --root" in said) == (1, True)
    Path("root.pub").write_text(ROOT_KEY)
    assert run("proof.json", "--root", "root.pub", "--witness", "DE", "--witness", "FR")[::2] == (0, "")
