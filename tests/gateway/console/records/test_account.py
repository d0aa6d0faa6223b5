"""What an owner sees of a record: its versions, who has read it, who has removed it; and what others do not see."""

import re

import pytest

from tests.gateway.console.browser import rows_of, text_of
from tests.gateway.console.conftest import SignedIn
from tests.gateway.console.records.conftest import VEHICLES, Ask, opened, page_of
from tests.gateway.console.records.record_samples import ID
from tests.services.stolen_vehicles.samples import ALFA


@pytest.mark.thorough
async def test_an_owner_sees_what_changed_who_made_it_and_who_has_seen_it(
    ask: Ask, vehicle: str, signed_in: SignedIn
) -> None:
    await ask("FR", "PUT", vehicle, {**ALFA, "marks": "dent in the left door", "handling": "RESTRICTED"})
    await ask("FR", "PUT", vehicle, {**ALFA, "marks": "dent in the right door", "handling": "RESTRICTED"})
    browser = await signed_in("FR")
    history = await browser.get(f"{page_of(vehicle)}/history")
    assert "<del>left</del> door" in history.text
    assert "<ins>right</ins> door" in history.text
    compared = await opened(browser, f"{page_of(vehicle)}/history", **{"from": "1", "to": "3"})
    assert "From version 1 to version 3 What changed" in compared
    assert "Taken out: official use Put in: restricted" in compared
    assert "One of these versions does not exist" in await opened(
        browser, f"{page_of(vehicle)}/history", **{"from": "1", "to": "9"}
    )
    former = await opened(browser, f"{page_of(vehicle)}/history/2")
    assert "This is version 2, as it was then." in former
    assert "dent in the left door" in former
    assert (await browser.get(f"{page_of(vehicle)}/history/9")).status_code == 404
    record = await opened(browser, page_of(vehicle))
    assert "1 bureau has received it: DE" in record


@pytest.mark.thorough
async def test_an_owner_sees_who_has_signed_the_withdrawal(ask: Ask, vehicle: str, signed_in: SignedIn) -> None:
    await ask("FR", "POST", f"{vehicle}/withdrawal")
    browser = await signed_in("FR")
    assert "no longer in force" in await opened(browser, page_of(vehicle))
    readers = await opened(browser, f"{page_of(vehicle)}/readers")
    assert "removed and signed nobody … not signed yet DE" in readers.replace("not signed yet", "… not signed yet", 1)
    exported = await browser.get(f"{page_of(vehicle)}/readers", format="csv")
    assert exported.headers["content-disposition"].startswith("attachment")
    [line] = rows_of(exported)
    assert (line["Bureau"], line["Officers"], line["Signed that it has"]) == ("DE", "de.officer", "")
    proof = (await browser.get(f"{page_of(vehicle)}/readers", format="json")).json()
    assert proof["confirmations"]["outstanding"] == ["DE"]


@pytest.mark.thorough
async def test_who_is_no_owner_is_told_that_the_account_is_not_theirs(vehicle: str, signed_in: SignedIn) -> None:
    browser = await signed_in("DE")
    page = await opened(browser, page_of(vehicle))
    assert "which owns this record, and the Commission see who has read it." in page
    for below in ("history", "readers"):
        answer = await browser.get(f"{page_of(vehicle)}/{below}")
        assert answer.status_code == 403
        assert "only that bureau and the Commission may read this" in text_of(answer)
    assert f'href="{page_of(vehicle)}/edit"' not in (await browser.get(page_of(vehicle))).text


@pytest.mark.thorough
async def test_a_barred_bureau_gets_the_same_page_as_for_a_record_that_never_was(
    ask: Ask, vehicle: str, signed_in: SignedIn
) -> None:
    await ask("FR", "PUT", f"{vehicle}/restriction", {"restricted": ["DE"]})
    browser = await signed_in("DE")
    pages = [await browser.get(each) for each in (page_of(vehicle), f"{VEHICLES.page}/{ID}")]
    assert [each.status_code for each in pages] == [404, 404]
    barred, absent = (re.sub(r"[0-9a-f-]{36}", "", each.text) for each in pages)
    assert barred == absent
    assert "not shown" not in await opened(browser, VEHICLES.page)
    for below in ("related", "history", "readers"):
        assert (await browser.get(f"{page_of(vehicle)}/{below}")).status_code == 404
