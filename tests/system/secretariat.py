"""The commands of the Secretariat for a running mesh, and requests sent to it without a pause."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

import httpx

from deploy.commands.bureaus import BureauCommands
from deploy.commands.key_decisions import KeyCommands
from deploy.state.directory_file import load_directory
from deploy.state.settings import Settings
from deploy.state.state_dir import StateDir
from shared.crypto.ed25519 import SigningKey
from shared.protocol.envelope import ReplyHead
from shared.protocol.verifier import parse
from tests.system.mesh import RunningMesh

PATH = "/api/notices"


class Secretariat:
    """The commands of the Secretariat for a running mesh, in this process."""

    def __init__(self, mesh: RunningMesh) -> None:
        self.mesh = mesh
        environment = mesh.environment
        self.settings = Settings(
            home=Path(environment["I247_HOME"]),
            port=int(environment["I247_PORT"]),
            nats_port=int(environment["I247_NATS_PORT"]),
            bureaus="FR,DE",  # type: ignore[arg-type]  # as the environment states it
            log_level="error",
        )
        self.home = StateDir(self.settings.home)
        self.keys, self.bureaus = KeyCommands(self.settings), BureauCommands(self.settings)

    def known_to_the_gateway(self) -> set[str]:
        """Return the directory entries of the running gateway."""
        return set(httpx.get(f"{self.mesh.base}/directory").json()["entries"])

    def key_in_force(self, participant: str) -> SigningKey:
        """Return the newest key of a participant, even if it is revoked."""
        newest = load_directory(self.home).entries_of(participant)[0].kid
        return next(key for key in self.home.keys_of(participant).signing if key.kid == newest)


def until(done: Callable[[], bool], seconds: float) -> None:
    """Wait until a condition holds, for at most `seconds`."""
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline, "it did not come about in time"
        time.sleep(0.02)


class Load:
    """Sends one request after the other, until the block ends."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._ask)
        self.answers: list[httpx.Response] = []

    def __enter__(self) -> "Load":
        self._thread.start()
        return self

    def __exit__(self, *_outcome: object) -> None:
        self._ending.set()
        self._thread.join()

    def signer(self) -> str:
        """Return the key that signed the last answer."""
        return kid_of(self.answers[-1])

    def _ask(self) -> None:
        while not self._ending.is_set():
            self.answers.append(self._client.get(PATH))


def kid_of(answer: httpx.Response) -> str:
    _, head, _ = parse(ReplyHead, answer.headers["I247-Signature"])
    return head.kid
