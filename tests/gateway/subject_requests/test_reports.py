"""The report to a person who asked for access: the record and its recipients."""

import pytest

from tests.gateway.messages.officers import refusal_of
from tests.gateway.subject_requests.commission import SERVICE, Network, remedy
from tests.services.missing_persons.samples import PERSON


@pytest.mark.thorough
async def test_a_report_discloses_the_record_and_its_recipients_and_is_not_stored(network: Network) -> None:
    """Without the restricted bureaus, and without the Commission's own reading."""
    record = await network.report(conditions=["H1"], restricted=["KE"])
    await network.of("DE", "GET", f"/{record}")
    request = await network.admitted(record, kind="access")
    too_early = await network.ask("GET", f"/{request}/report")
    assert refusal_of(too_early) == (409, "illegal-step")
    await network.decide(request, "granted", remedy("disclose"))
    shown = await network.comes_to(request, "carried-out")
    assert shown["records"][0]["proof"] is None
    report = await network.done("GET", f"/{request}/report")
    [disclosed] = report["records"]
    assert (report["number"], report["gone"], report["abandoned"]) == (shown["number"], [], [])
    assert (disclosed["owner"], disclosed["purpose"], disclosed["handling"]) == ("FR", "locate", "OFFICIAL_USE")
    assert (disclosed["conditions"], disclosed["service"]) == (["H1"], SERVICE.name)
    assert disclosed["content"]["family_name"] == PERSON["family_name"]
    assert "restricted" not in disclosed["content"]
    assert [each["bureau"] for each in disclosed["shown_to"]] == ["DE"]
    assert disclosed["shown_to"][0].keys() == {"bureau", "first", "last"}
    await network.of("FR", "DELETE", f"/{record}")
    assert (await network.done("GET", f"/{request}/report"))["gone"] == [1]


async def test_a_request_for_access_without_records_is_granted_with_an_empty_report(network: Network) -> None:
    """Nothing has to be carried out."""
    request = await network.admitted(kind="access")
    assert (await network.decide(request, "granted"))["state"] == "carried-out"
    report = await network.done("GET", f"/{request}/report")
    assert (report["records"], report["gone"]) == ([], [])


async def test_a_report_on_a_refused_or_a_deletion_request_is_refused(network: Network) -> None:
    record = await network.report()
    refused = await network.admitted(record, kind="access")
    await network.decide(refused, "refused")
    deletion = await network.admitted(record)
    await network.decide(deletion, "granted", remedy("delete"))
    for request in (refused, deletion):
        assert refusal_of(await network.ask("GET", f"/{request}/report")) == (409, "illegal-step")


async def test_a_report_on_a_record_unknown_to_its_service_is_refused(network: Network) -> None:
    """A record counts as gone only if its service states how it ended."""
    record = await network.report()
    request = await network.admitted(record, kind="access")
    await network.decide(request, "granted", remedy("disclose"))
    await network.comes_to(request, "carried-out")
    async with network.answering(404, b'{"type":"urn:i247:problem:not-found"}'):
        assert refusal_of(await network.ask("GET", f"/{request}/report")) == (503, "service-not-answered")


@pytest.mark.thorough
async def test_a_report_lists_abandoned_disclosures(network: Network) -> None:
    """Before the abandonment an incomplete report is refused."""
    record = await network.report()
    request = await network.admitted(record, kind="access")
    async with network.without_service():
        await network.decide(request, "granted", remedy("disclose"))
        await network.until(f"/{request}", lambda shown: shown["records"][0]["problem"])
        assert refusal_of(await network.ask("GET", f"/{request}/report"))[0] == 503
        reason = {"reason": "Its service is gone."}
        await network.done("POST", f"/{request}/records/1/abandonment", json=reason)
        report = await network.done("GET", f"/{request}/report")
        assert (report["records"], report["gone"], report["abandoned"]) == ([], [], [1])
        held = ("subject-requests:read", "purpose:data-subject-request")
        assert (await network.ask("GET", f"/{request}/report", *held)).status_code == 200
