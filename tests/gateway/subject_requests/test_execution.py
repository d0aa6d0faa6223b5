"""The Commission's decisions are carried out by the services, and each bureau that has the record signs for it."""

from typing import Any

import pytest

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
async def test_a_deletion_is_carried_out_and_each_bureau_with_the_record_signs_for_it(network: Network) -> None:
    """Owner and recipient are notified alike, and the Commission sees their receipts."""
    record = await network.report()
    assert (await network.of("DE", "GET", f"/{record}")).status_code == 200
    request = await network.admitted(record)
    decided = await network.decide(request, "granted", remedy("delete"))
    assert (decided["state"], decided["records"][0]["state"]) == ("decided", "decided")
    shown = await network.comes_to(request, "carried-out")
    assert [(each["step"], each["officer"], each["record"]) for each in shown["history"]][-2:] == [
        ("decided", "ccf.officer", None),
        ("carried-out", "gateway", 1),
    ]
    assert (await network.at("GET", f"{PERSONS}/{record}")).status_code == 404
    _, message = [await network.withdrawal_message(bureau) for bureau in ("FR", "DE")]
    await network.officer("DE").step(message, "applied")

    def signed_by_germany(execution: Any) -> bool:
        receipts = {each["bureau"]: each["recall"] for each in execution["remedies"][0]["notified"]}
        return receipts["DE"]["applied"] is not None and receipts["FR"]["delivered"] is not None

    execution = await network.until(f"/{request}/execution", signed_by_germany)
    [carried_out] = execution["remedies"]
    receipts = {each["bureau"]: each["recall"] for each in carried_out["notified"]}
    assert {bureau: each["act"] for bureau, each in receipts.items()} == {"DE": "withdrawn", "FR": "withdrawn"}
    assert receipts["FR"]["applied"] is None
    assert (carried_out["deleted"]["act"], carried_out["deleted"]["reference"]) == ("decided", shown["number"])
    assert carried_out["in_effect"]


async def test_the_signed_answer_of_a_service_is_stored_as_proof(network: Network) -> None:
    """The signature covers what the service states that it did."""
    record = await network.report()
    request = await network.admitted(record)
    await network.decide(request, "granted", remedy("delete"))
    shown = await network.comes_to(request, "carried-out")
    proof = shown["records"][0]["proof"]
    assert proof["status"] == 200
    assert shown["number"] in proof["body"]
    require_proven(network, proof)


async def test_a_correction_is_carried_out_in_the_name_of_the_commission(network: Network) -> None:
    """The owner sees the reference of the decision, and not whose request it was."""
    record = await network.report()
    await network.of("DE", "GET", f"/{record}")
    request = await network.admitted(record, kind="correction")
    await network.decide(request, "granted", remedy("correct", corrections=CORRECTIONS))
    shown = await network.comes_to(request, "carried-out")
    newest, _ = await network.versions(record)
    assert (newest["record"]["forename"], newest["record"]["marks"]) == ("Julia", [])
    assert (newest["reason"], newest["made"]["bureau"], newest["made"]["officer"]) == (shown["number"], "CCF", None)
    [executed] = (await network.done("GET", f"/{request}/execution"))["remedies"]
    assert {each["bureau"]: each["recall"]["act"] for each in executed["notified"]} == {
        "DE": "corrected",
        "FR": "corrected",
    }
    assert (executed["deleted"], executed["in_effect"]) == (None, True)


@pytest.mark.thorough
async def test_the_commission_sees_that_an_owner_reverted_a_correction(network: Network) -> None:
    """The correction is in effect again once the owner restores it; other changes do not matter."""
    record = await network.report()
    request = await network.admitted(record, kind="correction")
    await network.decide(request, "granted", remedy("correct", corrections=CORRECTIONS))
    await network.comes_to(request, "carried-out")
    corrected = PERSON | {"forename": "Julia", "marks": []}
    seen = []
    for stated in (corrected | {"sex": "U"}, PERSON, corrected | {"marks": PERSON["marks"]}, corrected):
        changed = await network.of("FR", "PUT", f"/{record}", json=stated)
        assert changed.status_code == 200, changed.text
        seen += (await network.done("GET", f"/{request}/execution"))["remedies"]
    assert [each["in_effect"] for each in seen] == [True, False, False, True]
    await network.of("FR", "DELETE", f"/{record}")
    [gone] = (await network.done("GET", f"/{request}/execution"))["remedies"]
    assert (gone["in_effect"], gone["deleted"]["act"]) == (None, "deleted")


async def test_a_renewal_reason_equal_to_the_reference_does_not_block_a_correction(network: Network) -> None:
    """The service must not take the owner's text for its own decision."""
    record = await network.report()
    await network.passes(days=183)
    assert (await network.of("FR", "POST", f"/{record}/renewal", json={"reason": "CCF/2026/1"})).status_code == 200
    request = await network.admitted(record, kind="correction")
    await network.decide(request, "granted", remedy("correct", corrections=CORRECTIONS))
    assert (await network.comes_to(request, "carried-out"))["number"] == "CCF/2026/1"
    assert [each["record"]["forename"] for each in await network.versions(record)] == [
        "Julia",
        "Julia",
        "Julia",
    ]
    asked = (await network.at("GET", f"{PERSONS}/audit?purpose=data-subject-request")).json()["items"]
    assert [each["operation"] for each in asked] == ["decide_on_missing_person", "get_missing_person"]


@pytest.mark.parametrize("act", ["correct", "delete", "disclose"])
async def test_a_decision_on_a_record_deleted_meanwhile_counts_as_carried_out(network: Network, act: str) -> None:
    """Its service signs that the record is gone."""
    record = await network.report()
    request = await network.admitted(record, kind=KINDS[act])
    await network.of("FR", "DELETE", f"/{record}")
    await network.decide(request, "granted", remedy(act, **STATED[act]))
    [concerned] = (await network.comes_to(request, "carried-out"))["records"]
    if act == "disclose":
        assert concerned["proof"] is None
    else:
        require_proven(network, concerned["proof"])
        assert concerned["proof"]["status"] == 410
        assert f"record {record} is gone: deleted on 2026-06-01" in concerned["proof"]["body"]


@pytest.mark.parametrize(("act", "verbs"), [("disclose", {"read"}), ("correct", {"read", "decide"})])
async def test_a_request_to_a_service_states_only_the_scopes_that_the_act_needs(
    network: Network, act: str, verbs: set[str]
) -> None:
    """An officer may hold the read scope only."""
    request = await network.admitted(await network.report(), kind=KINDS[act])
    async with network.answering(404, b"") as service:
        await network.decide(request, "granted", remedy(act, **STATED[act]))
        await network.until(f"/{request}", lambda shown: shown["records"][0]["problem"])
    stated = service.last["state"]["caller"].scopes
    assert stated == {f"{SERVICE.name}:{verb}" for verb in verbs} | {"purpose:data-subject-request"}
