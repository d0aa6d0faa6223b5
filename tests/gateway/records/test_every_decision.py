"""What the Commission decides on a record of every kind, and what a correction cannot make of it."""

import json

import pytest

from shared.identity import Purpose
from shared.records.rules import input_of
from shared.records.tables import outgoing
from tests.gateway.records.every_kind import CORRECTION, KINDS, Records

DELETION = {"decision": "delete", "reference": "CCF/2026/13"}
pytestmark = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.store.model.record_kind())


@pytest.mark.thorough
async def test_the_commission_corrects_a_record(records: Records) -> None:
    """Of any owner, who finds the reference with the version and is notified; a repeated decision has no effect."""
    version = (await records.read("FR")).json()["version"]
    done = await records.decide(CORRECTION)
    assert (done.status_code, done.json()["version"]) == (200, version + 1)
    [newest, *_] = (await records.ask("FR", "versions")).json()["items"]
    assert (newest["record"]["handling"], newest["reason"]) == ("CONFIDENTIAL", "CCF/2026/12")
    [letter] = await records.database.reading.fetch(outgoing.select())
    assert '"recipients":["FR"]' in letter.notification
    assert (await records.decide(CORRECTION)).json() == done.json()


@pytest.mark.thorough
async def test_a_correction_by_the_commission_applies_to_all_versions(records: Records) -> None:
    """The owner no longer finds the removed content in the history; the rest is unchanged."""
    for _ in range(2):
        await records.ask("FR", "restriction")
    before = (await records.ask("FR", "versions")).json()["items"]
    assert (await records.decide(CORRECTION)).status_code == 200
    after = (await records.ask("FR", "versions")).json()["items"]
    corrected = [each["record"] | {"handling": "CONFIDENTIAL"} for each in before]
    assert [each["record"] for each in after[1:]] == corrected
    assert len(corrected) > 2


@pytest.mark.thorough
async def test_a_correction_that_does_not_fit_the_kind_is_refused(records: Records) -> None:
    """The problem names the field, and the record stays unchanged."""
    before = (await records.read("FR")).json()
    refused = await records.decide(CORRECTION | {"corrections": {"owner": "DE"}})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/corrections/owner")
    assert (await records.read("FR")).json() == before


@pytest.mark.thorough
async def test_the_commission_deletes_a_record(records: Records) -> None:
    """The tombstone holds the reference; a repeated decision has no effect, and another one gets a 410."""
    done = await records.decide(DELETION)
    assert (done.status_code, done.json()["decision"]) == (200, "delete")
    assert (await records.read("FR")).status_code == 404
    disclosures = (await records.ask("FR", "disclosures")).json()
    assert (disclosures["deleted"]["act"], disclosures["deleted"]["reference"]) == ("decided", "CCF/2026/13")
    [owner] = disclosures["recipients"]
    assert (owner["bureau"], owner["times"], owner["recall"]["act"]) == ("FR", 0, "withdrawn")
    assert (await records.decide(DELETION)).json() == done.json()
    gone = await records.decide(DELETION | {"reference": "CCF/2026/14"})
    assert (gone.status_code, gone.json()["type"]) == (410, "urn:i247:problem:record-gone")


async def test_a_decision_by_anyone_but_the_commission_is_refused(records: Records) -> None:
    """By the owner, or an officer of the Secretariat; also on a record that does not exist."""
    never = f"{records.record[:-6]}{'0' * 6}"
    for who in ({"bureau": "FR", "purpose": Purpose.WARNING}, {"bureau": "IPSG", "purpose": Purpose.WARNING}):
        for record in (records.record, never):
            refused = await records.decide(DELETION, record, **who)
            assert (refused.status_code, refused.json()["type"]) == (403, "urn:i247:problem:commission-only")
    assert (await records.decide(DELETION, never)).status_code == 404
    assert (await records.read("FR")).status_code == 200


@pytest.mark.thorough
@pytest.mark.parametrize("purpose", Purpose)
async def test_a_record_is_kept_for_a_purpose_that_fits_its_kind_and_content(
    records: Records, purpose: Purpose
) -> None:
    """Any other is refused with the list; none is that of the request, which here is the Commission's."""
    before = (await records.read("FR")).json()
    fitting = records.kind.store.model.model_validate(before).fitting_purposes()
    assert before["purpose"] == fitting[0]
    corrected = await records.decide(CORRECTION | {"corrections": {"purpose": purpose}})
    if purpose in fitting:
        assert (corrected.status_code, (await records.read("FR")).json()["purpose"]) == (200, purpose)
        return
    [fault] = corrected.json()["errors"]
    assert (corrected.status_code, fault["in"], fault["pointer"]) == (422, "body", "/corrections/purpose")
    assert all(each in fault["detail"] for each in fitting)
    assert (await records.read("FR")).json() == before


@pytest.mark.thorough
async def test_a_reference_with_personal_data_is_refused(records: Records) -> None:
    """Everybody who is shown the record is shown it. Only sure signs count: a name is not looked for."""
    shown = (await records.read("FR")).json()
    members = input_of(type(records.kind.store.model.of_json(json.dumps(shown)))).model_fields
    entry = {name: value for name, value in shown.items() if name in members}
    for reference in ("Smith +49 170 1234567", "max@example.org"):
        edited = await records.send(records.client.officer("FR"), "PUT", "", {**entry, "reference": reference}, "")
        decided = await records.decide({**CORRECTION, "corrections": {"reference": reference}})
        for refused, pointer in ((edited, "/reference"), (decided, "/corrections/reference")):
            assert (refused.status_code, refused.json()["type"]) == (422, "urn:i247:problem:invalid"), refused.text
            assert [error["pointer"] for error in refused.json()["errors"]] == [pointer]
            assert "example.org" not in refused.text
    assert (await records.read("FR")).json() == shown
