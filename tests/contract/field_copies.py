"""Takes a field copy of the records of a service, without which nothing can be asked about one."""

from typing import Final

from shared.protocol.http import HttpRequest
from shared.service import Service
from tests.contract.askers import OWNER, officer_of
from tests.contract.noninterference import World
from tests.contract.operations import document_of, operations_of

# It is prepared and then logged.
STEPS: Final = 2


async def take_field_copies(service: Service, world: World) -> None:
    """Take a copy of each kind of which one is taken, for the owner of the records."""
    paths = [each.path for each in operations_of(document_of(service)) if each.path.endswith("/field-copies")]
    for path in dict.fromkeys(paths):
        order = HttpRequest("POST", path, "application/json", b"{}")
        answer = await world.ask(officer_of(OWNER, service, world.clock), order)
        assert answer.status == 202, answer.body
    for _ in range(STEPS):
        await world.work(checkpoints=False)
