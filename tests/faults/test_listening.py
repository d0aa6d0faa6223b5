"""A gateway that was killed leaves no process behind that takes connections in its place."""

import asyncio
from pathlib import Path

import httpx
import psutil
import pytest

from deploy.provisioning.provision import Provisioner
from deploy.state.state_dir import StateDir
from gateway.messages import SERVICE
from shared.bureaus import BureauCode
from shared.clock import SystemClock
from tests.faults.gateway import Gateway
from tests.faults.network import client_of
from tests.faults.replicas import until
from tests.system.mesh import free_port, left_of

SECONDS = 60


@pytest.mark.thorough
async def test_a_process_that_a_gateway_started_holds_no_socket_of_it_and_ends_with_it(tmp_path: Path) -> None:
    """That which makes the OpenAPI document: the system would give it connections, and nobody would answer them."""
    home = StateDir(tmp_path / "secretariat")
    home.open()
    Provisioner(home, SystemClock()).provision([BureauCode("FR")], (), (SERVICE,))
    gateway = Gateway("FR", home, tmp_path / "FR", free_port())
    try:
        gateway.start()
        async with client_of(gateway) as client:
            await gateway.until_up(client)
            asking = asyncio.create_task(client.get("/openapi.json", timeout=SECONDS))
            maker = await _maker_of(gateway)
            assert [each for each in maker.net_connections("inet") if each.status == psutil.CONN_LISTEN] == []
            gateway.kill()
            assert left_of([maker], seconds=SECONDS) == []
            with pytest.raises(httpx.TransportError):
                await asking
    finally:
        gateway.close()


async def _maker_of(gateway: Gateway) -> psutil.Process:
    def made() -> list[psutil.Process]:
        return [each for each in gateway.children() if "openapi" in each.cmdline()]

    await until(lambda: bool(made()), "it makes the document")
    return made()[0]
