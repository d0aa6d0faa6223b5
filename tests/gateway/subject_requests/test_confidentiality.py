"""A request is confidential: neither a bureau nor another officer of the Secretariat finds a trace of it.

Whatever they ask for; only the Secretariat's auditors see all.
"""

import json
from typing import Any, Final

import pytest

from deploy.provisioning.demo_accounts import demo_accounts
from gateway.local_services import LOCAL_SERVICES
from shared.bureaus import SECRETARIAT
from shared.identity import Purpose
from tests.gateway.subject_requests.commission import (
    ADMISSIBLE,
    AUDITOR,
    PERSONS,
    SERVICE,
    Network,
    place,
    until,
)
from tests.services.missing_persons.samples import PERSON

NAME: Final = {"name": f"{PERSON['forename']} {PERSON['family_name']}"}
# All that a bureau may ask about its records, and about what was done with them.
ASKED: Final = ("/{}", "/{}/versions", "/{}/disclosures", "", "/audit?limit=200", "/audit/log", "/subscriptions")
AT_THE_GATEWAY: Final = ("/api/hits", "/api/messages", "/api/messages?box=outbox", "/api/audit")
AUDITING: Final = (*SERVICE.scopes, *AUDITOR)


class Curious:
    """An officer of a bureau who looks everywhere, and audits too unless his scopes are stated."""

    def __init__(self, network: Network, bureau: str, record: str, scopes: tuple[str, ...] = AUDITING) -> None:
        self._network = network
        self._bureau = bureau
        self._record = record
        self._scopes = scopes

    async def sees(self) -> dict[str, Any]:
        """Return all that can be seen, but for the looking itself."""
        paths = [*(f"{PERSONS}{path.format(self._record)}" for path in ASKED), *AT_THE_GATEWAY]
        return {path: _without_looking(await self._asked(path), self._bureau) for path in paths}

    async def _asked(self, path: str) -> Any:
        bearer = self._network.mesh.bearer(self._bureau, *self._scopes)
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
    return [each for each in items if not _is_of_looking(each, bureau)]


def _is_of_looking(shown: Any, bureau: str) -> bool:
    return "operation" in shown and shown["bureau"] == bureau and shown["purpose"] == Purpose.SECURITY_CHECK


async def hits_of(network: Network, bureau: str) -> list[Any]:
    """Wait until a bureau is told of a hit."""

    async def asked() -> Any:
        bearer = network.mesh.bearer(bureau, *AUDITOR)
        return (await network.client.get("/api/hits", headers=bearer)).json()["items"]

    told: list[Any] = await until(asked, bool)
    return told


def ordinary() -> tuple[str, ...]:
    """Return the scopes of an ordinary officer of the Secretariat."""
    return next(demo_accounts(SECRETARIAT, "officer", "", (SERVICE, *LOCAL_SERVICES))).scopes


async def examine(network: Network, record: str) -> None:
    """Have the Commission seek a record, and grant access to it."""
    searched = await network.at("GET", f"{PERSONS}/search", params=NAME)
    assert record in {hit["record"]["id"] for hit in searched.json()["hits"]}
    await network.at("GET", f"{PERSONS}/{record}")
    request = await network.enter(kind="access")
    await network.done("POST", f"/{request}/records", json=place(record))
    await network.done("POST", f"/{request}/admissibility", json=ADMISSIBLE)
    await network.decide(request, "granted", {"record": 1, "act": "disclose"})
    await network.comes_to(request, "carried-out")
    for path in ("", "/execution", "/report"):
        await network.done("GET", f"/{request}{path}")


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

    await examine(network, record)
    # By the time that a later hit is told, whatever the Commission has found would have been.
    await network.of("IPSG", "GET", "/search", params={"name": "Lind Ostrander"})
    await hits_of(network, "KE")

    assert await france.sees() == before[1]
    assert await germany.sees() == before[0]


@pytest.mark.parametrize("owner", ["FR", "IPSG"])
async def test_an_ordinary_officer_of_the_secretariat_finds_none_either(network: Network, owner: str) -> None:
    """Other officers of the Secretariat do not learn whose requests it examines, not even where they own the record."""
    record = await network.report(owner)
    await network.report("KE", family_name="Ostrander", forename="Lind")
    secretariat = Curious(network, "IPSG", record, ordinary())
    before = await secretariat.sees()
    await examine(network, record)
    await network.of("DE", "GET", "/search", params={"name": "Lind Ostrander"})
    await hits_of(network, "KE")
    assert await secretariat.sees() == before


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


async def test_the_leaf_of_a_decision_is_named_to_whom_it_is_shown(network: Network) -> None:
    """To the owner, whose auditor may not see it, it would prove nothing."""
    record = await network.report()
    request = await network.admitted(record)
    await network.decide(request, "granted", {"record": 1, "act": "delete"})
    await network.comes_to(request, "carried-out")
    told = (await network.of("FR", "GET", f"/{record}/disclosures")).json()["deleted"]
    assert (told["act"], told["leaf"]) == ("decided", None)
    leaf = (await network.at("GET", f"{PERSONS}/{record}/disclosures")).json()["deleted"]["leaf"]
    assert (await network.of("FR", "GET", f"/audit/{leaf}")).status_code == 404
    log = (await network.of("IPSG", "GET", "/audit/log")).json()["items"]
    assert json.loads(log[leaf]["leaf"])["operation"] == "decide_on_missing_person"
