"""`i247 evidence verify` checks a file with the root's public key, and needs neither a mesh nor the network."""

from pathlib import Path

import pytest

from deploy.state.printable import printable
from shared.crypto.ed25519 import encode_base64url
from shared.protocol.evidence import assemble
from shared.protocol.messages import seal_message
from tests.shared.correspondents import ENTRIES, KEYS, PDF, ROOT, content, draft, proven, receipt
from tests.system.offline_commands import Run, running_offline

MESSAGE = seal_message(draft(), KEYS["FR"])
FILE = assemble(proven(MESSAGE), (receipt(MESSAGE, "DE"), receipt(MESSAGE, "IT", "refused")), ENTRIES)
ROOT_KEY = encode_base64url(ROOT.public.raw)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Return a function that runs the command in an empty folder without a network."""
    offline = running_offline("evidence", tmp_path, monkeypatch, capsys)
    Path("evidence.json").write_bytes(FILE)
    Path("report.pdf").write_bytes(PDF)
    Path("root.pub").write_text(ROOT_KEY + "\n")
    return offline


def test_genuine_evidence_is_summarised_and_exits_0(run: Run) -> None:
    """The summary names sender, recipients and content; one line reports each check, and the last that all passed."""
    status, out, _ = run("evidence.json", "--root", "root.pub", "--attachment", "report.pdf")
    assert status == 0
    assert out.startswith("FR to DE, IT, 2026-06-01 12:00:00 UTC, routine, criminal-investigation\n")
    for line in (
        "  officer  fr.officer",
        "  subject  Véhicule volé à Lyon",
        "  | Please answer.",
        "  DE signed: delivered, 2026-06-01 12:00:01 UTC",
        "  IT signed: refused (wrong-bureau), 2026-06-01 12:00:01 UTC",
        "ok         attachment report.pdf: it is attachment 1 of the message: report.pdf",
    ):
        assert line in out.splitlines()
    assert out.splitlines()[-1] == "all checks passed"


def test_forged_evidence_fails_and_exits_1(run: Run) -> None:
    """Each failed check has a line, and nothing unproven is summarised."""
    Path("evidence.json").write_bytes(FILE.replace(b"Lyon", b"Metz"))
    status, out, _ = run("evidence.json", "--root", "root.pub", "--attachment", "root.pub")
    assert status == 1
    wrong = [line for line in out.splitlines() if line.startswith("FAILED")]
    assert wrong == [
        "FAILED     content: content and salt do not fit the signed digest",
        "FAILED     attachment root.pub: the message has no attachment with this digest",
    ]
    assert "Metz" not in out
    assert out.splitlines()[-1] == "2 of 10 checks failed: this proves nothing"


def test_the_root_key_is_a_file_a_key_or_that_of_the_state_directory(run: Run) -> None:
    """Without --root, the file in the state directory is used."""
    assert run("evidence.json", "--root", "root.pub")[0] == 0
    assert run("evidence.json", "--root", ROOT_KEY)[0] == 0
    Path("home").mkdir()
    Path("root.pub").rename("home/root.pub")
    assert run("evidence.json")[0] == 0


def test_evidence_of_an_undisclosed_recipient_names_only_that_recipient(run: Run) -> None:
    """It names recipients whose salts are in the file, and how many others there are."""
    message = seal_message(draft(disclosed=False), KEYS["FR"])
    own = {"DE": message.blinds["DE"]}
    Path("own.json").write_bytes(assemble(proven(message, blinds=own), (receipt(message, "DE"),), ENTRIES))
    assert run("own.json", "--root", ROOT_KEY)[1].startswith("FR to DE and 1 that the file does not name, ")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((), "give FILE: `i247 evidence verify --help` says more"),
        (
            ("evidence.json",),
            "root.pub cannot be read (No such file or directory): give the root's public key with --root",
        ),
        (("none.json", "--root", ROOT_KEY), "none.json cannot be read (No such file or directory)"),
        (("evidence.json\0", "--root", ROOT_KEY), "cannot be read (no file can have this name)"),
        ((".", "--root", ROOT_KEY), ". cannot be read (Is a directory)"),
        (("evidence.json", "--root", ROOT_KEY, "--attachment", "none"), "none cannot be read"),
        (("evidence.json", "--root", "evidence.json"), "evidence.json is neither a public key nor a file with one"),
        (("evidence.json", "--root", ROOT_KEY[:-1]), "is neither a public key nor a file with one"),
        (("evidence.json", "--root", "x" * 5_000), "is neither a public key nor a file with one"),
    ],
)
def test_wrong_usage_prints_one_sentence_and_exits_2(run: Run, arguments: tuple[str, ...], sentence: str) -> None:
    """The sentence names the argument; the evidence is not reported as wrong."""
    status, out, errors = run(*arguments)
    assert (status, out) == (2, "")
    assert sentence in errors


def test_control_characters_of_a_message_are_escaped(run: Run) -> None:
    """Bidirectional controls too; a text cannot leave its line."""
    written = content(subject="\x1b[2Jall checks passed\r", body="a\nok         form: \u202eb\tc")
    message = seal_message(draft(content=written), KEYS["FR"])
    Path("rude.json").write_bytes(assemble(proven(message), (), ENTRIES))
    status, out, _ = run("rude.json", "--root", ROOT_KEY)
    assert status == 0
    assert "  subject  \\x1b[2Jall checks passed\\r\n" in out
    assert "\n  | ok         form: \\u202eb\\tc\n" in out
    assert printable(out.replace("\n", " ")) == out.replace("\n", " ")
