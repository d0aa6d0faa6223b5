"""A folder with a proof, a log and a directory for `i247 audit`, and the command without a network."""

from pathlib import Path

import pytest

from shared.audit.format.proof_file import write_proof
from shared.crypto.ed25519 import encode_base64url
from tests.shared.audit.notices_log import (
    BODY,
    ENTRIES,
    FORGED,
    LOG,
    PROOF,
    ROOT,
    answer_to,
    entry_of,
)
from tests.shared.directories import directory_text
from tests.system.offline_commands import Run, running_offline

# In this directory DE, FR and IT are the witnesses of all logs.
MEMBERS = (*ENTRIES, entry_of("IT"), entry_of("IPSG"))
ROOT_KEY = encode_base64url(ROOT.public.raw)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Return a function that runs the command in an empty folder without a network."""
    offline = running_offline("audit", tmp_path, monkeypatch, capsys)
    Path("home").mkdir()
    Path("home/root.pub").write_text(ROOT_KEY + "\n")
    Path("home/directory.json").write_text(directory_text(MEMBERS, ROOT))
    Path("proof.json").write_bytes(PROOF)
    Path("log.jsonl").write_bytes(b"".join(LOG.lines(100)))
    Path("growth.json").write_bytes(write_proof(LOG.growth(100, 300)))
    Path("note").write_text(LOG.checkpoint(300))
    Path("forged").write_text(FORGED.checkpoint(300, by=[]))
    Path("headers").write_text(
        f"HTTP/1.1 200 OK\ncontent-type: application/json\ni247-signature: {answer_to(7).signature}\n\n"
    )
    Path("body").write_bytes(BODY)
    return offline
