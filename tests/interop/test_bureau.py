"""A bureau written in another language takes part in a mesh, with only docs/reference/protocol.md as its source."""

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from deploy.state.state_dir import StateDir
from shared.crypto.hpke import CHUNK_BYTES
from tests.interop.node import Node
from tests.system.mesh import PROJECT, RunningMesh, run_i247, running_mesh

WAIT_SECONDS = 20
# More than one chunk, and exactly one chunk.
FILES = {"photo.jpg": os.urandom(CHUNK_BYTES + 77), "scan.tif": bytes(CHUNK_BYTES), "empty.txt": b""}


@pytest.fixture(scope="module")
def mesh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningMesh]:
    """Run a mesh of which JP is a member, with a gateway that hosts FR only."""
    home = tmp_path_factory.mktemp("interop") / "var"
    environment = {**os.environ, "I247_HOME": str(home), "PYTHONPATH": str(PROJECT)}
    run_i247("provision", "--bureaus", "FR,JP", environment=environment).check_returncode()
    with running_mesh(home, "--bureaus", "FR") as running:
        yield running


@pytest.fixture
def japan(mesh: RunningMesh, tmp_path: Path) -> Path:
    """Return the settings of a bureau in Node.js: its code, the broker's address, and its keys."""
    home = StateDir(Path(mesh.environment["I247_HOME"]))
    settings = {
        "code": "JP",
        "broker": f"nats://127.0.0.1:{mesh.environment['I247_NATS_PORT']}",
        "root": home.root_public_key.read_text().strip(),
        "signing_key": str(home.signing_key("JP")),
        "sealing_key": str(home.sealing_key("JP")),
        "nats_seed": str(home.nats_seed("JP")),
    }
    file = tmp_path / "japan.json"
    file.write_text(json.dumps(settings))
    return file


def written(folder: Path) -> list[Path]:
    """Write the files to send, and return their paths."""
    folder.mkdir()
    for name, content in FILES.items():
        (folder / name).write_bytes(content)
    return [folder / name for name in FILES]


@pytest.mark.thorough
def test_a_message_sent_from_node_is_delivered_and_receipted(
    mesh: RunningMesh, node: Node, japan: Path, tmp_path: Path
) -> None:
    """With all attachments and valid evidence; JP receives the receipts `delivered` and `read`."""
    files = written(tmp_path / "files")
    receipt = node.run("bureau.mjs", japan, "send", "FR", "routine", "盗難車", "本文 ⚠", *files)
    assert (receipt["from"], receipt["to"], receipt["state"]) == ("FR", "JP", "delivered")
    with mesh.client("FR") as france:
        message = france.get(f"/api/messages/{receipt['re']}").raise_for_status().json()
        assert (message["from"], message["subject"], message["body"]) == ("JP", "盗難車", "本文 ⚠")
        assert [each["name"] for each in message["attachments"]] == list(FILES)
        for number, content in enumerate(FILES.values(), start=1):
            answer = france.get(f"/api/messages/{receipt['re']}/attachments/{number}")
            assert answer.raise_for_status().content == content
        assert "JP" in proven(mesh, france, receipt["re"], tmp_path)
        france.post(f"/api/messages/{receipt['re']}/read").raise_for_status()
    heard = node.run("bureau.mjs", japan, "hear")
    assert (heard["re"], heard["state"]) == (receipt["re"], "read")


@pytest.mark.thorough
def test_a_message_to_a_node_bureau_is_opened_and_receipted(
    mesh: RunningMesh, node: Node, japan: Path, tmp_path: Path
) -> None:
    """With all attachments; it was sent while JP was offline, and FR can prove its delivery."""
    parts = [("attachments", (name, content)) for name, content in FILES.items()]
    draft = {"to": ["JP"], "subject": "Véhicule volé", "body": "Vu à la frontière."}
    with mesh.client("FR") as france:
        accepted = france.post("/api/messages", data={"message": json.dumps(draft)}, files=parts)
        assert accepted.status_code == 202, accepted.text
        received = node.run("bureau.mjs", japan, "receive", tmp_path)
        assert received["head"]["id"] == accepted.json()["id"]
        assert (received["content"]["subject"], received["content"]["body"]) == (draft["subject"], draft["body"])
        assert [(tmp_path / str(number)).read_bytes() for number in (1, 2, 3)] == list(FILES.values())
        assert until_delivered(france, accepted.json()["id"])["bureau"] == "JP"
        assert "delivered" in proven(mesh, france, accepted.json()["id"], tmp_path)


def until_delivered(officer: httpx.Client, message_id: str) -> dict[str, Any]:
    """Return the state of the only recipient in the outbox, once it is `delivered`."""
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        [recipient] = officer.get(f"/api/messages/{message_id}").raise_for_status().json()["recipients"]
        if recipient["state"] == "delivered":
            found: dict[str, Any] = recipient
            return found
        time.sleep(0.02)
    raise AssertionError(f"the message was never delivered: {recipient}")


def proven(mesh: RunningMesh, officer: httpx.Client, message_id: str, folder: Path) -> str:
    """Return what `evidence verify` prints for a message; all checks must pass."""
    file = folder / "evidence.json"
    file.write_bytes(officer.get(f"/api/messages/{message_id}/evidence").raise_for_status().content)
    verified = mesh.i247("evidence", "verify", str(file))
    assert verified.returncode == 0, verified.stdout + verified.stderr
    return verified.stdout
