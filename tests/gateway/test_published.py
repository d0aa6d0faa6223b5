"""The OpenAPI document as it is served: made once, the same bytes for all, and not sent again to caches."""

import asyncio
import gzip
import json

import httpx
import pytest
from fastapi import FastAPI

import gateway.openapi.published
from deploy.generated.asyncapi import describe_network
from deploy.generated.openapi import describe_network_in_thread
from gateway.app import describe_gateway
from gateway.openapi.published import PublishedDocument, add_document, represented, takes_gzip
from services import SERVICES
from shared.errors import Busy
from shared.web.problems import render_refusals
from tests.gateway.mesh import Mesh, client_of

PLAIN = {"Accept-Encoding": "identity"}
COMPRESSED = {"Accept-Encoding": "gzip, deflate, br"}


class Maker:
    """Makes a document, and counts how often."""

    def __init__(self) -> None:
        self.made = 0
        self.fails = False
        self.wait = 0.0

    async def __call__(self) -> bytes:
        """Make it."""
        self.made += 1
        await asyncio.sleep(self.wait)
        if self.fails:
            raise Busy("not this time")
        return json.dumps({"openapi": "3.1.0", "info": {"title": "é" * 1000}}).encode()


@pytest.fixture
def maker() -> Maker:
    return Maker()


@pytest.fixture
def client(maker: Maker) -> httpx.AsyncClient:
    """Return a client of an application that serves the document and nothing else."""
    app = FastAPI(openapi_url=None)
    render_refusals(app)
    add_document(app, PublishedDocument(maker))
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://gateway")


@pytest.mark.thorough
async def test_the_document_of_the_gateway_is_served(mesh: Mesh) -> None:
    """Compressed, and with its length."""
    async with client_of(mesh.gateway(*SERVICES)) as gateway:
        answer = await gateway.get("/openapi.json", headers=COMPRESSED)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["content-encoding"] == "gzip"
    assert int(answer.headers["content-length"]) * 5 < len(answer.content)
    assert answer.json() == describe_gateway(SERVICES)


async def test_the_asyncapi_document_of_the_network_is_served(mesh: Mesh) -> None:
    """As the OpenAPI document is: compressed, with an ETag, and without a token."""
    async with client_of(mesh.gateway(*SERVICES, describe_network=describe_network_in_thread)) as gateway:
        answer = await gateway.get("/asyncapi.json", headers=COMPRESSED)
        again = await gateway.get("/asyncapi.json", headers=COMPRESSED | {"If-None-Match": answer.headers["etag"]})
    assert (answer.status_code, again.status_code) == (200, 304)
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.json() == describe_network(SERVICES)
    assert answer.json()["asyncapi"].startswith("3.1")


async def test_the_document_is_sent_in_the_accepted_encoding(client: httpx.AsyncClient) -> None:
    """With `Vary` and an ETag of its own, so that caches keep the encodings apart."""
    plain = await client.get("/openapi.json", headers=PLAIN)
    compressed = await client.get("/openapi.json", headers=COMPRESSED)
    assert "content-encoding" not in plain.headers
    assert compressed.headers["content-encoding"] == "gzip"
    assert plain.json() == compressed.json()
    assert plain.headers["vary"] == compressed.headers["vary"] == "Accept-Encoding"
    assert plain.headers["etag"] != compressed.headers["etag"]


async def test_a_matching_etag_is_answered_with_304(client: httpx.AsyncClient) -> None:
    """One of several, a weak one, or `*`; each encoding has its own."""
    for encoding in (PLAIN, COMPRESSED):
        tag = (await client.get("/openapi.json", headers=encoding)).headers["etag"]
        for held in (tag, f"W/{tag}", f'"other", {tag}', "*"):
            again = await client.get("/openapi.json", headers=encoding | {"If-None-Match": held})
            assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
        other = await client.get("/openapi.json", headers=encoding | {"If-None-Match": '"other"'})
        assert other.status_code == 200


async def test_a_head_request_for_the_document_returns_its_headers(client: httpx.AsyncClient) -> None:
    """With the length of the body."""
    whole = await client.get("/openapi.json", headers=PLAIN)
    head = await client.head("/openapi.json", headers=PLAIN)
    assert (head.status_code, head.headers["etag"]) == (200, whole.headers["etag"])
    assert int(head.headers["content-length"]) == len(whole.content)


async def test_the_document_is_made_once_for_concurrent_requests(client: httpx.AsyncClient, maker: Maker) -> None:
    answers = await asyncio.gather(*(client.get("/openapi.json", headers=COMPRESSED) for _ in range(20)))
    assert {answer.content for answer in answers} == {answers[0].content}
    assert maker.made == 1


async def test_closing_the_gateway_cancels_the_making_of_the_document(maker: Maker) -> None:
    maker.wait = 60
    document = PublishedDocument(maker)
    await document.close()
    asking = asyncio.create_task(document._made())
    await asyncio.sleep(0)
    await document.close()
    with pytest.raises(asyncio.CancelledError):
        await asking


async def test_the_document_is_made_after_the_start_without_a_request(
    monkeypatch: pytest.MonkeyPatch, maker: Maker
) -> None:
    monkeypatch.setattr(gateway.openapi.published, "MADE_AFTER_SECONDS", 0.01)
    await PublishedDocument(maker).make_later()
    assert maker.made == 1


async def test_a_failure_to_make_the_document_is_not_cached(client: httpx.AsyncClient, maker: Maker) -> None:
    """The next request tries again."""
    maker.fails = True
    refused = await client.get("/openapi.json")
    assert (refused.status_code, refused.json()["type"]) == (503, "urn:i247:problem:busy")
    maker.fails = False
    assert (await client.get("/openapi.json")).status_code == 200


async def test_a_405_of_the_edge_does_not_make_the_document(mesh: Mesh) -> None:
    """`Allow` is found from the edge's own routes."""
    made = mesh.gateway(*SERVICES)
    async with client_of(made) as client:
        answer = await client.put("/oauth/token")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    assert made.document._making is None


@pytest.mark.parametrize(
    ("accept_encoding", "expected"),
    [
        ("", False),
        ("gzip", True),
        ("GZIP;q=0.5", True),
        ("br, gzip; q=0", False),
        ("gzip;q=0.000, *", False),
        ("*", True),
        ("*;q=0", False),
        ("deflate, br", False),
        (";,;q=", False),
    ],
)
def test_gzip_is_sent_if_accept_encoding_allows_it(accept_encoding: str, expected: bool) -> None:
    """RFC 9110 section 12.5.3."""
    assert takes_gzip(accept_encoding) is expected


def test_compression_is_deterministic() -> None:
    """Otherwise each process of a gateway would send another ETag."""
    first, second = represented(b"[]"), represented(b"[]")
    assert first == second
    assert gzip.decompress(first[1].body) == first[0].body == b"[]"
