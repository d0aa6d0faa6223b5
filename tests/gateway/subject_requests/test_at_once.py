"""What happens at once: a decision is carried out once, and what is decided meanwhile is what counts."""

import asyncio
import json

import msgspec
import pytest

from gateway.subject_requests.store import SubjectRequestStore
from gateway.subject_requests.worker import LEASE_SECONDS, RemedyWorker
from shared.bureaus import SECRETARIAT
from tests.gateway.messages.officers import PATIENCE, refusal_of
from tests.gateway.subject_requests.commission import CORRECTIONS, KINDS, STATED, Network, place, remedy


async def test_several_processes_carry_a_decision_out_once(network: Network) -> None:
    """One of them claims it; the others leave it alone."""
    record = await network.report()
    request = await network.admitted(record, kind="correction")
    async with network.without_service():
        await network.decide(request, "granted", remedy("correct", corrections=CORRECTIONS))
        await network.until(f"/{request}", lambda shown: shown["records"][0]["problem"])
    desk = await network.mesh.mailbox_host.of(SECRETARIAT)
    await network.passes(seconds=LEASE_SECONDS)
    await asyncio.gather(*(RemedyWorker(desk.mailbox, desk.bureau).run_once() for _ in range(3)))
    shown = await network.comes_to(request, "carried-out")
    assert [each["step"] for each in shown["history"]].count("carried-out") == 1
    assert len(await network.versions(record)) == 2


@pytest.mark.parametrize("act", ["delete", "correct"])
async def test_what_two_ask_for_is_done_and_noted_once(network: Network, act: str) -> None:
    """As when one has taken so long that another has claimed it: both learn that it is done."""
    record = await network.report()
    request = await network.admitted(record, kind=KINDS[act])
    async with network.without_service():
        await network.decide(request, "granted", remedy(act, **STATED[act]))
        await network.until(f"/{request}", lambda shown: shown["records"][0]["problem"])
    desk = await network.mesh.mailbox_host.of(SECRETARIAT)
    requests = SubjectRequestStore(desk.mailbox.reading.session)
    [due] = await requests.due(desk.mailbox.now() + 1_000, 10)
    await asyncio.gather(*(RemedyWorker(desk.mailbox, desk.bureau).carry_out(due) for _ in range(2)))
    shown = await network.done("GET", f"/{request}")
    assert (shown["state"], [each["step"] for each in shown["history"]].count("carried-out")) == ("carried-out", 1)
    made = json.loads(shown["records"][0]["proof"]["body"])["version"]
    told = (await network.of("FR", "GET", f"/{record}/disclosures")).json()
    assert (made, told["version"]) == (2, 2)


async def test_corrections_are_not_restated_while_they_are_tried(network: Network) -> None:
    """Though they were refused before: by now they may fit. Once they are refused again, others are carried out."""
    record = await network.report()
    request = await network.admitted(record, kind="correction")
    await network.decide(request, "granted", remedy("correct", corrections={"sex": "X"}))
    await network.until(f"/{request}", lambda shown: shown["records"][0]["problem"])
    async with network.holding_up() as arrived:
        await network.passes(seconds=1)
        await asyncio.wait_for(arrived.wait(), PATIENCE)
        restated = await network.ask("PUT", f"/{request}/records/1/corrections", json={"corrections": CORRECTIONS})
        assert refusal_of(restated) == (409, "illegal-step")
    await network.until(f"/{request}", lambda shown: shown["records"][0]["refused"])
    await network.done("PUT", f"/{request}/records/1/corrections", json={"corrections": CORRECTIONS})
    [concerned] = (await network.comes_to(request, "carried-out"))["records"]
    assert (concerned["attempts"], concerned["corrections"]) == (1, CORRECTIONS)


async def test_what_is_done_late_is_not_noted_of_corrections_that_were_restated_meanwhile(network: Network) -> None:
    """As when one was asked so slowly that another was refused meanwhile: the service says what it has done."""
    record = await network.report()
    request = await network.admitted(record, kind="correction")
    await network.decide(request, "granted", remedy("correct", corrections={"sex": "X"}))
    await network.until(f"/{request}", lambda shown: shown["records"][0]["refused"])
    desk = await network.mesh.mailbox_host.of(SECRETARIAT)
    [due] = await SubjectRequestStore(desk.mailbox.reading.session).due(desk.mailbox.now() + 1_000, 10)
    slow = msgspec.structs.replace(due, record=msgspec.structs.replace(due.record, corrections={"forename": "Old"}))
    async with network.without_service():
        await network.done("PUT", f"/{request}/records/1/corrections", json={"corrections": CORRECTIONS})
        await network.until(f"/{request}", lambda shown: shown["records"][0]["problem"])
    await RemedyWorker(desk.mailbox, desk.bureau).carry_out(slow)
    await network.passes(seconds=1)
    tried = await network.until(f"/{request}", lambda shown: shown["records"][0]["attempts"] > 1)
    assert (tried["state"], tried["records"][0]["refused"]) == ("decided", False)
    assert tried["records"][0]["problem"].startswith("decided-otherwise: ")
    assert (await network.versions(record))[0]["record"]["forename"] == "Old"


async def test_what_is_done_after_all_is_noted_though_it_was_abandoned_meanwhile(network: Network) -> None:
    """What is so is shown, and proven."""
    request = await network.admitted(await network.report())
    async with network.without_service():
        await network.decide(request, "granted", remedy("delete"))
        await network.until(f"/{request}", lambda shown: shown["records"][0]["problem"])
    async with network.holding_up() as arrived:
        await network.passes(seconds=1)
        await asyncio.wait_for(arrived.wait(), PATIENCE)
        reason = {"reason": "It takes too long."}
        abandoned = await network.done("POST", f"/{request}/records/1/abandonment", json=reason)
        assert (abandoned["state"], abandoned["records"][0]["state"]) == ("carried-out", "abandoned")
    shown = await network.until(f"/{request}", lambda shown: shown["records"][0]["proof"])
    assert (shown["state"], shown["records"][0]["state"]) == ("carried-out", "carried-out")
    assert [each["step"] for each in shown["history"]][-2:] == ["abandoned", "carried-out"]


async def test_nothing_is_attached_to_what_is_decided_meanwhile(network: Network) -> None:
    """Though it was not when the service was asked."""
    record = await network.report()
    request = await network.admitted()
    async with network.holding_up() as arrived:
        attaching = asyncio.create_task(network.ask("POST", f"/{request}/records", json=place(record)))
        await asyncio.wait_for(arrived.wait(), PATIENCE)
        await network.decide(request, "refused")
    assert refusal_of(await attaching) == (409, "illegal-step")
    assert (await network.done("GET", f"/{request}"))["records"] == []
