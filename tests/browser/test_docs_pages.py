"""The pages of the documents in a browser, as someone sees them who opens them for the first time."""

from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec
import pytest
from playwright.sync_api import Browser, Locator, Page

from gateway.openapi.merge import merged_openapi
from gateway.public_app import described_app
from tests.browser.officers import SCREEN, Officers, Sessions
from tests.browser.watching import Watch
from tests.system.mesh import RunningMesh

pytestmark = pytest.mark.thorough

SECONDS: Final = 120
SEARCH: Final = "search_vehicles"
OPENED: Final = f'[id="operations-stolen-vehicles-{SEARCH}"]'
ASKED: Final = "(inputs) => inputs.filter((each) => each.checkVisibility()).map((each) => each.name)"
REVOKE: Final = """async () => {
  const { token } = JSON.parse(sessionStorage.getItem("i247-token"));
  await fetch("/oauth/revoke", { method: "POST", body: new URLSearchParams({ token }) });
}"""
EXPIRE: Final = """() => {
  const kept = JSON.parse(sessionStorage.getItem("i247-token"));
  sessionStorage.setItem("i247-token", JSON.stringify({ ...kept, until: Date.now() - 1 }));
}"""


class Reader:
    """Somebody in front of a page of the documents."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.wrong = Watch(page)
        page.set_default_timeout(SECONDS * 1000)

    def goto(self, path: str) -> None:
        """Open an address, and wait for its document alone: the page is long."""
        self.page.goto(path, wait_until="domcontentloaded")

    def shown(self, selector: str) -> Locator:
        """Return the first element that is visible, when there is one."""
        found = self.page.locator(selector).filter(visible=True).first
        found.wait_for()
        return found

    def text(self, selector: str) -> str:
        """Return its text."""
        return self.shown(selector).inner_text().strip()

    def press(self, selector: str) -> None:
        """Focus and click by the script of the page: a test must not fail because a page still moves."""
        self.shown(selector).evaluate("(it) => (it.focus(), it.click())")

    def all(self, selector: str, expression: str) -> Any:
        """Return what an expression makes of all elements."""
        return self.page.locator(selector).evaluate_all(expression)

    def log_in(self, name: str, password: str) -> None:
        """Fill and send the dialog."""
        self.shown("#login input[name=username]").fill(name)
        self.shown("#login input[name=password]").fill(password)
        self.press("#login section:not([hidden]) .primary")

    def execute(self) -> int:
        """Send the request of the opened operation, and return the status that is shown."""
        with self.page.expect_response(lambda answer: "/stolen-vehicles/search" in answer.url) as answered:
            self.press(f"{OPENED} .execute")
        status = answered.value.status
        shown = self.page.locator(f"{OPENED} .live-responses-table tbody .response-col_status", has_text=str(status))
        shown.first.wait_for()
        return status

    def stored(self, storage: str) -> int:
        """Return how much the tab, or the browser, keeps."""
        kept: int = self.page.evaluate(f"{storage}.length")
        return kept


class FirstHour(NamedTuple):
    """What happened while someone used `/docs` for a first time."""

    asked: list[str]
    hint: str
    wrong_password: str
    logged_in: str
    all: str
    found: list[str]
    after_reload: str
    refusals: list[str]
    status: int
    stored_for_long: int
    status_of_revoked: int
    notice_of_revoked: str
    kept_after_revocation: int
    pasted: str
    notice_of_expired: str
    kept_after_expiry: int
    wrong: list[str]


@pytest.fixture(scope="module")
def told(browser: Browser, documented: RunningMesh, sessions: Sessions) -> FirstHour:
    """Log in, find an operation, call it, reload, let the token be revoked, paste another, let that expire."""
    mesh = documented
    name, password = mesh.login("FR")
    with browser.new_context(base_url=mesh.base, viewport=SCREEN) as context:
        reader = Reader(context.new_page())
        page = reader.page
        reader.goto("/docs")
        reader.press(".btn.authorize")
        asked = reader.all("#login input", ASKED)
        hint = reader.text("#login section:not([hidden]) p")
        reader.log_in(name, "a wrong one")
        wrong_password = reader.text("#login-error")
        reader.log_in(name, password)
        logged_in = reader.text(".btn.authorize.locked")

        counted = reader.text(".filter-operations output")
        reader.shown(".filter-operations input").fill("VIN engine number search")
        page.wait_for_function(
            "(all) => document.querySelector('.filter-operations output').textContent.trim() !== all", arg=counted
        )
        found = reader.all(".opblock-summary-path", "(paths) => paths.map((each) => each.dataset.path)")

        page.goto(f"/docs#/stolen-vehicles/{SEARCH}")
        page.reload(wait_until="domcontentloaded")
        after_reload = reader.text(".btn.authorize.locked")
        page.wait_for_selector(f"{OPENED} .responses-table")
        reader.press(f"{OPENED} .refusals > summary")
        refusals = reader.all(
            f"{OPENED} .refusal > summary > code:first-child", "(all) => all.map((each) => each.textContent)"
        )
        reader.press(f"{OPENED} .try-out__btn")
        reader.shown(f'{OPENED} [data-param-name="vin"] input').fill("ZAR93200001234567")
        status, stored_for_long = reader.execute(), reader.stored("localStorage")

        # As an operator does who revokes all tokens of an officer: the sessions of the console end as well.
        page.evaluate(REVOKE)
        sessions.clear()
        status_of_revoked = reader.execute()
        notice_of_revoked, kept_after_revocation = reader.text("#notice"), reader.stored("sessionStorage")

        reader.press(".btn.authorize.unlocked")
        reader.press("#login details summary")
        reader.shown("#login details[open] input[name=token]").fill(mesh.token("DE"))
        reader.press("#login details[open] button")
        pasted = reader.text(".btn.authorize.locked")
        page.evaluate(EXPIRE)
        page.reload(wait_until="domcontentloaded")
        return FirstHour(
            asked=asked,
            hint=hint,
            wrong_password=wrong_password,
            logged_in=logged_in,
            all=counted,
            found=found,
            after_reload=after_reload,
            refusals=refusals,
            status=status,
            stored_for_long=stored_for_long,
            status_of_revoked=status_of_revoked,
            notice_of_revoked=notice_of_revoked,
            kept_after_revocation=kept_after_revocation,
            pasted=pasted,
            notice_of_expired=reader.text("#notice"),
            kept_after_expiry=reader.stored("sessionStorage"),
            wrong=list(reader.wrong),
        )


def test_the_dialog_asks_for_name_and_password_alone(told: FirstHour) -> None:
    """It says which command prints them; everything else is behind a click."""
    assert told.asked == ["username", "password"]
    assert "i247 officer FR" in told.hint
    assert told.wrong_password == "the name or the password is wrong"
    assert told.logged_in == "Logged in as fr.officer"


def test_operations_are_filtered_by_any_words_about_them(told: FirstHour) -> None:
    """All words must be in the path, the summary or the description, in any case and order."""
    assert int(told.all.split()[0]) > 200
    assert "/api/stolen-vehicles/search" in told.found
    assert len(told.found) < 10


def test_the_login_outlives_a_reload_and_not_the_tab(told: FirstHour) -> None:
    """The token is in the session storage of the tab alone, and requests have it after a reload."""
    assert told.after_reload == "Logged in as fr.officer"
    assert told.status == 200
    assert told.stored_for_long == 0


def test_an_ended_token_is_forgotten_and_the_page_says_what_to_do(told: FirstHour) -> None:
    """Also where only the gateway knows that it has ended: it was revoked."""
    assert told.status_of_revoked == 401
    assert "no longer accepts your token" in told.notice_of_revoked
    assert "log in again" in told.notice_of_revoked
    assert "has expired" in told.notice_of_expired
    assert told.kept_after_revocation == told.kept_after_expiry == 0


def test_a_token_can_be_pasted(told: FirstHour) -> None:
    """As `i247 token DE` prints it."""
    assert told.pasted == "Logged in as de.officer"


def test_refusals_are_one_line_until_they_are_opened(told: FirstHour) -> None:
    assert {"401", "403", "422"} <= set(told.refusals)


def test_the_pages_load_nothing_else_and_report_no_error(told: FirstHour) -> None:
    """No request to another host, no missing file, no violation of the policy, no error of a script."""
    assert told.wrong == []


def test_an_operation_fits_a_screen(officers: Officers, documented: RunningMesh) -> None:
    """A search, an entry with a long body, and a message, on a screen of 1280 x 800."""
    reader = Reader(officers.page())
    heights = {}
    for operation in (f"stolen-vehicles/{SEARCH}", *_posts(documented, "/api/notices", "/api/messages")):
        reader.page.goto("about:blank")
        reader.goto(f"/docs#/{operation}")
        reader.page.wait_for_selector(".opblock.is-open .responses-table .response")
        heights[operation] = reader.shown(".opblock.is-open").evaluate("(it) => it.getBoundingClientRect().height")
    assert len(heights) == 3
    assert max(heights.values()) <= SCREEN["height"]
    assert list(reader.wrong) == []


def _posts(mesh: RunningMesh, *paths: str) -> list[str]:
    with mesh.client("FR") as client:
        document = client.get("/openapi.json").json()
    posts = [document["paths"][path]["post"] for path in paths]
    return [f"{post['tags'][0]}/{post['operationId']}" for post in posts]


def test_the_reference_and_the_tutorial_can_be_read(officers: Officers, documented: RunningMesh) -> None:
    """The reference lists all operations, finds them by words, and shows each in the chapter of its tag."""
    reader = Reader(officers.page())
    reader.goto("/reference")
    reader.page.wait_for_selector(".contents li")
    assert reader.page.locator(".contents li").count() > 200
    reader.shown(".contents input").fill("stolen search")
    found = reader.all(
        ".contents li",
        "(rows) => rows.filter((row) => row.checkVisibility()).map((row) => row.querySelector('code').textContent)",
    )
    assert "GET /api/stolen-vehicles/search" in found
    reader.goto(f"/reference?tag=stolen-vehicles#operation/{SEARCH}")
    assert reader.text("h1").startswith("stolen-vehicles")
    assert reader.text(f'[id="operation/{SEARCH}"] h2')
    reader.goto("/tutorial")
    assert reader.text("h1") == "Your first request"
    assert list(reader.wrong) == []


def test_with_an_outside_provider_the_dialog_asks_for_its_token(
    officers: Officers, documented: RunningMesh, tmp_path: Path
) -> None:
    """There is no token endpoint then. Nothing is known about the token, so the page does not say whose it is."""
    document = msgspec.json.encode(merged_openapi(described_app(issues_tokens=False, shares_clock=False), (), ()))
    reader = Reader(officers.page())
    reader.page.route("**/openapi.json", lambda route: route.fulfill(body=document, content_type="application/json"))
    reader.goto("/docs")
    reader.press(".btn.authorize")
    assert reader.all("#login input", ASKED) == ["token"]
    reader.shown("#login section:not([hidden]) input").fill("opaque-token")
    reader.press("#login section:not([hidden]) .primary")
    assert reader.text(".btn.authorize.locked") == "Logged in"
    assert list(reader.wrong) == []
