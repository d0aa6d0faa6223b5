"""The mesh under attack, and the keys with which each participant connects to its broker."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from nats.aio.client import Client

from deploy.state.state_dir import StateDir
from shared.transport.subjects import BROKER_SYSTEM
from tests.system.mesh import PROJECT, RunningMesh, run_i247, running_mesh

# The attacking bureau has no gateway in this mesh, so that only the attacker takes messages posted to it. Nor has
# the bureau whose messages wait in the stream.
ATTACKING_BUREAU, ATTACKING_SERVICE, AWAY = "FR", "stolen-vehicles", "IT"
HOSTED = ("DE", "PL")
BUREAUS = (ATTACKING_BUREAU, *HOSTED, AWAY, "IPSG")
# For attacks during which no participant is to be paused for its rate.
ANY_RATE = {
    "I247_BROKER_MESSAGES_PER_SECOND": "10000000",
    "I247_BROKER_BYTES_PER_SECOND": str(16 * 1024 * 1024 * 1024),
}
SERVICES = ("fingerprints", "firearms", "missing-persons", "notices", ATTACKING_SERVICE)


class Network:
    """A running mesh and the address of its broker."""

    def __init__(self, home: StateDir, mesh: RunningMesh) -> None:
        self.home = home
        self.mesh = mesh
        self.state: dict[str, Any] = {}
        """The streams and consumers before the first attack, once they were listed."""

    @property
    def configuration(self) -> dict[str, Any]:
        """The configuration of the broker."""
        found: dict[str, Any] = json.loads(self.home.nats_configuration.read_text())
        return found

    @property
    def url(self) -> str:
        """The address of the broker."""
        return f"nats://{self.configuration['listen']}"

    def seed(self, name: str) -> str:
        """Return the NKEY seed of a participant or of the operator."""
        return self.home.nats_seed(name).read_text().strip()

    async def connect(self, name: str, client: Client | None = None) -> Client:
        """Connect a participant under its own key."""
        return await self._connect(client or Client(), self.seed(name), f"_INBOX.{name}")

    async def connect_system(self) -> Client:
        """Connect to the system account."""
        return await self._connect(Client(), self.seed(BROKER_SYSTEM), "_INBOX.system")

    async def _connect(self, client: Client, seed: str, inbox: str) -> Client:
        try:
            await client.connect(
                self.url,
                nkeys_seed_str=seed,
                inbox_prefix=inbox,
                allow_reconnect=False,
                error_cb=_ignore,
                skip_subject_validation=True,
            )
        except BaseException:
            await client.close()
            raise
        return client


async def _ignore(_error: Exception) -> None:
    """Refusals are expected; a test looks for what was not refused."""


@contextmanager
def running_network(folder: Path, **settings: str) -> Iterator[Network]:
    """Run a mesh in which two bureaus have a gateway, and two more are members, until the block ends."""
    home = StateDir(folder / "var")
    environment = {"PYTHONPATH": str(PROJECT), "I247_HOME": str(home.path), **settings}
    members = ",".join(bureau for bureau in BUREAUS if bureau != "IPSG")
    provisioned = run_i247("provision", "--bureaus", members, environment=environment)
    assert provisioned.returncode == 0, provisioned.stderr
    with running_mesh(home.path, "--bureaus", ",".join(HOSTED), **settings) as mesh:
        yield Network(home, mesh)
