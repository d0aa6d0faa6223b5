"""Prints in the console: enrolment, candidates, and two prints side by side.

Images only name a synthetic finger, as extraction takes half a second; the last test extracts from real ones.
"""

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.console.prints.drawing import rows_of, side_of
from services import SERVICES, fingerprints
from services.fingerprints import prints
from services.fingerprints.synthetic_prints import Finger
from tests.gateway.console.browser import Browser, text_of
from tests.gateway.console.conftest import SignedIn
from tests.gateway.console.markup import links
from tests.gateway.mesh import Mesh
from tests.services.fingerprints.samples import SLAP, KnownPrints

ENTRY = {"category": "criminal", "person_status": "suspect", "reference": "DE-2026-4471", "handling": "OFFICIAL_USE"}


@pytest.fixture
async def started(mesh: Mesh, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Mesh]:
    """Start the fingerprints alone, with images that name a finger."""
    for name in ("read", "picture"):
        monkeypatch.setattr(prints.PrintReader, name, getattr(KnownPrints, name))
    async with AsyncExitStack() as stack:
        await mesh.start(fingerprints.SERVICE, tmp_path, stack, number=100)
        yield mesh


async def enrolled(browser: Browser, image: bytes = b"7", **changes: str) -> str:
    """Enrol a right index finger as an officer does, and return the path of its page."""
    entered = await browser.send("/prints/records/new", **{**ENTRY, **changes})
    assert re.fullmatch("/prints/records/[0-9a-f-]{36}", entered.url.path), entered.text
    path = entered.url.path
    added = await browser.upload(f"{path}/impressions", {"print": image}, position="2", kind="rolled")
    assert "The print of the right index finger is on file." in text_of(added)
    return path


@pytest.mark.thorough
async def test_a_person_is_enrolled_and_identified_by_another_impression(signed_in: SignedIn) -> None:
    """The candidate and the print stand side by side, with the minutiae that agree, numbered alike."""
    germany, france = await signed_in("DE"), await signed_in("FR")
    assert "Your bureau has no records of prints." in text_of(await germany.get("/prints"))
    record = await enrolled(germany)
    assert "DE-2026-4471" in text_of(await germany.get("/prints"))
    assert "Add a finger" not in text_of(await france.get(record))
    found = await france.upload("/prints/sought", {"print": b"7/1"}, position="", least_score="")
    assert re.fullmatch("/prints/sought/[0-9a-f-]{36}", found.url.path)
    assert all(said in text_of(found) for said in ("1 candidate", "DE-2026-4471", "reaches the threshold"))
    [compare] = links(found, '/prints/sought/[^"]*/records/[^"]*')
    shown = await france.get(compare)
    first, second = re.findall('<svg class="minutiae".*?</svg>', shown.text, re.DOTALL)
    numbers = [re.findall("<text [^>]*>([0-9]+)</text>", each) for each in (first, second)]
    assert sorted(map(int, numbers[0])) == sorted(map(int, numbers[1])) == list(range(1, 13))
    assert re.findall('<tr id="pair-([0-9]+)">', shown.text) == [str(number) for number in range(1, 13)]
    assert f'href="/records/fingerprints/{record.rpartition("/")[2]}"' in shown.text
    for image in re.findall('<image href="([^"]+)"', shown.text):
        picture = await france.get(image)
        assert (picture.status_code, picture.headers["content-type"]) == (200, "image/png")
        assert "nosniff" in picture.headers["x-content-type-options"]
    sent = await france.get(f"{record}/2/picture", form="sent")
    assert (sent.content, sent.headers["content-disposition"]) == (b"7", 'attachment; filename="finger-2.png"')


@pytest.mark.thorough
async def test_an_examiner_concludes_beside_both_prints(signed_in: SignedIn) -> None:
    """The conclusion stands there and on the page of the hit, in the examiner's bureau alone."""
    germany, france = await signed_in("DE"), await signed_in("FR")
    await enrolled(germany)
    found = await france.upload("/prints/sought", {"print": b"7/1"}, position="", least_score="")
    [compare] = links(found, '/prints/sought/[^"]*/records/[^"]*')
    shown = await france.until(compare, "No examiner has concluded anything yet.")
    barred = await france.send(compare, _purpose="warning", conclusion="excluded", remark="Typed already.")
    assert (barred.status_code, "Typed already." in barred.text) == (409, True)
    concluded = await france.send(compare, conclusion="identified", remark="Twelve <b>points</b> agree.")
    assert (concluded.status_code, concluded.url.path) == (200, compare.partition("?")[0])
    assert all(said in text_of(concluded) for said in ("identified", "fr.officer", "Twelve <b>points</b> agree."))
    [hit] = re.findall(r'href="(/hits/[0-9a-f-]{36})\?side=finder"', shown.text)
    assert "Twelve <b>points</b> agree." in text_of(await france.get(f"{hit}?side=finder"))
    typed = {"_purpose": "warning", "conclusion": "excluded", "remark": "Here."}
    barred = await france.send(f"{hit}/conclusions?side=finder", **typed)
    assert (barred.status_code, "Here.</textarea>" in barred.text) == (409, True)
    on_hit = await france.send(f"{hit}/conclusions?side=finder", conclusion="inconclusive", remark="")
    assert "inconclusive" in text_of(on_hit)
    of_owner = await germany.until(f"{hit}?side=owner", "Examiners' conclusions")
    assert "Twelve" not in text_of(of_owner)


@pytest.mark.thorough
async def test_nothing_found_says_what_to_do_next(signed_in: SignedIn) -> None:
    """And a search of another finger is one link away."""
    germany = await signed_in("DE")
    await enrolled(germany)
    found = await germany.upload("/prints/sought", {"print": b"8"}, position="3")
    assert found.url.query == b"position=3"
    assert "No print on file is like it." in text_of(found)
    assert re.search('value="3" checked', found.text)


@pytest.mark.thorough
async def test_two_prints_are_compared_side_by_side(signed_in: SignedIn) -> None:
    france = await signed_in("FR")
    alike = await france.upload("/prints/verification", {"first": b"7", "second": b"7/1"})
    strange = await france.upload("/prints/verification", {"first": b"7", "second": b"8"})
    assert ("reaches the threshold" in text_of(alike), "below the threshold" in text_of(strange)) == (True, True)
    assert "an examiner decides whether both are of one finger" in text_of(alike)


@pytest.mark.thorough
async def test_a_print_that_cannot_be_used_is_refused_with_what_helps(signed_in: SignedIn) -> None:
    """Beside the form that it was sent with; nothing is shown of a form without a file."""
    germany = await signed_in("DE")
    record = await enrolled(germany)
    slap = await germany.upload(f"{record}/impressions", {"print": SLAP}, position="3", kind="plain")
    assert (slap.status_code, "Crop the image to one finger" in text_of(slap)) == (422, True)
    unreadable = await germany.upload("/prints/sought", {"print": b"no image"}, position="")
    assert (unreadable.status_code, "Send one finger as PNG or WSQ at 500 dpi" in text_of(unreadable)) == (422, True)
    for form in ("/prints/sought", "/prints/verification", f"{record}/impressions"):
        nothing = await germany.upload(form, {"print": b""}, position="3")
        assert (nothing.status_code, "Choose a file." in text_of(nothing)) == (400, True)
    faulty = await germany.send("/prints/records/new", **{**ENTRY, "person_status": ""})
    assert (faulty.status_code, 'id="fault-person_status"' in faulty.text) == (422, True)
    assert "DE-2026-4471" in faulty.text


@pytest.mark.thorough
async def test_who_may_not_enrol_is_not_offered_it(signed_in: SignedIn) -> None:
    """A kept print is of its bureau alone, and text of a record stays text."""
    germany, reader = await signed_in("DE"), await signed_in("DE", "fingerprints:read", officer="de.reader")
    record = await enrolled(germany, remark="<script>alert(1)</script> \u202escar", reference="<b>1</b>")
    assert "/prints/records/new" not in (await reader.get("/prints")).text
    assert "Add a finger" not in text_of(await reader.get(record))
    assert (await reader.send("/prints/records/new", **ENTRY)).status_code == 403
    found = await germany.upload("/prints/sought", {"print": b"7"}, position="")
    assert not re.search("<script>|<b>1</b>|\u202e", found.text)
    france = await signed_in("FR")
    assert (await france.get(found.url.path)).status_code == 404
    assert (await france.get(f"{found.url.path}/picture")).status_code == 404


def test_marks_of_a_pair_have_one_number_and_their_own_places() -> None:
    """A direction is drawn anticlockwise from the right, while pictures count from above."""
    minutia: dict[str, Any] = {"x": 100.0, "y": 50.0, "direction": 90.0}
    verification = {
        "first": {"width": 320, "height": 400, "minutiae": 30, "quality": 0.9},
        "second": {"width": 320, "height": 400, "minutiae": 30, "quality": 0.9},
        "pairs": [{"first": minutia, "second": {**minutia, "direction": 0.0}, "share": 0.04}],
    }
    [first], [second] = (side_of(verification, which, "", None).marks for which in ("first", "second"))
    assert (first.number, first.to_x, first.to_y) == (1, 100.0, 32.0)
    assert (second.number, second.to_x, second.to_y) == (1, 118.0, 50.0)
    assert rows_of(verification)[0].share == 0.04


@pytest.mark.thorough
async def test_a_real_image_is_enrolled_and_shown(mesh: Mesh, tmp_path: Path) -> None:
    """With extraction, as an officer's scanner sends it."""
    async with AsyncExitStack() as stack:
        await mesh.start(fingerprints.SERVICE, tmp_path, stack, number=100)
        await stack.enter_async_context(mesh.handling_mail())
        transport = httpx.ASGITransport(mesh.gateway(*SERVICES, body_limit=1_000_000))
        client = httpx.AsyncClient(transport=transport, base_url="http://gateway", follow_redirects=True, timeout=60)
        germany = Browser(await stack.enter_async_context(client))
        await germany.begin(mesh, mesh.bureaus["DE"].name)  # type: ignore[index, arg-type]
        record = await enrolled(germany, Finger(7).png(1))
        found = await germany.upload("/prints/sought", {"print": Finger(7).png(2)}, position="")
        assert record.rpartition("/")[2] in found.text
        picture = await germany.get(f"{record}/2/picture")
        assert picture.content.startswith(b"\x89PNG")
