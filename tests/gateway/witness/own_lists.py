"""Disclosures of a log, and the lists of them that the log proves to each bureau."""

import httpx

from gateway.witness.store import WitnessStore
from tests.gateway.witness.network import NAME, PATH, SERVICE, Network
from tests.services.stolen_vehicles.samples import ALFA

WITNESSES = ("DE", "FR", "KE")


async def show(network: Network, times: int = 1, *, bureau: str = "DE") -> None:
    """Have a bureau find the car of France, which enters it first if needed."""
    bearer = network.mesh.bearer("FR", *SERVICE.scopes)
    if not (await found(network, "FR")).json()["hits"]:
        entered = await network.client.post(PATH, json=ALFA, headers=bearer)
        assert entered.status_code == 201, entered.text
    for _ in range(times):
        await found(network, bureau)


async def found(network: Network, bureau: str) -> httpx.Response:
    """Have an officer of a bureau search for the car."""
    bearer = network.mesh.bearer(bureau, *SERVICE.scopes)
    return await network.client.get(f"{PATH}/search", params={"vin": ALFA["vin"]}, headers=bearer)


async def witnessed(network: Network) -> None:
    """Have the log signed and cosigned."""
    await network.sign()
    await network.look(*WITNESSES)


async def proven(network: Network, bureau: str) -> int | None:
    """Return the proven length of the list of a bureau."""
    kept = await WitnessStore((await network.mailbox(bureau)).reading.session).proven_lists(NAME)
    return kept[-1].length if kept else None
