"""What leads from a record to others: of one case, on one person, and the hits in it."""

import pytest

from tests.gateway.console.browser import text_of
from tests.gateway.console.conftest import SignedIn
from tests.gateway.console.records.conftest import Ask, opened, page_of
from tests.gateway.console.records.record_samples import ID


@pytest.mark.thorough
async def test_records_of_one_case_lead_to_each_other(ask: Ask, vehicle: str, signed_in: SignedIn) -> None:
    named = vehicle.rpartition("/")[2]
    gun = {"serial_number": "GXK 1", "make": "Glock", "calibre": "9x19", "kind": "pistol", "status": "stolen"}
    linked = await ask("FR", "POST", "/api/firearms", {**gun, "event_date": "2026-03-14", "links": [named]})
    rights = ("stolen-vehicles:read", "firearms:read")
    browser = await signed_in("FR", *rights)
    related = await browser.get(f"{page_of(vehicle)}/related")
    assert f'href="/records/firearms/{linked["id"]}"' in related.text
    one_way = await browser.get(f"/records/firearms/{linked['id']}/related")
    assert f'href="/records/by-id/{named}"' in one_way.text
    found = await browser.get(f"/records/by-id/{named}")
    assert found.url.path == page_of(vehicle)
    assert (await browser.get(f"/records/by-id/{ID}")).status_code == 404
    other = await opened(await signed_in("DE", *rights), f"/records/firearms/{linked['id']}/related")
    assert "No record is linked" in other
    assert "They were not asked: Notices" in other


@pytest.mark.thorough
async def test_a_record_of_another_bureau_leads_to_the_confirmation_of_its_hits(
    vehicle: str, signed_in: SignedIn
) -> None:
    """The owner is led to the hits that they answer."""
    record = vehicle.rpartition("/")[2]
    finder = (await (await signed_in("DE")).get(page_of(vehicle))).text
    assert f'<a class="button primary" href="/hits?side=finder&amp;record={record}">Ask the owner to confirm' in finder
    owner = (await (await signed_in("FR")).get(page_of(vehicle))).text
    assert "Ask the owner to confirm" not in owner
    assert f'<a href="/hits?side=owner&amp;record={record}">Hits in it</a>' in owner
    without = (await (await signed_in("DE", "stolen-vehicles:read")).get(page_of(vehicle))).text
    assert "/hits?" not in without


@pytest.mark.thorough
async def test_files_on_one_person_name_each_other(ask: Ask, signed_in: SignedIn) -> None:
    subject = {"kind": "person", "name": "Aurlund", "forename": "Signe", "person_status": "suspect"}
    case = {"offence": {"category": "fraud"}, "date": "2026-02", "country": "FR", "source": "Police"}
    path = "/api/notices/persons"
    french, german = [
        (await ask(bureau, "POST", path, {"subject": subject, "history": [case]}))["id"] for bureau in ("FR", "DE")
    ]
    await ask("DE", "POST", f"{path}/{german}/same-person", {"record": french})
    owner, stating = await signed_in("FR"), await signed_in("DE")
    claimed = await owner.get(f"/records/persons/{french}")
    assert "a claim so far" in text_of(claimed)
    assert f'action="/records/persons/{french}/same-person/{german}/confirmation"' in claimed.text
    assert "/confirmation" not in (await stating.get(f"/records/persons/{german}")).text
    await ask("FR", "POST", f"{path}/{french}/same-person/{german}/confirmation")
    assert "confirmed" in await opened(stating, f"/records/persons/{german}", done="link-confirmed")
