"""Timelines of auditors: of a record, filtered, found by an id or a reference, and taken out as a file."""

from collections.abc import Callable

import pytest

from gateway.console.audit.acts import sentence_of
from gateway.console.audit.operations import groups_of
from gateway.console.references import id_in
from services import SERVICES
from tests.gateway.console.audit.conftest import VEHICLES, Ask
from tests.gateway.console.browser import Browser, rows_of, text_of
from tests.gateway.console.conftest import SignedIn
from tests.gateway.console.markup import links
from tests.gateway.console.records.record_samples import document
from tests.gateway.mesh import Mesh
from tests.services.stolen_vehicles.samples import ALFA


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
async def test_a_timeline_is_filtered_by_its_address_and_taken_out_as_a_file(auditor: Browser, record: str) -> None:
    of_germany = await auditor.get(
        "/audit", bureau="de", operation="search_vehicles", **{"from": "2026-06-01", "to": "2026-06-01"}
    )
    assert "read a record" not in text_of(of_germany)
    [file] = links(of_germany, r"/audit\?[^\"]*format=csv[^\"]*")
    [line] = rows_of(await auditor.get(file))
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
    paths = document()["paths"].values()
    known = {each["operationId"] for path in paths for each in path.values()}
    assert {each.operation for group in of_kinds for each in group.choices} <= known


@pytest.mark.thorough
async def test_a_faulty_filter_is_marked_and_nothing_is_asked(auditor: Browser) -> None:
    answer = await auditor.get("/audit", bureau="Nowhere", **{"from": "yesterday"})
    assert answer.status_code == 422
    assert "Write the day as 2026-05-31." in text_of(answer)
    answer = await auditor.get("/audit", bureau="Nowhere")
    assert (answer.status_code, 'id="bureau-fault"' in answer.text) == (422, True)


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
