"""Personal data of a request are removed a year after its end; its number and dates are kept."""

import asyncio

import pytest

from gateway.subject_requests.models import SubjectRequestState
from gateway.subject_requests.store import SubjectRequestStore
from shared.bureaus import COMMISSION
from tests.gateway.mesh import Mesh
from tests.gateway.subject_requests.commission import Network, until
from tests.gateway.subject_requests.requests import TODAY, kept


@pytest.mark.thorough
async def test_the_subject_of_a_request_is_removed_a_year_after_its_end(network: Network) -> None:
    """With statement and reasons; number, dates, officers and proof are kept."""
    record = await network.report()
    request = await network.admitted(record)
    await network.decide(request, "granted", {"record": 1, "act": "delete"})
    before = await network.comes_to(request, "carried-out")
    await network.passes(days=364)
    await network.prune()
    assert (await network.done("GET", f"/{request}"))["subject"] is not None
    await network.passes(days=1)
    await network.prune()
    shown = await network.done("GET", f"/{request}")
    assert shown["subject"] is None
    assert (shown["statement"], shown["reasons"]) == (None, None)
    for name in ("number", "kind", "state", "received", "entered", "admitted", "outcome", "forget_on"):
        assert shown[name] == before[name]
    assert shown["records"][0]["proof"] == before["records"][0]["proof"]
    assert [(each["step"], each["reason"]) for each in shown["history"]] == [
        *((each["step"], None) for each in before["history"]),
        ("forgotten", None),
    ]


@pytest.mark.thorough
async def test_the_subject_of_an_open_request_is_kept(network: Network) -> None:
    """However long the Commission takes."""
    request = await network.enter()
    await network.passes(days=3650)
    await network.prune()
    shown = await network.done("GET", f"/{request}")
    assert (shown["overdue"], shown["subject"]["family_name"]) == (True, "Marlowe")


@pytest.mark.thorough
async def test_concurrent_processes_remove_a_subject_once(network: Network) -> None:
    requests = [await network.enter() for _ in range(3)]
    for request in requests:
        await network.done("POST", f"/{request}/closure", json={"reason": "Withdrawn."})
    await network.passes(days=365)
    await asyncio.gather(*(network.prune() for _ in range(3)))
    for request in requests:
        shown = await network.done("GET", f"/{request}")
        assert [each["step"] for each in shown["history"]] == ["entered", "closed", "forgotten"]


@pytest.mark.thorough
@pytest.mark.usefixtures("pruned")
async def test_the_gateway_of_the_secretariat_removes_subjects_automatically(mesh: Mesh) -> None:
    ended = kept(state=SubjectRequestState.CLOSED, due=None, forget_on=TODAY)
    mailbox = await mesh._mailboxes().of(COMMISSION)
    await mailbox.write(lambda store: SubjectRequestStore(store.session).add(ended))
    await mailbox.close()
    async with mesh.handling_mail(COMMISSION):
        reading = (await mesh.mailbox_host.of(COMMISSION)).mailbox.reading.session
        shown = await until(
            lambda: SubjectRequestStore(reading).find(ended.id), lambda found: found is not None and not found.subject
        )
    assert (shown.state, shown.statement) == (SubjectRequestState.CLOSED, None)
