"""The pages of auditors: from a record or a printed request to the reason, and to the proof that anybody can verify."""

import csv
import json
import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from html import unescape
from io import StringIO
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from gateway.console.audit.acts import sentence_of
from gateway.console.audit.alarms import OF_BROKER, OF_CLOCK, OF_DIRECTORY, OF_SERVICE
from gateway.console.audit.operations import groups_of
from gateway.console.references import id_in
from gateway.witness.rules import MEANINGS, Fault
from gateway.witness.store import AlarmEvidence, WitnessStore
from gateway.witness.watching import Witness
from services import SERVICES
from shared.audit.checkpoint_signer import MIN_INTERVAL, Checkpoints
from shared.audit.verify.leaf_proof import verify_proof
from shared.bureaus import BureauCode
from shared.identity import Purpose
from shared.mailbox.store import MailStore
from shared.protocol.witnesses import assigned, trust_by
from tests.gateway.console.browser import Browser, text_of
from tests.gateway.console.conftest import SignedIn
from tests.gateway.mesh import Mesh
from tests.services.missing_persons.samples import PERSON
from tests.services.stolen_vehicles.samples import ALFA

VEHICLES: Final = "stolen-vehicles"
HOSTILE: Final = "<img src=x onerror=alert(1)>"
API: Final = Path(__file__).parents[3] / "docs" / "openapi.json"

Ask = Callable[..., Awaitable[httpx.Response]]


@pytest.fixture
async def ask(gateway: httpx.ASGITransport, started: Mesh) -> Ask:
    """Return a function that sends a request of an officer to the API, a second after the last."""
    every = [scope for service in SERVICES for scope in service.scopes]

    async def send(bureau: str, method: str, path: str, **options: Any) -> httpx.Response:
        started.clock.advance(timedelta(seconds=1))
        async with httpx.AsyncClient(transport=gateway, base_url="http://gateway") as client:
            headers = started.bearer(bureau, *every, purpose=Purpose.BORDER_MANAGEMENT)
            answer = await client.request(method, f"/api/{path}", headers=headers, **options)
        assert answer.is_success, answer.text
        return answer

    return send


@pytest.fixture
async def record(ask: Ask) -> str:
    """Return a vehicle that France entered, and Germany found and read."""
    number = str((await ask("FR", "POST", VEHICLES, json=ALFA)).json()["id"])
    await ask("DE", "GET", f"{VEHICLES}/search", params={"vin": ALFA["vin"]})
    await ask("DE", "GET", f"{VEHICLES}/{number}")
    return number


@pytest.fixture
async def auditor(signed_in: SignedIn) -> Browser:
    """Return the browser of an auditor of France, who has no other right."""
    return await signed_in("FR", "audit:read")


def witnesses_of(mesh: Mesh, service: str) -> list[str]:
    """Return the witnesses of the log of a service."""
    return sorted(assigned(service, mesh.directory.entries(), mesh.clock.now().timestamp()))


async def cosigned(mesh: Mesh, service: str = VEHICLES, *, by: int = 3) -> None:
    """Let a service sign the state of its log, and witnesses cosign it."""
    mesh.clock.advance(MIN_INTERVAL)
    await Checkpoints(mesh.participants[service], mesh.records[service]._database).run_once()
    for bureau in witnesses_of(mesh, service)[:by]:
        session = await mesh.mailbox_host.of(BureauCode(bureau))
        await Witness(session.mailbox, session.bureau).look(service)


def links(answer: httpx.Response, pattern: str) -> list[str]:
    """Return the addresses of links on a page that match a pattern."""
    return [unescape(each) for each in re.findall(rf'href="({pattern})"', answer.text)]


# --- an auditor explains a disclosure to a judge


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
async def test_who_has_seen_a_record_says_what_its_list_covers(
    signed_in: SignedIn, auditor: Browser, record: str
) -> None:
    """Else an auditor takes their own part for all of it."""
    of_owner = text_of(await auditor.get(f"/audit/records/{VEHICLES}/{record}"))
    assert "Your bureau owns the record: you see each bureau that was shown it." in of_owner
    of_reader = text_of(await (await signed_in("DE", "audit:read")).get(f"/audit/records/{VEHICLES}/{record}"))
    assert "FR owns the record, and your bureau does not" in of_reader
    assert "When your bureau was shown the record" in of_reader
    assert "Bureaus that were shown the record" not in of_reader
    secretariat = await (await signed_in("IPSG", "audit:read")).get(f"/audit/records/{VEHICLES}/{record}")
    assert "As the General Secretariat you see each bureau" in text_of(secretariat)


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


@pytest.mark.thorough
async def test_an_entry_without_a_checkpoint_is_not_yet_sealed(auditor: Browser, started: Mesh, record: str) -> None:
    """It is no unknown address: in a moment it is there."""
    [newest, *_] = links(await auditor.get("/audit", record=record), r"/audit/entries/[^\"]+")
    answer = await auditor.get(newest)
    assert (answer.status_code, "Not yet sealed" in text_of(answer)) == (503, True)
    assert (await auditor.get(f"/audit/entries/{VEHICLES}/4711")).status_code == 404
    await cosigned(started)
    assert (await auditor.get(newest)).status_code == 200


# --- timelines


@pytest.mark.thorough
async def test_a_timeline_is_filtered_by_its_address_and_taken_out_as_a_file(auditor: Browser, record: str) -> None:
    of_germany = await auditor.get(
        "/audit", bureau="de", operation="search_vehicles", **{"from": "2026-06-01", "to": "2026-06-01"}
    )
    assert "read a record" not in text_of(of_germany)
    [file] = links(of_germany, r"/audit\?[^\"]*format=csv[^\"]*")
    [line] = csv.DictReader(StringIO((await auditor.get(file)).content.decode("utf-8-sig")))
    assert (line["Officer"], line["Purpose"], line["Records"]) == ("de.officer", "border-management", "1")
    assert "vin" not in line.values(), "what matched is shown with the reason alone"
    nobody = text_of(await auditor.get("/audit", officer="nobody"))
    assert "No entry fits" in nobody


@pytest.mark.thorough
async def test_readings_of_auditors_are_left_out_and_counted(auditor: Browser, record: str) -> None:
    """Else an auditor would soon see nothing but their own looks."""
    await auditor.get("/audit")
    answer = await auditor.get("/audit")
    assert f"{len(SERVICES)} entries are left out, as they say that an auditor read a log." in text_of(answer)
    assert "read the audit log of notices" not in text_of(answer)
    [everything] = links(answer, r"/audit\?[^\"]*readings=yes")
    assert "read the audit log of notices" in text_of(await auditor.get(everything))


@pytest.mark.thorough
@pytest.mark.parametrize("spelling", [str.upper, "urn:uuid:{}".format, "http://x/records/notices/{}?lang=fr".format])
async def test_a_record_is_found_by_its_id_in_any_spelling(
    auditor: Browser, record: str, spelling: Callable[[str], str]
) -> None:
    assert "de.officer of DE searched" in text_of(await auditor.get("/audit", record=spelling(record)))


@pytest.mark.thorough
async def test_a_record_is_found_by_the_reference_of_its_owner(
    signed_in: SignedIn, auditor: Browser, started: Mesh, ask: Ask
) -> None:
    """A judge has no id. Nothing is learnt of records that the bureau may not see, or was not shown."""
    named = {"reference": "PV-2026-4711", "restricted": ["KE"]}
    number = str((await ask("FR", "POST", VEHICLES, json=ALFA | named)).json()["id"])
    await ask("DE", "GET", f"{VEHICLES}/{number}")
    answer = await auditor.get("/audit", reference="PV-2026-4711")
    assert "de.officer of DE read a record of stolen vehicles" in text_of(answer)
    assert f'<mark class="mono">{number[-12:]}' in answer.text
    assert any(number in each for each in links(answer, r"/audit/entries/[^\"]+")), "its proof is of this record alone"
    of_germany = text_of(await (await signed_in("DE", "audit:read")).get("/audit", reference="PV-2026-4711"))
    assert "de.officer of DE read a record" in of_germany
    assert "fr.officer" not in of_germany
    unread = ALFA | {"reference": "PV-2026-4712", "vin": None, "plate": "AB-123-CD"}
    await ask("FR", "POST", VEHICLES, json=unread)
    for bureau, reference in (("KE", "PV-2026-4711"), ("DE", "PV-2026-4712")):
        auditor_there = await signed_in(bureau, "audit:read")
        found, unknown = [await auditor_there.get("/audit", reference=each) for each in (reference, "PV-2026-4799")]
        assert "No entry fits" in text_of(found)
        assert found.text.replace(reference, "PV-2026-4799") == unknown.text


@pytest.mark.thorough
@pytest.mark.parametrize("typed", ["2026/52482", "Delacroisière"])
async def test_what_is_no_id_is_refused_with_the_places_where_an_id_stands(auditor: Browser, typed: str) -> None:
    answer = await auditor.get("/audit", record=typed)
    assert answer.status_code == 422
    assert "This is no id." in text_of(answer)
    assert "An officer who may read the record finds the id on its page" in text_of(answer)


def test_an_id_is_read_as_people_write_it() -> None:
    plain = "0197a3c2-5b1e-7c3a-9f20-4d5e6f708192"
    for written in (plain.replace("-", ""), plain.replace("-", " "), plain.replace("-", "\u2011"), f"{{{plain}}}"):
        assert id_in(written) == plain
    assert id_in(f"{plain}0") is None
    assert id_in("unknown") is None


@pytest.mark.thorough
async def test_operations_are_chosen_in_words(auditor: Browser, record: str) -> None:
    answer = await auditor.get("/audit", operation="search_vehicles", service=VEHICLES)
    assert '<option value="search_vehicles" selected>Stolen vehicles: searched</option>' in answer.text
    assert "search_notices" not in answer.text, "of the register that was chosen"
    assert "searched stolen vehicles" in text_of(answer)
    unlisted = await auditor.get("/audit", operation="brew_coffee")
    assert '<option value="brew_coffee" selected>' in unlisted.text


def test_each_operation_to_choose_is_one_of_the_api() -> None:
    services = [service.name for service in SERVICES]
    *of_kinds, _unasked = groups_of(services)
    paths = json.loads(API.read_text(encoding="utf-8"))["paths"].values()
    known = {each["operationId"] for path in paths for each in path.values()}
    assert {each.operation for group in of_kinds for each in group.choices} <= known


@pytest.mark.thorough
async def test_a_faulty_filter_is_marked_and_nothing_is_asked(auditor: Browser) -> None:
    answer = await auditor.get("/audit", bureau="Nowhere", **{"from": "yesterday"})
    assert answer.status_code == 422
    assert "Write the day as 2026-05-31." in text_of(answer)
    answer = await auditor.get("/audit", bureau="Nowhere")
    assert (answer.status_code, 'id="bureau-fault"' in answer.text) == (422, True)


@pytest.mark.thorough
async def test_a_log_that_cannot_be_read_is_named(auditor: Browser, started: Mesh, record: str) -> None:
    """Silence is never nothing found."""
    for (subject, _group), subscriptions in list(started.broker.subscriptions.items()):
        if ".notices." in f".{subject}.":
            for subscription in list(subscriptions):
                await subscription.stop()
    shown = text_of(await auditor.get("/audit"))
    assert "Entries of these registers may be missing here: notices: its log cannot be read now" in shown
    assert "de.officer" in shown
    file = await auditor.get("/audit", format="csv")
    assert "audit-incomplete-without-readings.csv" in file.headers["content-disposition"]
    assert "does not answer Nothing is known of its log now." in text_of(await auditor.get("/audit/logs"))


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


@pytest.mark.parametrize(
    ("operation", "says"),
    [
        ("list_audit_of_notices", "read the audit log"),
        ("search_vehicles", "searched"),
        ("list_vehicle_versions", "history"),
        ("publish_record", "sent a record that was published"),
        ("publish_notice", "changed a record"),
        ("take_vehicle_field_copy", "field copy"),
        ("brew_coffee", "used"),
    ],
)
def test_each_operation_is_told_in_a_sentence(operation: str, says: str) -> None:
    assert says in sentence_of({"operation": operation})


# --- logs, alarms, figures


@pytest.mark.thorough
async def test_the_state_of_each_log_says_which_witness_is_behind(auditor: Browser, started: Mesh, record: str) -> None:
    behind = witnesses_of(started, VEHICLES)[-1]
    await cosigned(started)
    await cosigned(started)
    text = text_of(await auditor.get("/audit/logs"))
    assert "proven" in text
    await auditor.get(f"/audit/records/{VEHICLES}/{record}")
    await cosigned(started, by=2)
    started.clock.advance(timedelta(minutes=2))
    page = await auditor.get("/audit/logs")
    [row] = [each for each in page.text.split("<tr>") if "stolen vehicles</th>" in each or "stolen vehicles\n" in each]
    assert re.search(rf">{behind}</abbr>.{{0,120}}badge bad\">1 entry behind", row, re.DOTALL), row
    checkpoint = await auditor.get(f"/audit/logs/{VEHICLES}/checkpoint")
    assert checkpoint.json()["checkpoint"].startswith(f"i247/{VEHICLES}\n")


@pytest.mark.thorough
async def test_an_alarm_says_what_it_means_and_what_to_do(auditor: Browser, started: Mesh) -> None:
    assert "Your gateway has raised no alarm" in text_of(await auditor.get("/audit/alarms"))
    evidence = AlarmEvidence(
        service=VEHICLES, fault=Fault.SHRUNK, says=f"the log has {HOSTILE}", seen_size=2, seen="", shown="", at=1
    )
    session = await started.mailbox_host.of(BureauCode("FR"))

    async def raise_alarm(store: MailStore) -> None:
        await WitnessStore(store.session).raise_alarm(evidence)

    await session.mailbox.write(raise_alarm)
    answer = await auditor.get("/audit/alarms")
    assert "The audit log showed fewer entries than its service had signed. What to do: Keep" in text_of(answer)
    assert "<img" not in answer.text


def test_every_alarm_has_a_meaning() -> None:
    """The alarms that gateways raise, by what they are about."""
    ours = (OF_SERVICE, OF_BROKER, OF_DIRECTORY, OF_CLOCK)
    for known, raised in zip(ours, MEANINGS.values(), strict=True):
        assert set(known) == {fault.value for fault in raised}


@pytest.mark.thorough
async def test_the_figures_of_a_bureau_are_shown(auditor: Browser, record: str) -> None:
    shown = text_of(await auditor.get("/audit/figures"))
    assert "stolen vehicles FR 1 0 0 1 0 0 within the limits" in shown


@pytest.mark.thorough
async def test_an_officer_who_is_no_auditor_is_refused(signed_in: SignedIn, record: str) -> None:
    officer = await signed_in("FR", "stolen-vehicles:read")
    for path in ("/audit", f"/audit/records/{VEHICLES}/{record}", f"/audit/entries/{VEHICLES}/0", "/audit/alarms"):
        answer = await officer.get(path)
        assert (answer.status_code, "You may not do this" in text_of(answer)) == (403, True)
    assert 'href="/audit"' not in (await officer.get("/")).text
