"""Notices by their state: what a page shows of one that is in force, and of one that is not."""

import re
from typing import Any

import pytest

from tests.gateway.console.browser import text_of
from tests.gateway.console.conftest import SignedIn
from tests.gateway.console.markup import links
from tests.gateway.console.records.conftest import Ask, enter_examples, opened
from tests.gateway.console.records.filled_forms import filled
from tests.gateway.mesh import Mesh
from tests.services.notices.examples import complete

POLITICAL = complete("red", facts="He insulted the President in a speech.")


@pytest.mark.thorough
async def test_a_notice_looks_like_a_notice_in_each_language(started: Mesh, signed_in: SignedIn) -> None:
    await enter_examples(started, "notices")
    reader = await signed_in("DE")
    listed = await reader.get("/records/notices", colour="red", status="published")
    [address] = links(listed, "/records/notices/[0-9a-f-]{36}")
    page = await reader.get(address)
    assert "Red notice 2026/" in re.sub(r" Locate and arrest .*?\. ", " ", text_of(page))
    assert "A hit is no proof. Ask FR for confirmation before you act." in text_of(page)
    assert 'lang="und-Cyrl"' in page.text
    assert re.search(r'<section class="translation" lang="ar" dir="rtl">', page.text)
    assert re.search(r'<img src="/pictures/notices/[0-9a-f-]{36}/[0-9]+" alt="Photograph 1 of', page.text)
    await reader.send("/language", language="ar", next=address)
    assert 'dir="rtl"' in (await reader.get(address)).text


async def refused_notice(ask: Ask, **entry: Any) -> str:
    """Enter a notice of France that insults somebody, have it refused, and return its address in the console."""
    path = f"/api/notices/{(await ask('FR', 'POST', '/api/notices', {**POLITICAL, **entry}))['id']}"
    await ask("FR", "POST", f"{path}/submission")
    await ask("IPSG", "POST", f"{path}/review")
    await ask("IPSG", "POST", f"{path}/refusal", {"reason": "article-3", "remark": "Predominantly political."})
    return path.replace("/api/", "/records/")


@pytest.mark.thorough
async def test_a_notice_that_is_not_in_force_shows_its_state_and_not_its_colour(ask: Ask, signed_in: SignedIn) -> None:
    """Nobody is to arrest by what was refused: its reason stands first, and nothing says that it was in force."""
    browser = await signed_in("FR")
    drafted = (await ask("FR", "POST", "/api/notices", POLITICAL))["id"]
    page = await browser.get(f"/records/notices/{drafted}", done="entered")
    assert "Draft: not in force Red notice" in text_of(page).replace("draft:", "Draft:")
    assert "The draft is saved." in text_of(page)
    await ask("FR", "POST", f"/api/notices/{drafted}/submission")
    page = await browser.get(f"/records/notices/{drafted}", done="submission")
    assert "submitted: not in force" in text_of(page)
    assert "The screening found 1 thing that stops it." in text_of(page)
    assert "Where: Facts." in text_of(page)
    assert '<div class="no-print"><div class="note done"' in re.sub(r"\s*\n\s*", "", page.text)
    await ask("IPSG", "POST", f"/api/notices/{drafted}/review")
    await ask("IPSG", "POST", f"/api/notices/{drafted}/refusal", {"reason": "article-3", "remark": "It is political."})
    page = await browser.get(f"/records/notices/{drafted}", done="submission")
    shown = text_of(page)
    assert "is submitted for review" not in shown
    assert "Locate and arrest" not in shown
    assert 'class="band not-in-force"' in page.text
    assert "It never was in force." in shown
    assert "no longer in force" not in shown
    assert "asked to remove" not in shown
    assert shown.index("refused: not in force") < shown.index("It is political.") < shown.index("Identity")


@pytest.mark.thorough
async def test_what_was_in_force_says_that_copies_are_removed(ask: Ask, signed_in: SignedIn) -> None:
    path = f"/api/notices/{(await ask('FR', 'POST', '/api/notices', complete('blue')))['id']}"
    await ask("FR", "POST", f"{path}/diffusion")
    browser, address = await signed_in("FR"), path.replace("/api/", "/records/")
    assert 'class="band of-blue"' in (await browser.get(address)).text
    await ask("FR", "POST", f"{path}/withdrawal")
    page = await browser.get(address)
    assert "withdrawn: not in force" in text_of(page)
    assert "This record is no longer in force. Others no longer see it, and are asked to remove" in text_of(page)


@pytest.mark.thorough
async def test_what_was_refused_is_drafted_anew_and_an_earlier_reference_leads_to_its_record(
    ask: Ask, signed_in: SignedIn
) -> None:
    """The form has what the notice said, without the reference, which is given once."""
    address, browser = await refused_notice(ask, reference="KE/1"), await signed_in("FR")
    assert f'href="{address}/again"' in (await browser.get(address)).text
    form = await browser.get(f"{address}/again")
    assert "This begins with what notice 2026/" in text_of(form)
    typed = filled(form)
    assert (typed["/subject/name"], typed["/reference"]) == (["Marvellier"], [""])
    taken = await browser.send("/records/notices/new?colour=red", **{**typed, "/reference": ["KE/1"]})
    assert taken.status_code == 409
    assert f'href="/records/by-id/{address.rpartition("/")[2]}"' in taken.text
    assert (await (await signed_in("DE")).get(f"{address}/again")).status_code == 404
    entered = await browser.send("/records/notices/new?colour=red", **typed)
    assert "draft: not in force" in text_of(entered)
    handed_in = await browser.send(f"{entered.url.path}/submission")
    assert f'href="{address}"' in handed_in.text
    assert "Say what has changed since." in text_of(handed_in)


@pytest.mark.thorough
async def test_an_update_that_waits_is_shown_beside_what_is_in_force(ask: Ask, signed_in: SignedIn) -> None:
    subject = {"kind": "person", "name": "Aurlund", "forename": "Signe", "person_status": "witness", "hair": ["BRO"]}
    entry = {"colour": "blue", "subject": subject, "facts": "Seen at the fire of a warehouse."}
    drafted = (await ask("FR", "POST", "/api/notices", entry))["id"]
    path = f"/api/notices/{drafted}"
    await ask("FR", "POST", f"{path}/submission")
    await ask("IPSG", "POST", f"{path}/review")
    await ask("IPSG", "POST", f"{path}/question", {"text": "Which warehouse?"})
    browser = await signed_in("FR")
    asked = await browser.get(f"/records/notices/{drafted}")
    assert "Which warehouse?" in text_of(asked)
    assert "This is not in force yet." in text_of(asked)
    assert f'href="/records/notices/{drafted}/answer"' in asked.text
    await ask("FR", "POST", f"{path}/answer", {"text": "That in Vernbourg."})
    await ask("IPSG", "POST", f"{path}/publication")
    await ask("FR", "PUT", path, {**entry, "facts": "Seen at the fire of two warehouses."})
    page = await browser.get(f"/records/notices/{drafted}")
    assert "An update waits for review" in text_of(page)
    assert "<del>a</del>" in page.text
    assert "<ins>two</ins>" in page.text
    assert "of two warehouses" not in await opened(await signed_in("DE"), f"/records/notices/{drafted}")
