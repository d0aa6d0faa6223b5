"""A request is confidential from the bureaus concerned: none finds a trace of it, whatever it asks for."""

import json
from typing import Any, Final

from tests.gateway.subject_requests.commission import ADMISSIBLE, AUDITOR, PERSONS, SERVICE, Network, place, until
from tests.services.missing_persons.samples import PERSON

NAME: Final = {"name": f"{PERSON['forename']} {PERSON['family_name']}"}
# All that a bureau may ask about its records, and about what was done with them.
ASKED: Final = ("/{}", "/{}/versions", "/{}/disclosures", "", "/audit?limit=200", "/audit/log", "/subscriptions")
AT_THE_GATEWAY: Final = ("/api/hits", "/api/messages", "/api/messages?box=outbox", "/api/audit")


class Curious:
    """An officer of a bureau who looks everywhere, and audits too."""

    def __init__(self, network: Network, bureau: str, record: str) -> None:
        self._network = network
        self._bureau = bureau
        self._record = record

    async def sees(self) -> dict[str, Any]:
        """Return all that can be seen, but for the looking itself."""
        paths = [*(f"{PERSONS}{path.format(self._record)}" for path in ASKED), *AT_THE_GATEWAY]
        return {path: _without_looking(await self._asked(path), self._bureau) for path in paths}

    async def _asked(self, path: str) -> Any:
        bearer = self._network.mesh.bearer(self._bureau, *SERVICE.scopes, *AUDITOR)
        answer = await self._network.client.get(path, headers=bearer)
        assert answer.status_code in {200, 403, 404}, (path, answer.text)
        return answer.json()


def _without_looking(shown: Any, bureau: str) -> Any:
    """Return an answer without the leaves that the same bureau's looking has left, and without hashes of all leaves."""
    if "instance" in shown:
        return shown["type"]
    if "items" not in shown:
        return shown
    items = shown["items"]
    if items and "leaf" in items[0]:
        items = [json.loads(each["leaf"]) for each in items if each["leaf"] is not None]
    return [each for each in items if not ("operation" in each and each["bureau"] == bureau)]


async def hits_of(network: Network, bureau: str) -> list[Any]:
    """Wait until a bureau is told of a hit."""

    async def asked() -> Any:
        bearer = network.mesh.bearer(bureau, *AUDITOR)
        return (await network.client.get("/api/hits", headers=bearer)).json()["items"]

    told: list[Any] = await until(asked, bool)
    return told


async def test_a_bureau_finds_no_trace_of_a_request_for_access(network: Network) -> None:
    """Neither its owner nor who received the record: not by hits, messages, disclosures, versions, or the audit log."""
    record = await network.report()
    await network.report("KE", family_name="Ostrander", forename="Lind")
    await network.of("DE", "GET", "/search", params=NAME)
    assert [hit["record"] for hit in await hits_of(network, "FR")] == [record]
    await hits_of(network, "DE")
    france, germany = Curious(network, "FR", record), Curious(network, "DE", record)
    # In this order, as it is shown to France what Germany looks at.
    before = await germany.sees(), await france.sees()

    searched = await network.at("GET", f"{PERSONS}/search", params=NAME)
    assert [hit["record"]["id"] for hit in searched.json()["hits"]] == [record]
    await network.at("GET", f"{PERSONS}/{record}")
    request = await network.enter(kind="access")
    await network.done("POST", f"/{request}/records", json=place(record))
    await network.done("POST", f"/{request}/admissibility", json=ADMISSIBLE)
    await network.decide(request, "granted", {"record": 1, "act": "disclose"})
    await network.comes_to(request, "carried-out")
    for path in ("", "/execution", "/report"):
        await network.done("GET", f"/{request}{path}")
    # By the time that a later hit is told, whatever the Commission has found would have been.
    await network.of("IPSG", "GET", "/search", params={"name": "Lind Ostrander"})
    await hits_of(network, "KE")

    assert await france.sees() == before[1]
    assert await germany.sees() == before[0]


async def test_a_bureau_would_find_a_trace_of_anybody_else(network: Network) -> None:
    """What is not found of the Commission is found of another officer of the Secretariat, in every place."""
    record = await network.report()
    france = Curious(network, "FR", record)
    before = await france.sees()
    await network.of("IPSG", "GET", "/search", params=NAME)
    await hits_of(network, "FR")
    after = await france.sees()
    assert {path for path, shown in after.items() if shown != before[path]} == {
        f"{PERSONS}/{record}/disclosures",
        f"{PERSONS}/audit?limit=200",
        f"{PERSONS}/audit/log",
        "/api/hits",
        "/api/messages",
        "/api/audit",
    }


async def test_a_bureau_learns_of_a_decision_and_not_for_whom_it_is(network: Network) -> None:
    """The owner is told that the record was withdrawn, by which decision, and by nobody in person."""
    record = await network.report()
    await network.of("DE", "GET", f"/{record}")
    request = await network.admitted(record)
    await network.decide(request, "granted", {"record": 1, "act": "delete"})
    number = (await network.comes_to(request, "carried-out"))["number"]
    for bureau in ("FR", "DE"):
        await network.told(bureau)
    france = json.dumps(await Curious(network, "FR", record).sees())
    germany = json.dumps(await Curious(network, "DE", record).sees())
    assert number in france
    assert number not in germany
    for seen in (france, germany):
        for word in ("ipsg.officer", "Marlowe", "data-subject-request", "subject-requests", request):
            assert word not in seen
