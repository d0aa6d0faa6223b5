"""From a record or a printed request to the reason, and to the proof that anybody can verify."""

import re

import pytest

from shared.audit.checkpoint_signer import Checkpoints
from shared.audit.verify.leaf_proof import verify_proof
from shared.protocol.witnesses import trust_by
from tests.gateway.console.audit.conftest import HOSTILE, VEHICLES, Ask, cosigned
from tests.gateway.console.browser import Browser, text_of
from tests.gateway.console.conftest import SignedIn
from tests.gateway.console.markup import links
from tests.gateway.mesh import Mesh
from tests.services.missing_persons.samples import PERSON
from tests.services.stolen_vehicles.samples import ALFA


@pytest.mark.thorough
async def test_an_auditor_goes_from_a_record_to_the_reason_and_to_a_proof_that_verifies_offline(
    auditor: Browser, started: Mesh, record: str
) -> None:
    await cosigned(started)
    timeline = await auditor.get(f"/audit/records/{VEHICLES}/{record}")
    shown = text_of(timeline)
    assert "officer de.officer of DE searched stolen vehicles (purpose: border management)" in shown
    assert "1 record of your bureau was shown." in shown
    assert "officer fr.officer of FR entered records in stolen vehicles" in shown
    _read, found, _entered = links(timeline, r"/audit/entries/[^\"]+")
    reason = await auditor.get(found)
    assert "was found by what the officer asked for" in text_of(reason)
    assert "its owner opened it to all members, and has not barred DE" in text_of(reason)
    assert "Your gateway has verified the proof: it is good." in text_of(reason)
    assert "printed by fr.officer (FR), criminal investigation · " in text_of(reason), "on paper alone"
    [proof] = links(reason, r"/audit/entries/[^\"]+/proof[^\"]*")
    file = await auditor.get(proof)
    assert file.headers["content-disposition"].endswith('.json"')
    trust = trust_by(started.directory.entries())
    verified = verify_proof(file.content, started.root.public, trust=trust)
    assert verified.ok, verified.found
    assert not verify_proof(file.content.replace(b"de.officer", b"fr.officer"), started.root.public, trust=trust).ok


@pytest.mark.thorough
async def test_the_number_of_a_printed_request_leads_to_the_reason(
    auditor: Browser, started: Mesh, record: str, ask: Ask
) -> None:
    printed = (await ask("KE", "GET", f"{VEHICLES}/{record}")).headers["i247-request-id"]
    await cosigned(started)
    reason = await auditor.get("/audit/requests", id=f" {printed.upper()} ")
    assert re.fullmatch(rf"/audit/entries/{VEHICLES}/\d+", reason.url.path)
    assert "officer ke.officer of KE read a record of stolen vehicles" in text_of(reason)
    unread = await auditor.get("/audit/requests", id="printed badly")
    assert (unread.status_code, "This is no id of a request" in text_of(unread)) == (422, True)
    unknown = await auditor.get("/audit/requests/0197a3c2-9c4e-7f60-8d21-0e1f2a3b4c5d")
    assert "No entry of this request that your bureau may see" in text_of(unknown)


@pytest.mark.thorough
async def test_a_proof_that_too_few_witnesses_cosigned_is_not_called_good(
    auditor: Browser, started: Mesh, record: str
) -> None:
    await cosigned(started, by=1)
    reason = await auditor.get(links(await auditor.get("/audit", record=record), r"/audit/entries/[^\"]+")[0])
    assert "The proof is not complete yet, or not good" in text_of(reason)
    assert "it is good" not in text_of(reason)


@pytest.mark.thorough
async def test_what_another_bureau_did_with_the_records_of_others_is_not_shown(
    signed_in: SignedIn, started: Mesh, record: str
) -> None:
    await cosigned(started)
    kenya = await signed_in("KE", "audit:read")
    assert "No entry about this record" in text_of(await kenya.get(f"/audit/records/{VEHICLES}/{record}"))
    secretariat = await signed_in("IPSG", "audit:read")
    assert "de.officer" in text_of(await secretariat.get(f"/audit/records/{VEHICLES}/{record}"))


@pytest.mark.thorough
async def test_the_entry_of_a_record_and_its_proof_are_about_that_record_alone(
    signed_in: SignedIn, started: Mesh, record: str, ask: Ask
) -> None:
    """A proof of the whole answer names strangers."""
    other = str((await ask("FR", "POST", VEHICLES, json=ALFA | {"reference": "another", "vin": None})).json()["id"])
    await ask("DE", "GET", VEHICLES)
    await cosigned(started)
    auditor = await signed_in("DE", "audit:read")
    timeline = await auditor.get("/audit", record=record, operation="list_vehicles")
    [address] = links(timeline, rf"/audit/entries/[^\"]+record={record}")
    alone = await auditor.get(address)
    assert "the record that you asked about" in text_of(alone)
    assert "The answer showed 1 more record, which is not listed here." in text_of(alone)
    assert other not in alone.text
    [proof] = links(alone, r"/audit/entries/[^\"]+/proof[^\"]*")
    assert other not in (await auditor.get(proof)).text
    assert timeline.text.index(f'<mark class="mono">{record[-12:]}') < timeline.text.index(other[-12:])
    whole = await auditor.get(address.partition("?")[0])
    assert "It contains the whole answer, as far as you may see it: it names all 2 records" in text_of(whole)
    [proof] = links(whole, r"/audit/entries/[^\"]+/proof[^\"]*")
    assert {other, record} <= set(re.findall(r"[0-9a-f-]{36}", (await auditor.get(proof)).text))
    assert address in links(whole, r"/audit/entries/[^\"]+record=[^\"]+")


async def sign_nothing(_: Checkpoints) -> None:
    """Let a log grow without a checkpoint."""


@pytest.mark.thorough
async def test_an_entry_without_a_checkpoint_is_not_yet_sealed(
    auditor: Browser, started: Mesh, record: str, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is no unknown address: in a moment it is there."""
    with monkeypatch.context() as unsigned:
        # The service signs each second, also while this test runs.
        unsigned.setattr(Checkpoints, "_sign", sign_nothing)
        await ask("DE", "GET", f"{VEHICLES}/{record}")
        [newest, *_] = links(await auditor.get("/audit", record=record), r"/audit/entries/[^\"]+")
        answer = await auditor.get(newest)
        assert (answer.status_code, "Not yet sealed" in text_of(answer)) == (503, True)
        assert (await auditor.get(f"/audit/entries/{VEHICLES}/4711")).status_code == 404
    await cosigned(started)
    assert (await auditor.get(newest)).status_code == 200


@pytest.mark.thorough
async def test_hostile_text_is_shown_as_text(auditor: Browser, started: Mesh, ask: Ask) -> None:
    named = PERSON | {"family_name": HOSTILE}
    number = (await ask("FR", "POST", "missing-persons", json=named)).json()["id"]
    await ask("DE", "GET", "missing-persons/search", params={"name": HOSTILE})
    await cosigned(started, "missing-persons")
    timeline = await auditor.get(f"/audit/records/missing-persons/{number}")
    reason = await auditor.get(links(timeline, r"/audit/entries/[^\"]+")[0])
    assert "What fits, and how well:" in text_of(reason)
    for answer in (timeline, reason):
        assert "<img" not in answer.text
