"""Pruning as users of a mailbox see it: streams, receipts of services, and automatic runs."""

import asyncio
from datetime import timedelta

import httpx
import pytest

from shared.bureaus import BureauCode
from shared.mailbox.mailbox import Mailbox
from shared.mailbox.models import MessageState
from shared.mailbox.pruning import Pruner
from shared.mailbox.rows import state_event
from shared.mailbox.tables import TABLES
from shared.mailbox.times import milliseconds
from shared.rpc.participant import Participant
from tests.gateway.mesh import Mesh
from tests.gateway.messages.event_stream import listening
from tests.gateway.messages.form_samples import HITS, WITHDRAWAL
from tests.gateway.messages.mailbox_rows import row_of
from tests.gateway.messages.notifications import notification, until_signed
from tests.gateway.messages.officers import PATIENCE, Officer
from tests.support import always

DE = BureauCode("DE")
MONTH = timedelta(days=30)


@pytest.fixture
def service(mesh: Mesh) -> Participant:
    """Return a service of the mesh."""
    return mesh.join("vehicles", "service", 100)


async def until_empty(mailbox: Mailbox) -> None:
    """Wait until there is no event left in a mailbox."""
    async with asyncio.timeout(PATIENCE):
        while await mailbox.reading.events.last():  # noqa: ASYNC110 - removal sends no signal
            await asyncio.sleep(0.005)


@pytest.mark.thorough
async def test_a_stream_resumed_from_a_pruned_event_continues_with_the_oldest_kept_one(
    mesh: Mesh, gateway: httpx.AsyncClient, france: Officer, germany: Officer
) -> None:
    """For a client that was offline for longer than 30 days; messages and evidence are kept."""
    sent = [await france.send(subject=str(number)) for number in range(4)]
    await germany.until("", lambda page: len(page["items"]) == len(sent))
    pruning = Pruner((await mesh.mailbox_host.of(DE)).mailbox, mesh.clock, always)
    await pruning.prune()
    async with listening(mesh, germany, 1) as heard:
        assert [number for number, _, _ in await heard.wait_for(len(sent) - 1)] == [2, 3, 4]
    mesh.clock.advance(MONTH)
    await pruning.prune()
    france, germany = (Officer(gateway, mesh, code) for code in ("FR", "DE"))
    later = await france.send()
    async with listening(mesh, germany, 1) as heard:
        [(number, _, event)] = await heard.wait_for(1)
    assert (number, event["id"]) == (len(sent) + 1, later)
    assert set(await germany.box()) == {*sent, later}
    assert (await germany.ask("GET", f"/{sent[0]}/evidence")).status_code == 200


async def test_an_event_is_timed_by_the_clock_of_its_own_gateway(mesh: Mesh, france: Officer, germany: Officer) -> None:
    """Arrival, receipts signed here, and receipts signed by the other bureau."""
    sent = await france.send()
    await france.sees(sent, "delivered")
    mesh.clock.advance(timedelta(minutes=1))
    await germany.step(sent, "read")
    await france.sees(sent, "read")
    last = milliseconds(mesh.clock.now().timestamp())
    for code in ("FR", "DE"):
        rows = await (await mesh.mailbox_host.of(BureauCode(code))).mailbox.reading.events.after(0, 10)
        assert [last - row.added for row in rows] == [60_000, 0]


@pytest.mark.thorough
async def test_a_service_keeps_the_receipts_of_withdrawals_and_drops_those_of_hits(
    mesh: Mesh, gateway: httpx.AsyncClient, germany: Officer, service: Participant
) -> None:
    """A late receipt for a pruned notification is still acknowledged, so that the bureau stops sending it."""
    post, mailbox = mesh.post_of(service), await mesh._mailboxes(tables=(TABLES,)).of("vehicles")
    notifications = {form: notification(mesh, DE, form=form) for form in (HITS, WITHDRAWAL)}
    async with post.running():
        for each in notifications.values():
            await post.send(each)
            await until_signed(post, each, bool)
        mesh.clock.advance(MONTH)
        await Pruner(mailbox, mesh.clock, always).prune()
        assert await until_signed(post, notifications[WITHDRAWAL], bool) == [("DE", "delivered")]
        assert (await post.proven([notifications[HITS].id])) == {notifications[HITS].id: []}
        germany = Officer(gateway, mesh, "DE")
        for each in notifications.values():
            assert (await germany.step(each.id, "read")).status_code == 200
        await until_signed(post, notifications[WITHDRAWAL], lambda signed: ("DE", "read") in signed)
        of_germany = (await mesh.mailbox_host.of(DE)).mailbox.reading
        async with asyncio.timeout(PATIENCE):
            while (await of_germany.earliest_due()).receipt is not None:  # noqa: ASYNC110 - an acknowledgement sends no signal
                await asyncio.sleep(0.005)
    assert await mailbox.reading.find(notifications[HITS].id) == []
    assert set(await germany.box()) == {each.id for each in notifications.values()}
    await mailbox.close()


@pytest.mark.thorough
@pytest.mark.usefixtures("pruned")
async def test_mailboxes_of_bureaus_and_services_are_pruned_automatically(mesh: Mesh, service: Participant) -> None:
    """By every process that runs them, from its start."""
    opened = [await mesh._mailboxes().of("DE"), await mesh._mailboxes(tables=(TABLES,)).of("vehicles")]
    for mailbox in opened:
        now = mailbox.now()
        await mailbox.write(lambda store: store.add_all([row_of("a")]))
        events = [state_event(1, "DE", MessageState.DELIVERED, now)]
        await mailbox.write(lambda store, events=events, now=now: store.events.add(events, now))
    mesh.clock.advance(MONTH)
    async with mesh.handling_mail("DE"), mesh.post_of(service).running():
        for mailbox in opened:
            await until_empty(mailbox)
            await mailbox.close()
