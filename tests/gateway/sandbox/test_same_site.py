"""Which requests pass for those of this machine: by `Host`, `Origin` and what a browser says of the page."""

import pytest
from fastapi import FastAPI

from gateway.sandbox.same_site import SAME_SITE, is_local
from shared.web.problems import render_refusals
from tests.gateway.raw_requests import WHOLE, send_raw


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "localhost:8247",
        "app.localhost:1",
        "127.0.0.1",
        "127.0.0.1:65535",
        "127.8.8.8:80",
        "[::1]",
        "[::1]:80",
    ],
)
def test_a_name_or_an_address_of_this_machine_is_local(host: str) -> None:
    """With a port or without."""
    assert is_local(host)


@pytest.mark.parametrize(
    "host",
    [
        "",
        "evil.example",
        "localhost.evil.example",
        "evillocalhost",
        "localhost.",
        "[::1].evil.example",
        "[::1]evil",
        "[::1",
        "::1",
        "[127.0.0.1]",
        "[::1]:",
        "localhost:",
        "localhost:http",
        "localhost:70000",
        "localhost:-1",
        "localhost:80:80",
        "127.0.0.1.evil.example",
        "127.1",
        "0.0.0.0",  # noqa: S104 - nothing listens there
        "192.168.0.1",
        "user@localhost",
        "localhost/",
        "localhost,evil.example",
        "localhost\n",
        "localhost:８０",
    ],
    ids=ascii,
)
def test_anything_else_is_not(host: str) -> None:
    """What a lenient reader takes for a local name may lead to another machine."""
    assert not is_local(host)


@pytest.fixture
def app() -> FastAPI:
    """Return an application with one route that only this machine may use."""
    app = FastAPI(dependencies=[SAME_SITE])
    render_refusals(app)

    @app.get("/sandbox")
    async def show() -> str:
        return "shown"

    return app


LOCAL = (b"host", b"localhost:8247")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ([LOCAL], 200),
        ([LOCAL, (b"origin", b"http://localhost:8247")], 200),
        ([LOCAL, (b"origin", b"HTTP://LOCALHOST:8247")], 200),
        ([LOCAL, (b"origin", b"http://localhost:8247"), (b"sec-fetch-site", b"same-origin")], 200),
        ([], 403),
        ([LOCAL, LOCAL], 403),
        ([LOCAL, (b"host", b"evil.example")], 403),
        ([(b"host", b"evil.example"), LOCAL], 403),
        ([LOCAL, (b"origin", b"http://localhost:8247"), (b"origin", b"http://evil.example")], 403),
        ([LOCAL, (b"origin", b"http://evil.example")], 403),
        ([LOCAL, (b"origin", b"http://localhost:1")], 403),
        ([LOCAL, (b"origin", b"file://localhost:8247")], 403),
        ([LOCAL, (b"origin", b"localhost:8247")], 403),
        ([LOCAL, (b"origin", b"null")], 403),
        ([LOCAL, (b"origin", b"")], 403),
        ([LOCAL, (b"sec-fetch-site", b"same-site")], 403),
        ([LOCAL, (b"sec-fetch-site", b"none"), (b"sec-fetch-site", b"cross-site")], 403),
        ([LOCAL, (b"webhook-id", b"1")], 403),
    ],
    ids=str,
)
async def test_a_request_is_of_this_machine_or_refused(
    app: FastAPI, headers: list[tuple[bytes, bytes]], status: int
) -> None:
    """Two headers that contradict each other are refused, whichever is first."""
    start, *_ = await send_raw(app, [WHOLE], path="/sandbox", raw_path=b"/sandbox", headers=headers)
    assert start["status"] == status
