"""What somebody types in a browser outlives their session."""

import pytest
from playwright.sync_api import expect

from tests.browser.officers import Officers

pytestmark = pytest.mark.thorough

MORE_THAN_A_MINUTE = 61_000


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
    page.click("#send")
    expect(page.get_by_role("alert")).to_contain_text("Your session is over. Sign in in another tab")
    expect(page.locator("#body")).to_have_value("Seen in Lyon.")
    context.add_cookies([{key: each[key] for key in ("name", "value", "domain", "path")} for each in cookies])
    with page.expect_navigation():
        page.click("#send")
    expect(page.locator("h1")).to_have_text("A car")
