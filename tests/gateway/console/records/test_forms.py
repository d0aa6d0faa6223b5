"""Entering and correcting records by forms, and the actions on them, in a browser without scripts."""

import re
from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from gateway.console.kinds import KINDS
from services import SERVICES
from tests.gateway.console.browser import Browser, text_of
from tests.gateway.console.conftest import SignedIn
from tests.gateway.console.records.filled_forms import filled
from tests.gateway.mesh import Mesh, client_of

DOCUMENT = Path("docs/openapi.json").read_bytes()
HOSTILE = "</textarea><script>alert(1)</script>\u202egnp.exe"
RED = {
    "/subject/name": "Vasseliac",
    "/subject/forename": "Ilan",
    "/subject/sex": "M",
    "/subject/date_of_birth": "1983-07-09",
    "/subject/height": "176",
    "/warrants/0/issuing_country": "France (FR)",
    "/warrants/0/reference": "TJ-2026-1187",
    "/warrants/0/charge": "Vol à main armée",
    "/warrants/0/law": "Code pénal 311-8",
    "/warrants/0/offence/category": "robbery",
    "/warrants/0/maximum_penalty_months": "240",
    "/extradition_sought": "yes",
    "/facts": "Held up a jeweller's with two others.",
    "/event/date": "2026-02-11",
    "/event/place": "Vernbourg, harbour",
}
VEHICLE = {"/vin": "1HGCM82633A004352", "/make": "Honda", "/theft_date": "2026-03", "/theft_country": "fr"}


@pytest.fixture
async def gateway(started: Mesh) -> AsyncIterator[httpx.ASGITransport]:
    """Return the gateway; its document is the one of this project, as making it takes seconds."""

    async def describe() -> bytes:
        return DOCUMENT

    async with started.handling_mail():
        yield httpx.ASGITransport(started.gateway(*SERVICES, describe=describe, body_limit=4_000_000))


async def sent(browser: Browser, page: httpx.Response, **typed: Any) -> httpx.Response:
    """Send the form of a page, with what is typed and pressed."""
    return await browser.send(page.url.path, **{**filled(page), **typed})


async def entered(browser: Browser, path: str, typed: dict[str, str]) -> str:
    """Enter a record by its form, and return its address."""
    answer = await sent(browser, await browser.get(path), **typed, _do="save")
    page = answer.history[-1].headers["location"]
    assert page.endswith("?done=entered"), text_of(answer)
    return str(page.partition("?")[0])


async def read(started: Mesh, page: str, bureau: str = "FR") -> dict[str, Any]:
    """Return a record by its address in the console."""
    _, _, kind, record = page.split("/")
    path = next(each.path for each in KINDS if each.name == kind)
    async with client_of(started.gateway(*SERVICES)) as client:
        service = path.split("/")[2]
        answer = await client.get(f"{path}/{record}", headers=started.bearer(bureau, f"{service}:read"))
    return dict(answer.json())


@pytest.mark.thorough
async def test_a_red_notice_is_drafted_completed_and_handed_in(signed_in: SignedIn, started: Mesh) -> None:
    """The form says what is missing before anything is stored, without a script too."""
    france = await signed_in("FR")
    choice = await france.get("/records/notices/new")
    assert "/records/notices/new?colour=red" in choice.text
    assert "colour=un-special" not in choice.text
    form = await france.get("/records/notices/new", colour="red")
    assert "9 requirements are not met yet." in text_of(form)
    draft = {name: value for name, value in RED.items() if name not in {"/subject/sex", "/facts"}}
    checked = await sent(france, form, **draft, _do="check")
    assert "2 requirements are not met yet." in text_of(checked)
    assert 'href="#field-subject-sex"' in checked.text
    saved = await sent(france, checked, _do="hand-in")
    assert saved.url.path.endswith("/submission")
    refused = await sent(france, saved)
    assert refused.status_code == 422
    assert "/edit#field-facts" in refused.text
    page = saved.url.path.removesuffix("/submission")
    edit = await france.get(f"{page}/edit")
    completed = await sent(france, edit, **{"/subject/sex": "M", "/facts": RED["/facts"]}, _do="hand-in")
    assert "Nothing is missing" in text_of(completed)
    assert (await sent(france, completed)).history[-1].headers["location"] == f"{page}?done=submission"
    notice = await read(started, page)
    assert (notice["status"], notice["warrants"][0]["issuing_country"]) == ("submitted", "FR")


@pytest.mark.thorough
async def test_what_is_needed_is_told_while_one_types(signed_in: SignedIn) -> None:
    """As a part of the page; what cannot be read yet does not hide the rest, and a diffusion needs less."""
    france = await signed_in("FR")
    typed = {"/colour": "red", **RED, "/subject/height": "", "/warrants/0/maximum_penalty_months": "a lot"}
    answer = await france.send("/records/notices/requirements", **typed)
    text = text_of(answer)
    assert (answer.status_code, "<html" in answer.text) == (200, False)
    assert "must be a whole number" in text
    assert "2 requirements are not met yet." in text
    as_diffusion = await france.send("/records/notices/requirements", **typed, _diffusion="yes")
    assert "not met yet" not in text_of(as_diffusion)


@pytest.mark.thorough
async def test_a_wrong_vin_is_said_at_its_field_and_nothing_typed_is_lost(signed_in: SignedIn, started: Mesh) -> None:
    france = await signed_in("FR")
    form = await france.get("/records/stolen-vehicles/new")
    assert '<option value="Alfa Romeo">' in form.text
    wrong = {**VEHICLE, "/vin": "1HGCM82633A004353", "/marks": HOSTILE, "/year": "old"}
    refused = await sent(france, form, **wrong, _do="save")
    assert refused.status_code == 422
    assert 'href="#field-year"' in refused.text
    right_year = await sent(france, refused, **{"/year": "2003"}, _do="save")
    assert 'href="#field-vin"' in right_year.text
    assert re.search(r'id="field-vin"[^>]*aria-invalid="true"', right_year.text)
    assert filled(right_year)["/marks"] == [HOSTILE]
    assert filled(right_year)["/theft_country"] == ["France (FR)"]
    assert "<script>alert" not in right_year.text
    answer = await sent(france, right_year, **{"/vin": VEHICLE["/vin"]}, _do="save")
    page = answer.history[-1].headers["location"].partition("?")[0]
    vehicle = await read(started, page)
    assert (vehicle["marks"], vehicle["year"], vehicle["theft_country"]) == (HOSTILE, 2003, "FR")


@pytest.mark.thorough
async def test_entries_of_a_list_are_added_and_removed_without_a_script(signed_in: SignedIn, started: Mesh) -> None:
    """Neither sends anything to the register, and an empty entry is none."""
    france = await signed_in("FR")
    form = await france.get("/records/vessels/new")
    one = await sent(france, form, **{"/theft_date": "2026", "/hull_number": "FR-ABC12345D404"}, _add="/engines")
    two = await sent(france, one, **{"/engines/0/make": "Yamaha", "/engines/0/number": "6C5 1001"}, _add="/engines")
    three = await sent(france, two, **{"/engines/1/make": "Suzuki", "/engines/1/number": "9F 17"}, _add="/engines")
    fewer = await sent(france, three, _remove="/engines/0")
    assert filled(fewer)["/engines/0/make"] == ["Suzuki"]
    answer = await sent(france, fewer, _do="save")
    vessel = await read(started, answer.history[-1].headers["location"].partition("?")[0])
    assert [engine["make"] for engine in vessel["engines"]] == ["Suzuki"]


@pytest.mark.thorough
async def test_a_record_is_corrected_and_a_clash_shows_both_versions(signed_in: SignedIn, started: Mesh) -> None:
    france = await signed_in("FR")
    page = await entered(france, "/records/stolen-vehicles/new", VEHICLE)
    mine, theirs = await france.get(f"{page}/edit"), await france.get(f"{page}/edit")
    assert filled(mine)["/make"] == ["Honda"]
    corrected = await sent(france, theirs, **{"/model": "Accord"}, _do="save")
    assert corrected.history[-1].headers["location"] == f"{page}?done=corrected"
    clash = await sent(france, mine, **{"/model": "Civic"}, _do="save")
    assert clash.status_code == 409
    assert {"Accord", "Civic"} <= {*re.findall(r"<bdi>([^<]*)</bdi>", clash.text)}
    assert (await read(started, page))["model"] == "Accord"
    await sent(france, clash, _do="save")
    assert (await read(started, page))["model"] == "Civic"


@pytest.mark.thorough
async def test_a_record_is_restricted_renewed_and_withdrawn(signed_in: SignedIn, started: Mesh) -> None:
    """Each says what follows before it is done."""
    france = await signed_in("FR")
    page = await entered(france, "/records/stolen-vehicles/new", VEHICLE)
    restriction = await france.get(f"{page}/restriction")
    assert "does not exist" in text_of(restriction)
    more = await sent(france, restriction, **{"/restricted": ["Germany"]}, _add="/restricted")
    assert (await read(started, page, "DE"))["vin"] == VEHICLE["/vin"]
    await sent(france, more, **{"/restricted": ["Germany (DE)", "pl"]})
    assert (await read(started, page))["restricted"] == ["DE", "PL"]
    assert (await read(started, page, "DE"))["status"] == 404
    renewal = await sent(france, await france.get(f"{page}/renewal"), **{"/reason": "The case is open."})
    assert renewal.status_code == 409
    assert filled(renewal)["/reason"] == ["The case is open."]
    withdrawal = await sent(france, await france.get(f"{page}/withdrawal"))
    assert withdrawal.history[-1].headers["location"] == f"{page}?done=withdrawal"
    deletion = await sent(france, await france.get(f"{page}/deletion"))
    assert deletion.history[-1].headers["location"] == "/records/stolen-vehicles?done=deletion"


async def decided(started: Mesh, page: str, *steps: str) -> None:
    """Take steps of the review of a notice, as an officer of the Secretariat."""
    async with client_of(started.gateway(*SERVICES)) as client:
        for step in steps:
            officer = started.bearer("IPSG", "notices:read", "notices:review")
            answer = await client.post(f"/api/notices/{page.rpartition('/')[2]}/{step}", headers=officer)
            assert answer.status_code == 200, answer.text


@pytest.mark.thorough
async def test_an_update_of_a_notice_in_force_waits_and_is_gone_on_with(signed_in: SignedIn, started: Mesh) -> None:
    """The form says so before; what changes at once does, and the next form begins with the update."""
    france = await signed_in("FR")
    yellow = {
        "/subject/name": "Vasseliac",
        "/police_report": "MRV-2026-004417",
        "/last_known_place": "Marville",
        "/circumstances": "Left for work.",
    }
    page = await entered(france, "/records/notices/new?colour=yellow", yellow)
    await sent(france, await france.get(f"{page}/submission"))
    await decided(started, page, "review", "publication")
    edit = await france.get(f"{page}/edit")
    assert "waits for the review" in text_of(edit)
    at_once = await sent(france, edit, **{"/last_known_place": "Vernbourg"}, _do="save")
    assert at_once.history[-1].headers["location"] == f"{page}?done=corrected"
    edit = await france.get(f"{page}/edit")
    update = await sent(france, edit, **{"/circumstances": "Left for school."}, _do="save")
    assert update.history[-1].headers["location"] == f"{page}?done=update-waits"
    again = await france.get(f"{page}/edit")
    assert "An update waits for review already" in text_of(again)
    assert filled(again)["/circumstances"] == ["Left for school."]
    back = await sent(france, await france.get(f"{page}/pending"))
    assert back.history[-1].headers["location"] == f"{page}?done=pending"
    assert filled(await france.get(f"{page}/edit"))["/circumstances"] == ["Left for work."]


@pytest.mark.thorough
async def test_files_of_two_bureaus_on_one_person_are_linked(signed_in: SignedIn) -> None:
    """The case that a file needs is there to be filled in, and the link is confirmed by the other owner."""
    france, germany = await signed_in("FR"), await signed_in("DE")
    case = {
        "/subject/person_status": "suspect",
        "/subject/name": "Vasseliac",
        "/history/0/offence/category": "fraud",
        "/history/0/date": "2026-02",
        "/history/0/country": "France",
        "/history/0/source": "Police judiciaire",
    }
    theirs, own = [await entered(each, "/records/persons/new", case) for each in (france, germany)]
    form = await germany.get(f"{own}/same-person", record=theirs.rpartition("/")[2])
    stated = await sent(germany, form)
    assert stated.history[-1].headers["location"] == f"{own}?done=same-person"
    confirmed = await france.send(f"{theirs}/same-person/{own.rpartition('/')[2]}/confirmation")
    assert confirmed.history[-1].headers["location"] == f"{theirs}?done=link-confirmed"
    ended = await germany.send(f"{own}/same-person/{theirs.rpartition('/')[2]}/deletion")
    assert ended.history[-1].headers["location"] == f"{own}?done=link-ended"


@pytest.mark.thorough
async def test_photographs_are_added_and_removed(signed_in: SignedIn, started: Mesh) -> None:
    france = await signed_in("FR")
    page = await entered(france, "/records/notices/new?colour=blue", {"/subject/name": "Vasseliac"})
    file = BytesIO()
    Image.effect_noise((320, 320), 80).save(file, "PNG")
    pictures = await france.get(f"{page}/photographs")
    assert "There is no photograph yet" in text_of(pictures)
    added = await france.upload(f"{page}/photographs", {"photograph": file.getvalue()}, "image/png")
    assert added.status_code == 200, text_of(added)
    photograph = (await read(started, page))["photographs"][0]["id"]
    assert f'src="/pictures{page.removeprefix("/records")}/{photograph}/thumbnail"' in added.text
    wrong = await france.upload(f"{page}/photographs", {"photograph": b"<svg onload=alert(1)>"}, "image/png")
    assert wrong.status_code in {415, 422}
    large = await france.upload(f"{page}/photographs", {"photograph": b"0" * 3_200_000}, "image/png")
    assert large.status_code == 413
    await france.send(f"{page}/photographs/{photograph}/deletion")
    assert (await read(started, page))["photographs"] == []


@pytest.mark.thorough
async def test_a_register_is_subscribed_to_with_the_search_of_the_address(signed_in: SignedIn) -> None:
    france = await signed_in("FR")
    form = await france.get("/records/stolen-vehicles/subscriptions/new", vin="1HGCM82633A004352")
    assert filled(form)["/search/vin"] == ["1HGCM82633A004352"]
    answer = await sent(france, form, **{"/valid_for_days": "400"})
    assert 'href="#field-valid_for_days"' in answer.text
    done = await sent(france, answer, **{"/valid_for_days": "30"})
    assert done.history[-1].headers["location"] == "/records/stolen-vehicles/subscriptions?done=subscribed"


@pytest.mark.thorough
async def test_who_may_not_write_gets_no_form(signed_in: SignedIn) -> None:
    """Nor does another bureau, nor a kind that there is not; what an officer may do, the API decides all the same."""
    reader = await signed_in("FR", "stolen-vehicles:read")
    assert (await reader.get("/records/stolen-vehicles/new")).status_code == 403
    france = await signed_in("FR")
    page = await entered(france, "/records/stolen-vehicles/new", VEHICLE)
    germany = await signed_in("DE")
    assert (await germany.get(f"{page}/edit")).status_code == 403
    assert (await germany.send(f"{page}/withdrawal")).status_code == 403
    assert (await germany.get("/records/wizards/new")).status_code == 404
    assert (await germany.send("/records/stolen-vehicles/requirements")).status_code == 404
    assert (await germany.get(f"{page}/diffusion")).status_code == 404
    assert (await germany.get("/records/notices/new", colour="pink")).status_code == 200


@pytest.mark.thorough
async def test_a_page_of_a_form_is_small(signed_in: SignedIn) -> None:
    france = await signed_in("FR")
    for path in ("/records/notices/new?colour=red", "/records/missing-persons/new", "/records/works/new"):
        assert len((await france.get(path)).content) < 100_000, path
