"""A server of a cluster that missed a change of its configuration is told to read it again."""

import time
from datetime import UTC, datetime, timedelta
from typing import cast

import pytest

from shared.transport.nats.server_watch import ServerWatch
from shared.transport.nats.system import Server, ServerReply, ServerState, SystemAccount


class Servers:
    """A server that read its configuration some seconds ago, and is told to read it again."""

    size = 1

    def __init__(self, loaded_ago: float) -> None:
        self.loaded_ago = loaded_ago
        self.reloaded: list[str] = []

    async def servers(self) -> list[ServerReply]:
        now = datetime.now(UTC)
        state = ServerState(now=now, config_load_time=now - timedelta(seconds=self.loaded_ago))
        return [ServerReply(Server(id="ID", name="i247-3"), state)]

    async def reload_server(self, server: str) -> None:
        self.reloaded.append(server)


@pytest.mark.parametrize(
    ("loaded_ago", "changed_ago", "reloads"),
    [(60.0, 30.0, 1), (30.5, 30.0, 1), (1.5, 0.5, 1), (29.5, 30.0, 0), (5.0, 30.0, 0)],
)
async def test_a_server_that_read_its_configuration_before_the_change_is_told_once(
    loaded_ago: float, changed_ago: float, reloads: int
) -> None:
    """Also one that read it just before."""
    servers, changed = Servers(loaded_ago), time.time() - changed_ago
    watch = ServerWatch(cast("SystemAccount", servers), lambda: changed)
    for _ in range(2):
        assert await watch.check() == []
    assert servers.reloaded == ["ID"] * reloads
