"""The story of `i247 demo` through the console: two officers in two browsers, and the reviewers and the auditor after."""

from playwright.sync_api import Page, expect

PLATE = "FZ 512 KL"


def enter_car(france: Page) -> str:
    """Enter a stolen car by the form, and return the address of its record."""
    france.goto("/records")
    france.click("main a[href='/records/stolen-vehicles']")
    france.click("main a[href='/records/stolen-vehicles/new']")
    for name, value in {"plate": PLATE, "country": "FR", "make": "Renault", "theft_date": "2026-05-02"}.items():
        france.fill(f"[name='/{name}']", value)
    with france.expect_navigation():
        france.press("[name='/make']", "Enter")
    expect(france.locator("main h1")).to_contain_text("FZ 512 KL")
    return france.url
