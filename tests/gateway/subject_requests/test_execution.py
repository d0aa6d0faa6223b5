"""From the request of a person to the bureaus that have signed: what was decided is carried out, whatever fails."""

from typing import Any

from tests.gateway.subject_requests.commission import PERSONS, Network


def remedy(act: str, record: int = 1, **more: Any) -> dict[str, Any]:
    return {"record": record, "act": act, **more}


async def test_a_deletion_is_carried_out_and_each_bureau_that_had_the_record_signs_for_it(network: Network) -> None:
    """Owner and receiver are told the same, sign, and the Commission sees who has, and what the service signed."""
    record = await network.report()
    assert (await network.of("DE", "GET", f"/{record}")).status_code == 200
    request = await network.admitted(record)
    decided = await network.decide(request, "granted", remedy("delete"))
    assert (decided["state"], decided["records"][0]["state"]) == ("decided", "decided")
    shown = await network.comes_to(request, "carried-out")
    [concerned] = shown["records"]
    assert (concerned["state"], concerned["proof"]["status"]) == ("carried-out", 200)
    assert shown["number"] in concerned["proof"]["body"]
    assert (await network.at("GET", f"{PERSONS}/{record}")).status_code == 404
    message = await network.told("DE")
    assert await network.told("FR") == message
    await network.officer("DE").step(message, "applied")

    def signed_by_germany(execution: Any) -> bool:
        told = {each["bureau"]: each["told"] for each in execution["remedies"][0]["told"]}
        return told["DE"]["applied"] is not None and told["FR"]["delivered"] is not None

    execution = await network.until(f"/{request}/execution", signed_by_germany)
    [carried_out] = execution["remedies"]
    assert {each["bureau"]: each["told"]["act"] for each in carried_out["told"]} == {
        "DE": "withdrawn",
        "FR": "withdrawn",
    }
    assert (carried_out["deleted"]["act"], carried_out["deleted"]["reference"]) == ("decided", shown["number"])
