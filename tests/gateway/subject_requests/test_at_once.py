"""Concurrent steps of data subject requests: a decision is carried out once, and the latest decision counts."""

import asyncio
import json

import msgspec
import pytest

from gateway.subject_requests.store import SubjectRequestStore
from gateway.subject_requests.worker import LEASE_SECONDS, RemedyWorker
from shared.bureaus import COMMISSION
from tests.gateway.messages.officers import PATIENCE, refusal_of
from tests.gateway.subject_requests.commission import CORRECTIONS, KINDS, STATED, Network, place, remedy


@pytest.mark.thorough
async def test_concurrent_workers_carry_a_decision_out_once(network: Network) -> None:
    """One of them claims it."""
    record = await network.report()
    request = await network.admitted(record, kind="correction")
    async with network.without_service():
        await network.decide(request, "granted", remedy("correct", corrections=CORRECTIONS))
        await network.until(f"/{request}", lambda shown: shown["records"][0]["problem"])
    session = await network.mesh.mailbox_host.of(COMMISSION)
    await network.passes(seconds=LEASE_SECONDS)
    await asyncio.gather(*(RemedyWorker(session.mailbox, session.bureau).run_once() for _ in range(3)))
    shown = await network.comes_to(request, "carried-out")
    assert [each["step"] for each in shown["history"]].count("carried-out") == 1
    assert len(await network.versions(record)) == 2


@pytest.mark.thorough
@pytest.mark.parametrize("act", ["delete", "correct"])
async def test_a_decision_sent_to_a_service_twice_takes_effect_and_is_recorded_once(network: Network, act: str) -> None:
    """As when a claim expired while its worker was still busy."""
    record = await network.report()
    request = await network.admitted(record, kind=KINDS[act])
    async with network.without_service():
        await network.decide(request, "granted", remedy(act, **STATED[act]))
        await network.until(f"/{request}", lambda shown: shown["records"][0]["problem"])
    session = await network.mesh.mailbox_host.of(COMMISSION)
    requests = SubjectRequestStore(session.mailbox.reading.session)
    [due] = await requests.due(session.mailbox.now() + 1_000, 10)
    await asyncio.gather(*(RemedyWorker(session.mailbox, session.bureau).carry_out(due) for _ in range(2)))
    shown = await network.done("GET", f"/{request}")
    assert (shown["state"], [each["step"] for each in shown["history"]].count("carried-out")) == ("carried-out", 1)
    made = json.loads(shown["records"][0]["proof"]["body"])["version"]
    disclosures = (await network.of("FR", "GET", f"/{record}/disclosures")).json()
    assert (made, disclosures["version"]) == (2, 2)


@pytest.mark.thorough
async def test_corrections_cannot_be_restated_while_they_are_being_sent(network: Network) -> None:
    """Also after a refusal, as they may be accepted now; after another refusal they can."""
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


@pytest.mark.thorough
async def test_a_late_answer_to_earlier_corrections_is_not_recorded_for_restated_ones(network: Network) -> None:
    """A slow worker applied the earlier ones; the service then reports a different decision."""
    record = await network.report()
    request = await network.admitted(record, kind="correction")
    await network.decide(request, "granted", remedy("correct", corrections={"sex": "X"}))
    await network.until(f"/{request}", lambda shown: shown["records"][0]["refused"])
    session = await network.mesh.mailbox_host.of(COMMISSION)
    [due] = await SubjectRequestStore(session.mailbox.reading.session).due(session.mailbox.now() + 1_000, 10)
    slow = msgspec.structs.replace(due, record=msgspec.structs.replace(due.record, corrections={"forename": "Old"}))
    async with network.without_service():
        await network.done("PUT", f"/{request}/records/1/corrections", json={"corrections": CORRECTIONS})
        await network.until(f"/{request}", lambda shown: shown["records"][0]["problem"])
    await RemedyWorker(session.mailbox, session.bureau).carry_out(slow)
    await network.passes(seconds=1)
    tried = await network.until(f"/{request}", lambda shown: shown["records"][0]["attempts"] > 1)
    assert (tried["state"], tried["records"][0]["refused"]) == ("decided", False)
    assert tried["records"][0]["problem"].startswith("decided-otherwise: ")
    assert (await network.versions(record))[0]["record"]["forename"] == "Old"


@pytest.mark.thorough
async def test_a_remedy_carried_out_after_its_abandonment_is_recorded_with_its_proof(network: Network) -> None:
    """The history shows both steps."""
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


async def test_a_record_cannot_be_attached_to_a_request_decided_meanwhile(network: Network) -> None:
    """The request was open when the service was asked for the record."""
    record = await network.report()
    request = await network.admitted()
    async with network.holding_up() as arrived:
        attaching = asyncio.create_task(network.ask("POST", f"/{request}/records", json=place(record)))
        await asyncio.wait_for(arrived.wait(), PATIENCE)
        await network.decide(request, "refused")
    assert refusal_of(await attaching) == (409, "illegal-step")
    assert (await network.done("GET", f"/{request}"))["records"] == []
