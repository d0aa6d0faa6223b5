"""A log that is opened anew from a backup, and the alarms of its witnesses."""

from shared.audit.new_log import open_new_log
from tests.gateway.witness.network import NAME, Network


async def opened(network: Network, reason: str = "a disk failed", log: int | None = None) -> None:
    """Open a new log, and sign its first checkpoint."""
    at, directory = network.mesh.clock.now(), network.mesh.directory
    async with network.database.writing(exclusive=True) as session:
        await open_new_log(session, NAME, directory, reason=reason, at=at, log=log)
    await network.sign()


async def alarmed(network: Network, bureau: str) -> list[str]:
    """Return the faults that the witness of a bureau found, the oldest first."""
    return [each.evidence.fault.value for each in reversed(await network.alarms(bureau))]


async def alarm_text(network: Network, bureau: str) -> str:
    """Return the text of the last alarm of a bureau."""
    return (await network.alarms(bureau))[0].evidence.says
