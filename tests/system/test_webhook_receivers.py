"""The receivers of docs/how-to/webhooks.md get real deliveries, and refuse what the gateway did not sign just now."""

import json
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from gateway.messages.webhooks.sender import new_secret, signed_headers
from tests.system.mesh import RunningMesh, free_port, running_mesh
from tests.system.recipes import Reader

pytestmark = pytest.mark.thorough

TEST = "tests/system/test_webhook_receivers.py"
PAGE = "how-to/webhooks.md"
EVENT = {
    "number": 1,
    "type": "message",
    "id": "0197a3c2-5b1e-7c3a-9f20-4d5e6f708192",
    "bureau": "DE",
    "state": "delivered",
}
# As the gateway writes it.
BODY = json.dumps(EVENT, separators=(",", ":")).encode()
Posts = dict[str, tuple[dict[str, str], bytes]]
RECEIVERS = ("python receiver.py", "TypeScript")
COMPILE_SECONDS = 120


@pytest.fixture(scope="module")
def mesh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningMesh]:
    home = tmp_path_factory.mktemp("webhooks") / "var"
    with running_mesh(home, "--bureaus", "FR,DE", I247_WEBHOOK_PRIVATE_TARGETS="true") as mesh:
        yield mesh


@pytest.fixture
def reader(mesh: RunningMesh, tmp_path: Path) -> Reader:
    reader = Reader(tmp_path, PAGE, mesh.environment | {"PORT": str(free_port())})
    (tmp_path / "tsconfig.json").write_bytes((tmp_path / "docs/examples/clients/tsconfig.json").read_bytes())
    return reader


@contextmanager
def running(reader: Reader, receiver: str, secret: str) -> Iterator[tuple[str, Path]]:
    """Run a receiver, and yield its URL and the file of what it prints."""
    script = reader.script(TEST, "A receiver in TypeScript") if receiver == "TypeScript" else receiver
    script = script.replace("\nnode ", "\nexec node ").replace("python ", "exec python ")
    printed, port = reader.folder / "printed", int(reader.environment["PORT"])
    with printed.open("w") as out:
        process = subprocess.Popen(
            ["bash", "-c", script], cwd=reader.folder, env=reader.environment | {"SECRET": secret}, stdout=out
        )
    try:
        until_it_listens(process, port)
        yield f"http://127.0.0.1:{port}/hook", printed
    finally:
        process.terminate()
        process.wait(10)


def until_it_listens(process: "subprocess.Popen[bytes]", port: int) -> None:
    deadline = time.monotonic() + COMPILE_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None
        try:
            httpx.get(f"http://127.0.0.1:{port}/")
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError(f"nothing listens at port {port}")


def test_the_commands_of_the_page_receive_a_delivery(reader: Reader) -> None:
    """From the registration to the event in the terminal, with the receiver in Python."""
    printed = reader.run(TEST, "Register", "A receiver in Python", "When nothing comes")
    assert re.search("message [0-9a-f-]{36} DE", printed)
    assert '"state": "delivered"' in printed


@pytest.mark.parametrize("receiver", RECEIVERS)
def test_a_receiver_accepts_a_real_delivery(reader: Reader, mesh: RunningMesh, receiver: str) -> None:
    """The gateway calls the test delivered, which needs an answer 2xx in time."""
    with mesh.client("FR") as officer:
        draft = {"url": f"http://127.0.0.1:{reader.environment['PORT']}/hook"}
        webhook = officer.post("/api/messages/webhooks", json=draft).raise_for_status().json()
        with running(reader, receiver, webhook["secret"]):
            trial = officer.post(f"/api/messages/webhooks/{webhook['id']}/test").raise_for_status().json()
        officer.delete(f"/api/messages/webhooks/{webhook['id']}").raise_for_status()
    assert trial == {"delivered": True, "outcome": "204"}


@pytest.mark.parametrize("receiver", RECEIVERS)
def test_a_receiver_refuses_what_the_gateway_did_not_sign_just_now_and_acts_once(reader: Reader, receiver: str) -> None:
    """A repeated delivery is accepted, as else it would be repeated again, and not acted on."""
    secret = new_secret()
    accepted, refused = genuine_posts(secret), posts_to_refuse(secret)
    with running(reader, receiver, secret) as (url, printed):
        answers = {
            name: httpx.post(url, headers=headers, content=sent).status_code
            for name, (headers, sent) in (accepted | refused).items()
        }
    assert answers == dict.fromkeys(accepted, 204) | dict.fromkeys(refused, 401)
    assert printed.read_text().splitlines() == [f"message {EVENT['id']} DE delivered"]


def genuine_posts(secret: str) -> Posts:
    """Return a delivery twice: the answer to the first attempt may be lost."""
    genuine = signed_headers("1-a", int(time.time()), BODY, secret), BODY
    return {"genuine": genuine, "repeated": genuine}


def posts_to_refuse(secret: str) -> Posts:
    """Return the mistakes of the page, as those make them who receive or forge deliveries."""
    now = int(time.time())
    signed = signed_headers("2-a", now, BODY, secret)
    return {
        "signed with another secret": (signed_headers("2-a", now, BODY, new_secret()), BODY),
        "changed": (signed, BODY.replace(b"DE", b"PL")),
        "old": (signed_headers("2-a", now - 600, BODY, secret), BODY),
        "ahead": (signed_headers("2-a", now + 600, BODY, secret), BODY),
        "old with a new timestamp": (signed | {"webhook-timestamp": str(now - 1)}, BODY),
        "repeated with a new id": (signed | {"webhook-id": "3-a"}, BODY),
        "written anew with spaces": (signed, json.dumps(EVENT).encode()),
        "written anew in another order": (signed, json.dumps(EVENT, separators=(",", ":"), sort_keys=True).encode()),
        "unsigned": ({}, BODY),
    }
