"""What a hostile service can do undetected, and what a log reveals to those who count its leaves.

Each act is followed by all checks of logs: by witnesses and their patrols, and by the owners of lists.
"""

from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from shared.audit.format.leaf import decode
from shared.audit.tables import audit_leaves, audit_logs, disclosures
from shared.audit.writer import append
from shared.bureaus import BureauCode
from shared.disclosure import Disclosure
from shared.identity import Purpose
from shared.protocol.http import HttpRequest
from shared.rpc.bridge import Bridge
from shared.rpc.client import ActingOfficer, Requester
from tests.gateway.witness.network import NAME, PATH, SERVICE, Network, entry_of
from tests.gateway.witness.own_lists import WITNESSES, found, show

BUREAUS = (*WITNESSES, "IPSG")
THE_TABLE = SERVICE.metadata.tables["vehicles"]


async def all_alarms(network: Network) -> list[str]:
    """Run all checks of the log, and return the texts of the alarms."""
    await network.sign()
    await network.look(*WITNESSES)
    for bureau in WITNESSES:
        await network.patrol(bureau, steps=2)
    for bureau in BUREAUS:
        await network.check_list(bureau)
    return [each.evidence.says for bureau in BUREAUS for each in await network.alarms(bureau)]


@pytest.mark.thorough
async def test_the_checks_raise_an_alarm_for_a_rewritten_leaf_and_none_otherwise(network: Network) -> None:
    """So that the silence in the tests below is not that of broken checks."""
    await show(network)
    assert await all_alarms(network) == []
    await network.rewrite(1)
    assert await all_alarms(network) != []


@pytest.mark.thorough
async def test_a_disclosure_that_is_never_logged_is_not_detected(network: Network) -> None:
    """The service answers as usual, and leaves its log alone."""
    await show(network)
    before = await network.leaves()
    service = network.mesh.participants[NAME]
    application = SERVICE.create_app(network.mesh.records[NAME].context(1))
    await service.transport.close()
    service = network.mesh.participants[NAME] = await _connected_anew(network)
    async with application.router.lifespan_context(application):
        await network.mesh.handle(service, Bridge(application, service).handle)
        assert len((await found(network, "KE")).json()["hits"]) == 1
        assert await network.leaves() == before
    assert await all_alarms(network) == []


@pytest.mark.thorough
async def test_a_disclosure_logged_for_another_owner_is_not_detected(network: Network) -> None:
    """A record of France in the list of Kenya: both lists are complete."""
    await show(network)
    shown = Disclosure("vehicle", "0197a3c2-5b1e-7c3a-9f20-4d5e6f708192", 1, BureauCode("KE"), "search", 1.0, "vin")
    async with network.database.writing(exclusive=True) as session:
        await append(session, [_entry(shown=(shown,))])
    assert await all_alarms(network) == []


@pytest.mark.thorough
async def test_a_leaf_deleted_before_its_first_checkpoint_is_not_detected(network: Network) -> None:
    """With its count, within a second of the answer: nothing that was signed covers it."""
    await show(network)
    [head] = await network.database.reading.fetch(sa.select(audit_logs))
    leaves = len(await network.leaves())
    assert len((await found(network, "KE")).json()["hits"]) == 1
    async with network.database.writing() as session:
        for table, number in ((disclosures, disclosures.c.leaf), (audit_leaves, audit_leaves.c.number)):
            await session.execute(sa.delete(table).where(number >= leaves))
        await session.execute(sa.update(audit_logs).values(**head._mapping))
    assert await all_alarms(network) == []


@pytest.mark.thorough
async def test_an_invented_request_of_a_bureau_is_not_detected(network: Network) -> None:
    """Its auditors see it under an officer of theirs: the log holds no signature of the caller."""
    await show(network)
    async with network.database.writing(exclusive=True) as session:
        await append(session, [_entry(officer="de.invented")])
    assert await all_alarms(network) == []
    page = (await network.audit("DE", f"{PATH}/audit")).json()["items"]
    assert "de.invented" in {each["officer"] for each in page}


@pytest.mark.thorough
async def test_a_record_falsified_by_its_service_is_not_detected(network: Network) -> None:
    """Another bureau is shown what the owner never entered, in an answer that the service signed."""
    await show(network)
    async with network.database.writing() as session:
        falsified = sa.func.replace(THE_TABLE.c.content, "Alfa Romeo", "Lancia")
        assert await session.execute(sa.update(THE_TABLE).values(content=falsified)) == 1
    answer = await found(network, "DE")
    assert answer.json()["hits"][0]["record"]["make"] == "Lancia"
    assert answer.headers["i247-signature"]
    assert await all_alarms(network) == []


async def test_an_officer_invented_by_a_bureau_is_logged_as_stated(network: Network) -> None:
    """A member's own program can invent an officer and scopes; the bureau is accountable for it."""
    invented = ActingOfficer("nobody.at.all", ("stolen-vehicles:read", "purpose:warning"), Purpose.WARNING)
    germany = Requester(network.mesh.bureaus[BureauCode("DE")])
    reply = await germany.ask(NAME, HttpRequest("GET", PATH), invented, seconds=5)
    assert reply.head.status == 200
    [leaf] = [decode(each) for each in await network.leaves()]
    assert (leaf.bureau, leaf.officer) == ("DE", "nobody.at.all")


async def test_the_size_of_a_log_reveals_the_number_of_requests_of_others(network: Network) -> None:
    """To an auditor of any bureau: here by two, one of which may be a hit of another bureau."""

    async def size() -> int:
        await network.sign()
        note = (await network.audit("DE", f"{PATH}/audit/checkpoint", witnesses=0)).json()["checkpoint"]
        return int(note.splitlines()[1])

    await show(network)
    before = await size()
    await found(network, "KE")
    await found(network, "KE")
    assert await size() == before + 2


def _entry(**changed: Any) -> Any:
    entry = entry_of(changed.pop("officer", "de.officer"))
    return type(entry)(**{name: getattr(entry, name) for name in entry.__struct_fields__} | {"shown": ()} | changed)


async def _connected_anew(network: Network) -> Any:
    return replace(network.mesh.participants[NAME], transport=network.mesh.broker.connect(NAME))
