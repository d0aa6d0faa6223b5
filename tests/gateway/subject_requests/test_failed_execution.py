"""A decision that a service does not carry out: it waits, is tried again, becomes overdue, and may be abandoned."""

import json

import pytest
import sqlalchemy as sa

from gateway.subject_requests.models import RecordLocation
from gateway.subject_requests.record_client import RecordClient
from gateway.subject_requests.store import SubjectRequestStore
from shared.bureaus import COMMISSION
from shared.records.models import CommissionDecision
from shared.rpc.client import Reply
from tests.gateway.messages.officers import refusal_of
from tests.gateway.subject_requests.commission import (
    CORRECTIONS,
    KINDS,
    PERSONS,
    SERVICE,
    STATED,
    Network,
    remedy,
    require_proven,
)
from tests.services.missing_persons.samples import PERSON


@pytest.mark.thorough
async def test_a_decision_waits_for_an_unreachable_service(network: Network) -> None:
    """It is stored with the problem, and carried out when the service is reachable."""
    records = [await network.report() for _ in range(2)]
    request = await network.admitted(*records)
    async with network.without_service():
        await network.decide(request, "granted", remedy("delete"), remedy("delete", 2))
        tried = await network.until(f"/{request}", lambda shown: all(each["problem"] for each in shown["records"]))
        assert tried["state"] == "decided"
        assert [(each["attempts"], each["proof"]) for each in tried["records"]] == [(1, None)] * 2
        assert tried["records"][0]["problem"].startswith("unreachable: ")
        await network.passes(seconds=1)
        await network.until(f"/{request}", lambda shown: {each["attempts"] for each in shown["records"]} == {2})
        [executed, _] = (await network.done("GET", f"/{request}/execution"))["remedies"]
        assert (executed["state"], executed["notified"], executed["in_effect"]) == ("decided", None, None)
        assert refusal_of(await network.ask("POST", f"/{request}/closure", json={"reason": "Please."}))[0] == 409
    await network.passes(seconds=2)
    shown = await network.comes_to(request, "carried-out")
    assert [(each["attempts"], each["problem"], each["proof"]["status"]) for each in shown["records"]] == [
        (3, None, 200)
    ] * 2
    for record in records:
        assert (await network.at("GET", f"{PERSONS}/{record}")).status_code == 404


@pytest.mark.thorough
@pytest.mark.parametrize("asks", ["attach", "report"])
async def test_attaching_and_reporting_are_refused_while_the_service_is_unreachable(
    network: Network, asks: str
) -> None:
    """No record is attached without being read, and no report is incomplete."""
    record = await network.report()
    request = await network.admitted(record, kind="access")
    await network.decide(request, "granted", remedy("disclose"))
    await network.comes_to(request, "carried-out")
    another = await network.enter()
    body = {"service": SERVICE.name, "record": record}
    async with network.without_service():
        answer = await (
            network.ask("GET", f"/{request}/report")
            if asks == "report"
            else network.ask("POST", f"/{another}/records", json=body)
        )
        assert refusal_of(answer) == (503, "service-not-answered")
    assert (await network.done("GET", f"/{another}"))["records"] == []


@pytest.mark.thorough
@pytest.mark.parametrize("act", ["delete", "correct"])
async def test_a_decision_carried_out_but_not_recorded_is_not_carried_out_twice(network: Network, act: str) -> None:
    """As after a crash between the two: the service repeats its answer with proof."""
    record = await network.report()
    request = await network.admitted(record, kind=KINDS[act])
    async with network.without_service():
        decided = await network.decide(request, "granted", remedy(act, **STATED[act]))
        await network.until(f"/{request}", lambda shown: shown["records"][0]["problem"])
    done = {"decision": act, "reference": decided["number"], **STATED[act]}
    answer = await network.at("POST", f"{PERSONS}/{record}/decision", json=done)
    assert answer.status_code == 200, answer.text
    await network.passes(seconds=1)
    [concerned] = (await network.comes_to(request, "carried-out"))["records"]
    assert (concerned["proof"]["status"], json.loads(concerned["proof"]["body"])) == (200, answer.json())
    require_proven(network, concerned["proof"])
    assert (await network.of("FR", "GET", f"/{record}/disclosures")).json()["version"] == 2


@pytest.mark.thorough
@pytest.mark.parametrize("act", ["correct", "delete", "disclose"])
async def test_a_not_found_answer_does_not_count_as_carried_out(network: Network, act: str) -> None:
    """Neither an unknown record nor an unknown path proves a deletion."""
    record = await network.report()
    request = await network.admitted(record, kind=KINDS[act])
    async with network.answering(404, b'{"type":"urn:i247:problem:not-found","detail":"there is no such path"}'):
        await network.decide(request, "granted", remedy(act, **STATED[act]))
        tried = await network.until(f"/{request}", lambda shown: shown["records"][0]["problem"])
    assert tried["records"][0]["problem"] == "not-found: there is no such path"
    assert tried["state"] == "decided"
    await network.passes(seconds=1)
    await network.comes_to(request, "carried-out")


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b"{}"),
        (200, b"\xff"),
        (200, b'{"id":"RECORD","decision":"delete","reference":"CCF/2025/1","version":2,"at":"2026-06-01T12:00:00Z"}'),
        (
            200,
            b'{"id":"RECORD","decision":"delete","reference":"CCF/2026/1","version":2,"at":"2026-06-01T12:00:00Z"}'
            + b" " * 5000,
        ),
        (204, b""),
        (410, b'{"type":"about:blank"}'),
        (410, b'"\xff'),
    ],
)
async def test_an_answer_that_does_not_state_the_decision_is_no_proof_and_is_retried(
    network: Network, status: int, body: bytes
) -> None:
    """Whatever its status."""
    record = await network.report()
    request = await network.admitted(record)
    async with network.answering(status, body.replace(b"RECORD", record.encode())):
        await network.decide(request, "granted", remedy("delete"))
        tried = await network.until(f"/{request}", lambda shown: shown["records"][0]["problem"])
    assert (tried["state"], tried["records"][0]["proof"]) == ("decided", None)
    await network.passes(seconds=1)
    await network.comes_to(request, "carried-out")


@pytest.mark.thorough
async def test_a_remedy_that_fails_in_the_gateway_does_not_block_others(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its problem is shown, it is retried, and it is logged without personal data."""
    records = [await network.report() for _ in range(2)]
    request = await network.admitted(*records)
    decides = RecordClient.decide

    async def fails(files: RecordClient, place: RecordLocation, decision: CommissionDecision) -> Reply:
        if place.record == records[0]:
            raise RuntimeError(PERSON["family_name"])
        return await decides(files, place, decision)

    with monkeypatch.context() as patched:
        patched.setattr(RecordClient, "decide", fails)
        await network.decide(request, "granted", remedy("delete"), remedy("delete", 2))
        tried = await network.until(f"/{request}", lambda shown: all(each["attempts"] for each in shown["records"]))
    failed, done = tried["records"]
    assert (failed["state"], failed["problem"]) == ("decided", "internal: the gateway failed; its log says why")
    assert done["state"] == "carried-out"
    [failure] = network.mesh.logged("decision-failed")
    assert (failure["error"], PERSON["family_name"] in json.dumps(failure)) == ("RuntimeError", False)
    await network.passes(seconds=1)
    await network.comes_to(request, "carried-out")


@pytest.mark.thorough
async def test_an_answer_that_is_not_audited_is_requested_again(network: Network) -> None:
    """The service may have carried the decision out; it then repeats its answer."""
    record = await network.report()
    request = await network.admitted(record)
    database = network.mesh.records[SERVICE.name]._database

    async def rename(table: str, name: str) -> None:
        async with database.writing() as session:
            await session.execute(sa.text(f"ALTER TABLE {table} RENAME TO {name}"))

    await rename("audit_leaves", "elsewhere")
    await network.decide(request, "granted", remedy("delete"))
    tried = await network.until(f"/{request}", lambda shown: shown["records"][0]["problem"])
    assert tried["records"][0]["problem"].startswith("not-audited: ")
    await rename("elsewhere", "audit_leaves")
    await network.passes(seconds=1)
    await network.comes_to(request, "carried-out")
    assert (await network.at("GET", f"{PERSONS}/{record}")).status_code == 404


@pytest.mark.thorough
async def test_a_decision_that_cannot_be_carried_out_becomes_overdue_and_can_be_abandoned(network: Network) -> None:
    """The request then ends and its subject is removed; nothing is shown as done or retried."""
    records = [await network.report() for _ in range(2)]
    request = await network.admitted(*records)
    async with network.without_service():
        await network.decide(request, "granted", remedy("delete"), remedy("delete", 2))
        decided = await network.until(f"/{request}", lambda shown: all(each["problem"] for each in shown["records"]))
        assert (decided["due"], decided["overdue"]) == ("2026-07-01", False)
        await network.passes(days=31)
        [late] = (await network.done("GET", params={"overdue": True}))["items"]
        assert (late["id"], late["state"]) == (request, "decided")
        for number, state in ((1, "decided"), (2, "carried-out")):
            reason = {"reason": f"The store of {number} is destroyed."}
            shown = await network.done("POST", f"/{request}/records/{number}/abandonment", json=reason)
            assert shown["state"] == state
        assert (shown["due"], shown["overdue"], shown["forget_on"]) == (None, False, "2027-07-02")
        assert [(each["state"], each["proof"]) for each in shown["records"]] == [("abandoned", None)] * 2
        last = shown["history"][-1]
        assert (last["step"], last["officer"], last["record"], last["reason"]) == (
            "abandoned",
            "ccf.officer",
            2,
            "The store of 2 is destroyed.",
        )
        again = await network.ask("POST", f"/{request}/records/1/abandonment", json=reason)
        assert refusal_of(again) == (409, "illegal-step")
    session = await network.mesh.mailbox_host.of(COMMISSION)
    assert await SubjectRequestStore(session.mailbox.reading.session).earliest_due() is None
    await network.passes(days=365)
    await network.prune()
    forgotten = await network.done("GET", f"/{request}")
    assert forgotten["subject"] is None
    assert (forgotten["records"], forgotten["history"][-2]["reason"]) == ([], None)


@pytest.mark.thorough
async def test_a_remedy_that_was_not_tried_cannot_be_abandoned(network: Network) -> None:
    """Nor can one that does not exist, or is not decided."""
    request = await network.admitted(await network.report())
    reason = {"reason": "It takes too long."}
    for number, refusal in ((1, (409, "illegal-step")), (2, (404, "not-found"))):
        assert refusal_of(await network.ask("POST", f"/{request}/records/{number}/abandonment", json=reason)) == refusal
    async with network.holding_up():
        await network.decide(request, "granted", remedy("delete"))
        early = await network.ask("POST", f"/{request}/records/1/abandonment", json=reason)
        assert refusal_of(early) == (409, "illegal-step")
    assert (await network.comes_to(request, "carried-out"))["due"] is None


@pytest.mark.thorough
async def test_corrections_that_may_have_been_made_cannot_be_restated(network: Network) -> None:
    """The service made them without answering: the request shows what was done."""
    record = await network.report()
    request = await network.admitted(record, kind="correction")
    async with network.without_service():
        decided = await network.decide(request, "granted", remedy("correct", corrections=CORRECTIONS))
        tried = await network.until(f"/{request}", lambda shown: shown["records"][0]["problem"])
    assert not tried["records"][0]["refused"]
    done = {"decision": "correct", "reference": decided["number"], "corrections": CORRECTIONS}
    assert (await network.at("POST", f"{PERSONS}/{record}/decision", json=done)).status_code == 200
    another = {"corrections": {"forename": "New"}}
    restated = await network.ask("PUT", f"/{request}/records/1/corrections", json=another)
    assert refusal_of(restated) == (409, "illegal-step")
    await network.passes(seconds=1)
    [concerned] = (await network.comes_to(request, "carried-out"))["records"]
    assert concerned["corrections"] == CORRECTIONS
    assert (await network.versions(record))[0]["record"]["forename"] == "Julia"


@pytest.mark.thorough
async def test_corrections_refused_by_a_service_can_be_restated(network: Network) -> None:
    """The Commission sees the reason; the rest of the decision is unchanged."""
    record = await network.report()
    request = await network.admitted(record, kind="correction")
    await network.decide(request, "granted", remedy("correct", corrections={"sex": "X"}))
    tried = await network.until(f"/{request}", lambda shown: shown["records"][0]["problem"])
    assert (tried["state"], tried["records"][0]["refused"]) == ("decided", True)
    assert tried["records"][0]["problem"].startswith("invalid: ")
    path = f"/{request}/records/1/corrections"
    restated = await network.done("PUT", path, json={"corrections": CORRECTIONS})
    assert (restated["records"][0]["problem"], restated["records"][0]["corrections"]) == (None, CORRECTIONS)
    shown = await network.comes_to(request, "carried-out")
    assert [each["step"] for each in shown["history"]][-3:] == ["decided", "corrections-restated", "carried-out"]
    assert (await network.versions(record))[0]["record"]["forename"] == "Julia"
    too_late = await network.ask("PUT", path, json={"corrections": CORRECTIONS})
    assert refusal_of(too_late) == (409, "illegal-step")
