"""A wrong clock of a service or gateway deletes and expires nothing, and `/health` reports its offset."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from gateway.monitoring.pings import UNPROVEN_SECONDS, Pings
from gateway.witness.rules import Fault
from gateway.witness.store import WitnessStore
from services import stolen_vehicles
from services.stolen_vehicles.store import VehicleStore
from shared.bureaus import BureauCode
from shared.clock import FixedClock
from shared.mailbox.mailbox import Mailboxes
from shared.mailbox.models import MessageState
from shared.mailbox.pruning import Pruner
from shared.mailbox.rows import state_event
from shared.protocol.signed_times import SignedTimes
from shared.rpc.client import Requester
from shared.rpc.irreversible import blocked_reason, may_be_taken
from shared.transport.subjects import Lane
from tests.faults.stepwise_post import Post
from tests.gateway.fake_service import Echo, FakeService
from tests.gateway.mesh import Mesh, SkewedClock, client_of
from tests.services.stolen_vehicles.samples import ALFA

SERVICE = stolen_vehicles.SERVICE
PATH = "/api/stolen-vehicles"
YEARS = timedelta(days=5 * 365 + 2)
DECADES = timedelta(days=80 * 365)
FR, DE, IPSG = map(BureauCode, ("FR", "DE", "IPSG"))


@pytest.fixture
def of_services(clock: FixedClock) -> SkewedClock:
    """Return the clock of the services, which is right until a test steps it."""
    return SkewedClock(clock, timedelta(0))


class Vehicles:
    """The service of stolen vehicles, as its operators see it."""

    def __init__(self, mesh: Mesh, client: httpx.AsyncClient) -> None:
        self.mesh = mesh
        self.client = client
        self._records = mesh.records[SERVICE.name]
        # Tests run each job themselves: those that run every second could interfere.
        self._works = {work.name: work for work in self._records._jobs()}

    async def ask(self, bureau: str, method: str = "GET", **options: Any) -> httpx.Response:
        bearer = self.mesh.bearer(bureau, *SERVICE.scopes)
        return await self.client.request(method, PATH, headers=bearer, **options)

    async def pass_time(self) -> None:
        """Pass the current time from two bureaus to the service."""
        for bureau in ("FR", "DE"):
            await self.ask(bureau)

    async def kept(self) -> int:
        """Return how many vehicles are left after three runs of the retention job."""
        for _ in range(3):
            await self._works["retention of vehicles"].run_once()
        rows = await self._records._database.reading.fetch(sa.select(VehicleStore.table.c.id), in_thread=True)
        return len(rows)


@pytest.fixture
async def vehicles(clock: FixedClock, of_services: SkewedClock, tmp_path: Path) -> AsyncIterator[Vehicles]:
    """Run the service with one vehicle; no participant has received a time from another yet."""
    mesh = Mesh(clock, tmp_path, of_services=of_services, times=SignedTimes)
    async with AsyncExitStack() as stack:
        await mesh.start(SERVICE, tmp_path, stack, number=100)
        vehicles = Vehicles(mesh, await stack.enter_async_context(client_of(mesh.gateway(SERVICE))))
        assert (await vehicles.ask("FR", "POST", json=ALFA)).status_code == 201
        yield vehicles


def let_keys_last(mesh: Mesh) -> None:
    for participant in mesh.participants:
        mesh.change_entries(participant, not_after=(mesh.clock.now() + DECADES).timestamp())


@pytest.mark.parametrize("lasting", [True, False], ids=["with a key", "without a key"])
async def test_a_service_with_a_clock_years_ahead_deletes_no_record(
    vehicles: Vehicles, of_services: SkewedClock, lasting: bool
) -> None:
    """Whether it has a valid key at that time or not; the records are served once its clock is corrected."""
    if lasting:
        let_keys_last(vehicles.mesh)
    await vehicles.pass_time()
    of_services.step(YEARS)
    assert await vehicles.kept() == 1
    await vehicles.pass_time()
    assert await vehicles.kept() == 1
    of_services.step(-YEARS)
    assert [item["vin"] for item in (await vehicles.ask("DE")).json()["items"]] == [ALFA["vin"]]


async def test_an_expired_record_is_deleted_once_two_bureaus_confirm_the_time(
    vehicles: Vehicles, clock: FixedClock
) -> None:
    """Not while the mesh is idle, nor if one bureau alone confirms it, as it may lie."""
    let_keys_last(vehicles.mesh)
    await vehicles.pass_time()
    clock.advance(YEARS)
    assert await vehicles.kept() == 1
    await vehicles.ask("FR")
    assert await vehicles.kept() == 1
    await vehicles.ask("DE")
    assert await vehicles.kept() == 0


@pytest.mark.parametrize("bureaus", [("KE",), ("KE", "IPSG")])
async def test_a_bureau_with_a_false_time_does_not_prevent_deletions(
    vehicles: Vehicles, clock: FixedClock, bureaus: tuple[str, ...]
) -> None:
    """As long as more bureaus agree on the time."""
    let_keys_last(vehicles.mesh)
    clock.advance(YEARS)
    await vehicles.pass_time()
    times = vehicles.mesh.participants[SERVICE.name].times
    times.add("KE", 1.0, clock)
    assert times.assess(clock).signers == 3
    assert await vehicles.kept() == 0


# --- gateways


@pytest.fixture
async def post(clock: FixedClock, tmp_path: Path) -> AsyncIterator[Post]:
    """Yield two bureaus on a broker in memory, which have received no time from others yet."""
    mesh = Mesh(clock, times=SignedTimes)
    mailboxes = Mailboxes(lambda name: f"sqlite:///{tmp_path / name}.db", clock, mesh.log)
    yield Post(mesh, mailboxes)
    await mailboxes.close()


def pass_time(mesh: Mesh, *bureaus: BureauCode) -> None:
    """Pass the current time from two services to bureaus."""
    for bureau in bureaus:
        for service in ("notices", "fingerprints"):
            mesh.bureaus[bureau].times.add(service, mesh.clock.now().timestamp(), mesh.clock)


async def test_a_gateway_with_a_clock_ahead_expires_no_message(post: Post, clock: FixedClock) -> None:
    """It expires once its time is over and others confirm that."""
    await post.ensure_streams()
    await post.send("A car")
    pass_time(post.mesh, FR)
    worker, month = await post.worker(), timedelta(days=31)
    for passes, state in ((clock.step, MessageState.SENT), (clock.advance, MessageState.EXPIRED)):
        passes(month)
        if state is MessageState.EXPIRED:
            pass_time(post.mesh, FR)
        clock.advance(timedelta(seconds=2))
        await worker.deliver_due()
        [delivery] = await (await post.sender()).reading.deliveries.of(1)
        assert delivery.state == state


async def test_a_gateway_with_a_clock_ahead_refuses_no_message_as_expired(post: Post, clock: FixedClock) -> None:
    """A refusal is final; the message is received once the clock is corrected."""
    await post.ensure_streams()
    await post.send("A car")
    await (await post.worker()).deliver_due()
    pass_time(post.mesh, FR, DE)
    clock.step(timedelta(days=31))
    assert await post.receive() == 1
    assert await post.mesh.bureaus[FR].transport.collect(Lane.URGENT, limit=10, seconds=0.05) == []
    clock.step(timedelta(days=-31))
    clock.advance(timedelta(seconds=10))
    await (await post.worker()).deliver_due()
    await post.receive()
    assert await post.subjects() == ["A car"]


@pytest.mark.thorough
async def test_a_mailbox_is_pruned_only_while_the_clock_is_confirmed(post: Post, clock: FixedClock) -> None:
    """A clock that is a month ahead prunes nothing."""
    mailbox, france = await post.sender(), post.mesh.bureaus[FR]
    await post.send("A car")
    await mailbox.write(lambda store: store.events.add([state_event(1, "DE", MessageState.SENT, 0)], mailbox.now()))
    pruning = Pruner(mailbox, clock, lambda: may_be_taken(france))
    pass_time(post.mesh, FR)
    clock.step(timedelta(days=31))
    await pruning.prune()
    assert len(await mailbox.reading.events.after(0, 10)) == 1
    clock.step(timedelta(days=-31))
    clock.advance(timedelta(days=31))
    pass_time(post.mesh, FR)
    await pruning.prune()
    assert await mailbox.reading.events.after(0, 10) == []


# --- health

Asker = tuple[Mesh, httpx.AsyncClient]
LEAPS = [timedelta(seconds=-20), timedelta(hours=1), timedelta(days=365), YEARS, -YEARS]


@pytest.fixture
async def asker(clock: FixedClock, of_services: SkewedClock, tmp_path: Path) -> AsyncIterator[Asker]:
    """Run a gateway and three services; the gateway and `echo` each have a clock of their own."""
    mesh = Mesh(SkewedClock(clock, timedelta(0)), tmp_path, times=SignedTimes)
    services = [FakeService(name=name) for name in ("echo", "other", "third")]
    for number, service in enumerate(services, 100):
        mesh.clock_of_services = of_services if service.name == "echo" else clock
        await mesh.serve(service, Echo(), number=number)
    async with client_of(mesh.gateway(*services)) as client:
        yield mesh, client


async def health(asker: Asker) -> Any:
    asker[0].clock.advance(timedelta(seconds=1))
    return (await asker[1].get("/health")).json()


@pytest.mark.parametrize("by", LEAPS, ids=str)
async def test_health_reports_the_clock_offset_of_a_service(
    asker: Asker, of_services: SkewedClock, by: timedelta
) -> None:
    """Also if none of its answers is accepted, or none of its keys is valid at that time."""
    of_services.step(by)
    found = await health(asker)
    ahead = {name: each["clock_ahead_seconds"] for name, each in found["services"].items()}
    assert ahead == {"echo": by.total_seconds(), "other": 0.0, "third": 0.0}
    assert (found["services"]["echo"]["status"] == "up") == (abs(by) < timedelta(seconds=30))
    assert (found["clock"]["ahead_seconds"], found["clock"]["compared"], found["clock"]["waiting"]) == (0.0, 3, None)


@pytest.mark.parametrize("by", LEAPS, ids=str)
async def test_health_reports_a_corrected_clock_at_once(asker: Asker, of_services: SkewedClock, by: timedelta) -> None:
    """Also if it was ahead: an answer to a new request cannot be a replay."""
    of_services.step(by)
    await health(asker)
    of_services.step(-by)
    assert (await health(asker))["services"]["echo"]["clock_ahead_seconds"] == 0.0
    of_services.step(-by)
    assert (await health(asker))["services"]["echo"]["clock_ahead_seconds"] == -by.total_seconds()


async def test_health_reports_the_clock_offset_of_the_gateway(
    asker: Asker,
) -> None:
    """And that irreversible operations are suspended meanwhile."""
    await health(asker)
    asker[0].clock.step(timedelta(hours=1))
    found = await health(asker)
    assert found["clock"] == {"ahead_seconds": 3600.0, "compared": 3, "waiting": "clock-off"}
    assert {each["clock_ahead_seconds"] for each in found["services"].values()} == {0.0}


async def test_a_clock_offset_raises_an_alarm_at_the_secretariat(asker: Asker, of_services: SkewedClock) -> None:
    """With the service and the offset; so does a clock that too few others confirm for a minute."""
    mesh, _ = asker
    secretariat = mesh.bureaus[IPSG]
    mesh.mailbox_host.host(secretariat)
    mailbox = (await mesh.mailbox_host.of(IPSG)).mailbox
    hosted = {code: Requester(participant) for code, participant in mesh.bureaus.items()}
    keeping = Pings(("echo", "other", "third"), {IPSG: hosted[IPSG]})
    for unproven in (UNPROVEN_SECONDS - 1, UNPROVEN_SECONDS):
        assert await WitnessStore(mailbox.reading.session).alarms(2**53, 10) == []
        await keeping._raise_alarms(mailbox, secretariat.times.assess(mesh.clock), unproven_seconds=unproven)
    of_services.step(timedelta(hours=1))
    for service in ("echo", "other", "third"):
        await keeping._ask(secretariat, service)
    assert blocked_reason(secretariat) is None
    await keeping._raise_alarms(mailbox, secretariat.times.assess(mesh.clock), unproven_seconds=0)
    alarms = await WitnessStore(mailbox.reading.session).alarms(2**53, 10)
    assert [(each.evidence.service, each.evidence.fault) for each in alarms] == [
        ("echo", Fault.CLOCK_OFF),
        ("gateway", Fault.CLOCK_NOT_PROVEN),
    ]
    assert "3600 s ahead" in alarms[0].evidence.says
    await mesh.mailbox_host.close()
