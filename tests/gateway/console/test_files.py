"""The files of the pages."""

import httpx
import pytest

from gateway.console.rendering import FILES, file_url
from tests.gateway.console.conftest import SignedIn


@pytest.mark.thorough
def test_each_block_of_the_style_sheet_is_closed_before_a_rule_for_media_begins() -> None:
    """Otherwise all that follows is for those media alone."""
    depth = 0
    for number, line in enumerate((FILES / "console.css").read_text(encoding="utf-8").splitlines(), start=1):
        assert depth == 0 or not line.startswith("@media"), f"line {number}: {line[:80]}"
        depth += line.count("{") - line.count("}")
    assert depth == 0


@pytest.mark.thorough
async def test_files_and_pages_are_compressed_for_those_who_take_it(
    signed_in: SignedIn, gateway: httpx.ASGITransport
) -> None:
    async with httpx.AsyncClient(transport=gateway, base_url="http://gateway") as client:
        for name in ("console.css", "htmx.min.js", "world.svg"):
            plain = await client.get(file_url(name), headers={"Accept-Encoding": "identity"})
            packed = await client.get(file_url(name), headers={"Accept-Encoding": "gzip"})
            assert plain.headers["content-type"] == packed.headers["content-type"]
            assert plain.content == packed.content == (FILES / name).read_bytes()
            assert int(packed.headers["content-length"]) < int(plain.headers["content-length"]) / 2
    page = await (await signed_in("FR")).get("/network")
    assert int(page.headers["content-length"]) < len(page.content) / 2


@pytest.mark.thorough
async def test_files_are_kept_by_the_browser_and_change_their_address(client: httpx.AsyncClient) -> None:
    page = (await client.get("/sign-in")).text
    address = page.partition('rel="stylesheet" href="')[2].partition('"')[0]
    answer = await client.get(address)
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["content-type"].startswith("text/css")
    assert answer.headers["content-encoding"] == "gzip"
    plain = await client.get(address, headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.content == answer.content
    assert (await client.get("/files/0123456789ab/console.css")).status_code == 404
    assert (await client.get("/files/0123456789ab/..%2Fapp.py")).status_code == 404
