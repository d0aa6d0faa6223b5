"""What somebody types in a browser outlives their session."""

import pytest
from playwright.sync_api import Page, expect

from gateway.console.events import CHECK_SECONDS
from tests.browser.officers import Officers

pytestmark = pytest.mark.thorough

MORE_THAN_A_MINUTE = 61_000
SEND = "#send"
STREAM_MILLISECONDS = 1000
THREE_CLICKS = """[0, 15, 30].forEach((when) =>
    setTimeout(() => document.querySelector("#record-form button.primary").click(), when))"""


def written(page: Page) -> None:
    """Write a message, and attach a file."""
    page.goto("/messages/new")
    page.fill("[name=codes]", "DE")
    page.fill("#new-subject", "A car")
    page.fill("#body", "Seen in Lyon.")
    page.set_input_files("#attachments", {"name": "a.txt", "mimeType": "text/plain", "buffer": b"seen"})


def test_a_message_is_kept_until_its_officer_has_signed_in_again(officers: Officers) -> None:
    context = officers.context("FR")
    page = context.new_page()
    page.clock.install()
    page.goto("/messages/new")
    page.fill("[name=codes]", "DE")
    page.fill("#new-subject", "A car")
    page.clock.run_for(MORE_THAN_A_MINUTE)
    with page.expect_response("**/session") as typing:
        page.locator("#body").press_sequentially("Seen in Lyon.")
    assert typing.value.status == 204
    cookies = context.cookies()
    context.clear_cookies()
    page.clock.run_for(MORE_THAN_A_MINUTE)
    page.click(SEND)
    expect(page.get_by_role("alert")).to_contain_text("Your session is over. Sign in in another tab")
    expect(page.locator("#body")).to_have_value("Seen in Lyon.")
    context.add_cookies([{key: each[key] for key in ("name", "value", "domain", "path")} for each in cookies])
    with page.expect_navigation():
        page.click(SEND)
    expect(page.locator("h1")).to_have_text("A car")


def test_a_message_is_kept_when_its_officer_has_just_signed_out_elsewhere(officers: Officers) -> None:
    context = officers.context("FR")
    page = context.new_page()
    written(page)
    context.clear_cookies()
    page.click(SEND)
    expect(page.get_by_role("alert")).to_contain_text("Your session is over. Sign in in another tab")
    expect(page.locator("#body")).to_have_value("Seen in Lyon.")


def test_another_purpose_leaves_a_message_that_is_begun_as_it_is(officers: Officers) -> None:
    """It is chosen in the head of the page, or in another tab: the message goes for the one that the head shows."""
    context = officers.context("FR")
    page, other = context.new_page(), context.new_page()
    written(page)
    with page.expect_response("**/purpose"):
        page.select_option("#purpose", "warning")
    expect(page.locator("[data-purpose]")).to_have_text("warning")
    expect(page.locator("#body")).to_have_value("Seen in Lyon.")
    other.goto("/messages")
    with other.expect_navigation():
        other.select_option("#purpose", "security-check")
    page.click(SEND)
    expect(page.locator("main")).to_contain_text("Nothing was done.")
    expect(page.locator("#purpose")).to_have_value("security-check")
    with page.expect_response("**/purpose"):
        page.select_option("#purpose", "warning")
    with page.expect_navigation():
        page.click(SEND)
    expect(page.locator("main")).to_contain_text("a.txt")
    expect(page.locator("main")).to_contain_text("warning")
    assert page.input_value("#purpose") == "warning"


def test_a_page_tells_of_a_purpose_that_was_chosen_elsewhere_and_not_of_its_own(officers: Officers) -> None:
    context = officers.context("FR")
    page, other = context.new_page(), context.new_page()
    written(page)
    other.goto("/messages")
    page.bring_to_front()
    with page.expect_response("**/events*"):
        page.wait_for_timeout(STREAM_MILLISECONDS)
    page.select_option("#purpose", "warning")
    page.wait_for_timeout(CHECK_SECONDS * 1500)
    expect(page.locator("#purpose-changed")).to_have_text("")
    other.reload()
    with other.expect_navigation():
        other.select_option("#purpose", "security-check")
    expect(page.locator("#purpose-changed")).to_contain_text("now in another window: security check")


def test_a_page_of_another_officer_sends_nothing_for_the_one_who_has_signed_in(officers: Officers) -> None:
    context = officers.context("FR")
    page = context.new_page()
    written(page)
    others = officers.context("DE").cookies()
    context.clear_cookies()
    context.add_cookies([{key: each[key] for key in ("name", "value", "domain", "path")} for each in others])
    page.click(SEND)
    expect(page.get_by_role("alert")).to_contain_text("de.officer (DE) has signed in in this browser")
    expect(page.locator("#body")).to_have_value("Seen in Lyon.")


def test_a_choice_of_a_purpose_that_fails_is_taken_back(officers: Officers) -> None:
    page = officers.page("FR")
    written(page)
    before = page.input_value("#purpose")
    page.route("**/purpose", lambda route: route.fulfill(status=503))
    with page.expect_response("**/purpose"):
        page.select_option("#purpose", "warning")
    expect(page.locator("#purpose-changed")).to_contain_text("could not be changed")
    expect(page.locator("#purpose")).to_have_value(before)
    expect(page.locator("#body")).to_have_value("Seen in Lyon.")


def test_an_officer_without_messages_loses_nothing_either(officers: Officers) -> None:
    """Reviewers have no inbox: their pages ask before they send as well."""
    context = officers.context("IPSG", "reviewer")
    page = context.new_page()
    page.goto("/review")
    page.locator("tbody a[href^='/review/']").first.click()
    page.wait_for_url("**/review/*")
    page.keyboard.press("n")
    note = page.locator("textarea:visible").first
    note.fill("It names no offence.")
    page.locator("input[name=reason]:visible").first.check()
    with page.expect_response("**/purpose") as chosen:
        page.select_option("#purpose", "warning")
    assert chosen.value.status == 303
    expect(page.locator("input[name=_purpose]").first).to_have_value("warning")
    context.clear_cookies()
    page.locator("form:has(textarea:visible) button.danger, form:has(textarea:visible) button.primary").first.click()
    expect(page.get_by_role("alert")).to_contain_text("Your session is over.")
    expect(note).to_have_value("It names no offence.")


def test_a_form_that_is_begun_keeps_the_purpose_of_its_page_while_it_grows(officers: Officers) -> None:
    """Another purpose was chosen in another window: a further entry changes nothing, and to save is refused."""
    context = officers.context("FR")
    page, other = context.new_page(), context.new_page()
    page.goto("/records/persons/new")
    page.fill("[name='/subject/name']", "Marvellier")
    before = page.input_value("#purpose")
    other.goto("/messages")
    with other.expect_navigation():
        other.select_option("#purpose", "warning")
    with page.expect_response("**/records/persons/new"):
        page.locator("button[name=_add]").first.click()
    expect(page.locator("#record-form [name=_purpose]")).to_have_value(before)
    expect(page.locator("[name='/subject/name']")).to_have_value("Marvellier")


def test_a_search_on_a_page_of_another_officer_is_not_asked(officers: Officers) -> None:
    context = officers.context("FR")
    page = context.new_page()
    page.goto("/")
    others = officers.context("DE").cookies()
    context.clear_cookies()
    context.add_cookies([{key: each[key] for key in ("name", "value", "domain", "path")} for each in others])
    page.fill("[name=q]", "GH734KL")
    page.press("[name=q]", "Enter")
    expect(page.get_by_role("alert")).to_contain_text("de.officer (DE) has signed in in this browser")
    expect(page.locator("article.hit")).to_have_count(0)


def test_several_clicks_send_a_form_once(officers: Officers) -> None:
    page = officers.page("FR")
    page.goto("/records/stolen-vehicles/new")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    page.fill("[name='/plate']", "GH 482 KT")
    with page.expect_navigation():
        page.evaluate(THREE_CLICKS)
    assert [each.rpartition("/")[2] for each in sent] == ["session", "new"]
