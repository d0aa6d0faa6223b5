"""The pages of the documents in a browser, as someone sees them who opens them for the first time."""

import json
from pathlib import Path
from typing import Any

import pytest

from gateway.openapi.merge import merged_openapi
from gateway.public_app import described_app
from tests.interop.node import Node
from tests.system.mesh import RunningMesh

pytestmark = pytest.mark.thorough

SCREEN = 800
STORY_SECONDS = 480


@pytest.fixture(scope="module")
def told(browser: Node, mesh: RunningMesh) -> Any:
    """Return what happened while someone used `/docs` for a first time."""
    login = dict(line.split()[:2] for line in mesh.i247("officer", "FR").stdout.splitlines())
    arguments = (mesh.base, login["username"], login["password"], mesh.token("DE"))
    return browser.run("docs.mjs", *arguments, seconds=STORY_SECONDS)


def test_the_dialog_asks_for_name_and_password_alone(told: Any) -> None:
    """It says which command prints them; everything else is behind a click."""
    assert told["asked"] == ["username", "password"]
    assert "i247 officer FR" in told["hint"]
    assert told["wrongPassword"] == "the name or the password is wrong"
    assert told["loggedIn"] == "Logged in as fr.officer"


def test_operations_are_filtered_by_any_words_about_them(told: Any) -> None:
    """All words must be in the path, the summary or the description, in any case and order."""
    assert int(told["all"].split()[0]) > 200
    assert "/api/stolen-vehicles/search" in told["found"]
    assert len(told["found"]) < 10


def test_the_login_outlives_a_reload_and_not_the_tab(told: Any) -> None:
    """The token is in the session storage of the tab alone, and requests have it after a reload."""
    assert told["afterReload"] == "Logged in as fr.officer"
    assert told["status"] == 200
    assert told["storedForLong"] == 0


def test_an_ended_token_is_forgotten_and_the_page_says_what_to_do(told: Any) -> None:
    """Also where only the gateway knows that it has ended: it was revoked."""
    assert told["statusOfRevoked"] == 401
    assert "no longer accepts your token" in told["noticeOfRevoked"]
    assert "log in again" in told["noticeOfRevoked"]
    assert "has expired" in told["noticeOfExpired"]
    assert told["keptAfterRevocation"] == told["keptAfterExpiry"] == 0


def test_a_token_can_be_pasted(told: Any) -> None:
    """As `i247 token DE` prints it."""
    assert told["pasted"] == "Logged in as de.officer"


def test_refusals_are_one_line_until_they_are_opened(told: Any) -> None:
    assert {"401", "403", "422"} <= set(told["refusals"])


def test_the_pages_load_nothing_else_and_report_no_error(told: Any) -> None:
    """No request to another host, no missing file, no violation of the policy, no error of a script."""
    assert told["wrong"] == []


def test_an_operation_fits_a_screen(browser: Node, mesh: RunningMesh) -> None:
    """A search, an entry with a long body, and a message, on a screen of 1280 x 800."""
    operations = ("stolen-vehicles/search_vehicles", *_posts(mesh, "/api/notices", "/api/messages"))
    shown = browser.run("heights.mjs", mesh.base, *operations, seconds=STORY_SECONDS)
    assert shown["heights"].keys() == set(operations)
    assert max(shown["heights"].values()) <= SCREEN
    assert shown["wrong"] == []


def _posts(mesh: RunningMesh, *paths: str) -> list[str]:
    with mesh.client("FR") as client:
        document = client.get("/openapi.json").json()
    posts = [document["paths"][path]["post"] for path in paths]
    return [f"{post['tags'][0]}/{post['operationId']}" for post in posts]


def test_the_reference_and_the_tutorial_can_be_read(browser: Node, mesh: RunningMesh) -> None:
    """The reference lists all operations, finds them by words, and shows each in the chapter of its tag."""
    read = browser.run(
        "reading.mjs", mesh.base, "stolen-vehicles", "search_vehicles", "stolen search", seconds=STORY_SECONDS
    )
    assert read["operations"] > 200
    assert "GET /api/stolen-vehicles/search" in read["found"]
    assert read["chapter"].startswith("stolen-vehicles")
    assert read["operation"]
    assert read["tutorial"] == "Your first request"
    assert read["wrong"] == []


def test_with_an_outside_provider_the_dialog_asks_for_its_token(
    browser: Node, mesh: RunningMesh, tmp_path: Path
) -> None:
    """There is no token endpoint then. Nothing is known about the token, so the page does not say whose it is."""
    file = tmp_path / "openapi.json"
    file.write_text(json.dumps(merged_openapi(described_app(issues_tokens=False, shares_clock=False), (), ())))
    shown = browser.run("provider.mjs", mesh.base, file, "opaque-token", seconds=STORY_SECONDS)
    assert shown == {"asked": ["token"], "loggedIn": "Logged in", "wrong": []}
