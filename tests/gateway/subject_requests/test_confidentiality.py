"""Data subject requests are confidential: invisible to bureaus and to the Secretariat, also to their auditors."""

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
# All operations of a bureau on its records, and on what was done with them.
ASKED: Final = ("/{}", "/{}/versions", "/{}/disclosures", "", "/audit?limit=200", "/audit/log", "/subscriptions")
AT_THE_GATEWAY: Final = ("/api/hits", "/api/messages", "/api/messages?box=outbox", "/api/audit")
AUDITING: Final = (*SERVICE.scopes, *AUDITOR)


class Curious:
    """An officer of a bureau who reads everything, as an auditor too unless scopes are given."""

    def __init__(self, network: Network, bureau: str, record: str, scopes: tuple[str, ...] = AUDITING) -> None:
        self._network = network
        self._bureau = bureau
        self._record = record
        self._scopes = scopes

    async def sees(self) -> dict[str, Any]:
        """Return all that the officer can read, without traces of this reading."""
        paths = [*(f"{PERSONS}{path.format(self._record)}" for path in ASKED), *AT_THE_GATEWAY]
        return {path: _without_looking(await self._asked(path), self._bureau) for path in paths}

    async def _asked(self, path: str) -> Any:
        bearer = self._network.mesh.bearer(self._bureau, *self._scopes)
        answer = await self._network.client.get(path, headers=bearer)
        assert answer.status_code in {200, 403, 404}, (path, answer.text)
        return answer.json()


def _without_looking(shown: Any, bureau: str) -> Any:
    """Return an answer without the leaves of the same bureau's reading, and without hashes of leaves."""
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
    """Wait until a bureau is notified of a hit."""

    async def asked() -> Any:
        bearer = network.mesh.bearer(bureau, *AUDITOR)
        return (await network.client.get("/api/hits", headers=bearer)).json()["items"]

    hits: list[Any] = await until(asked, bool)
    return hits


def ordinary() -> tuple[str, ...]:
    """Return the scopes of an ordinary officer of the Secretariat."""
    return next(demo_accounts(SECRETARIAT, "officer", "", (SERVICE, *LOCAL_SERVICES))).scopes


async def examine(network: Network, record: str) -> None:
    """Have the Commission search for a record, and grant access to it."""
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


@pytest.mark.thorough
async def test_a_request_for_access_is_invisible_to_owner_and_recipient_of_the_record(network: Network) -> None:
    """In hits, messages, disclosures, versions and the audit log."""
    record = await network.report()
    await network.report("KE", family_name="Ostrander", forename="Lind")
    await network.of("DE", "GET", "/search", params=NAME)
    assert [hit["record"] for hit in await hits_of(network, "FR")] == [record]
    await hits_of(network, "DE")
    france, germany = Curious(network, "FR", record), Curious(network, "DE", record)
    # In this order, as France is shown what Germany reads.
    before = await germany.sees(), await france.sees()

    await examine(network, record)
    # When a later hit has been notified, one of the Commission would have been, too.
    await network.of("IPSG", "GET", "/search", params={"name": "Lind Ostrander"})
    await hits_of(network, "KE")

    assert await france.sees() == before[1]
    assert await germany.sees() == before[0]


@pytest.mark.thorough
@pytest.mark.parametrize("owner", ["FR", "IPSG"])
async def test_a_request_for_access_is_invisible_to_an_ordinary_officer_of_the_secretariat(
    network: Network, owner: str
) -> None:
    """Also where the Secretariat owns the record."""
    record = await network.report(owner)
    await network.report("KE", family_name="Ostrander", forename="Lind")
    secretariat = Curious(network, "IPSG", record, ordinary())
    before = await secretariat.sees()
    await examine(network, record)
    await network.of("DE", "GET", "/search", params={"name": "Lind Ostrander"})
    await hits_of(network, "KE")
    assert await secretariat.sees() == before


@pytest.mark.thorough
async def test_a_request_for_access_is_invisible_to_the_auditors_of_the_secretariat(network: Network) -> None:
    """They see all that anybody else asks."""
    record = await network.report()
    auditor = Curious(network, "IPSG", record)
    before = await auditor.sees()
    await examine(network, record)
    assert await auditor.sees() == before
    assert (await network.of("DE", "GET", f"/{record}")).status_code == 200
    assert await auditor.sees() != before


@pytest.mark.thorough
async def test_a_search_by_another_officer_of_the_secretariat_is_visible_to_the_owner(network: Network) -> None:
    """In every place in which a request of the Commission is invisible."""
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


@pytest.mark.thorough
async def test_a_decision_is_visible_to_the_owner_without_the_person_who_requested_it(network: Network) -> None:
    """With its reference; the recipient sees the withdrawal only. Neither sees an officer."""
    record = await network.report()
    await network.of("DE", "GET", f"/{record}")
    request = await network.admitted(record)
    await network.decide(request, "granted", {"record": 1, "act": "delete"})
    number = (await network.comes_to(request, "carried-out"))["number"]
    for bureau in ("FR", "DE"):
        await network.withdrawal_message(bureau)
    france = json.dumps(await Curious(network, "FR", record).sees())
    germany = json.dumps(await Curious(network, "DE", record).sees())
    assert number in france
    assert number not in germany
    for seen in (france, germany):
        for word in ("ccf.officer", "Marlowe", "data-subject-request", "subject-requests", request):
            assert word not in seen


@pytest.mark.thorough
async def test_the_audit_leaf_of_a_decision_is_shown_only_to_the_commission(network: Network) -> None:
    """The owner's auditor may not read the leaf, so it would prove nothing to them."""
    record = await network.report()
    request = await network.admitted(record)
    await network.decide(request, "granted", {"record": 1, "act": "delete"})
    await network.comes_to(request, "carried-out")
    deleted = (await network.of("FR", "GET", f"/{record}/disclosures")).json()["deleted"]
    assert (deleted["act"], deleted["leaf"]) == ("decided", None)
    leaf = (await network.at("GET", f"{PERSONS}/{record}/disclosures")).json()["deleted"]["leaf"]
    assert (await network.of("FR", "GET", f"/audit/{leaf}")).status_code == 404
    log = (await network.at("GET", f"{PERSONS}/audit/log")).json()["items"]
    assert json.loads(log[leaf]["leaf"])["operation"] == "decide_on_missing_person"
    of_secretariat = (await network.of("IPSG", "GET", "/audit/log")).json()["items"]
    assert (of_secretariat[leaf]["leaf"], of_secretariat[leaf]["hash"]) == (None, log[leaf]["hash"])
    assert (await network.of("IPSG", "GET", f"/audit/{leaf}")).status_code == 404
