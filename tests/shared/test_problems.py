"""What an application answers to requests that cannot be served: always a problem, and one that helps."""

import json
from collections.abc import AsyncIterator
from typing import Annotated, Any

import httpx
import pytest
from fastapi import APIRouter, FastAPI, File, Form, UploadFile
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict

from shared.errors import PROBLEM_JSON, Malformed, NotFound
from shared.protocol.http import HttpRequest, HttpResponse
from shared.rpc.asgi import HttpCycle
from shared.web.problems import render_refusals
from shared.web.strict_json import WellFormed, check_json


class Note(BaseModel):
    """A body that a route takes."""

    model_config = ConfigDict(extra="forbid")

    text: str
    weight: float = 0


router = APIRouter()


@router.post("/notes")
async def write_note(note: Note) -> Note:
    return note


@router.get("/notes")
async def list_notes(word: str = "") -> list[str]:
    return [word]


@router.get("/notes/{name}")
async def read_note(name: str) -> str:
    raise NotFound(f"no note {name}")


@router.put("/notes/{name}")
async def crash(name: str) -> str:
    raise RuntimeError("a secret of the store")


@router.post("/images")
async def upload(title: Annotated[str, Form()], image: Annotated[UploadFile, File()]) -> str:
    return f"{title}: {len(await image.read())}"


@pytest.fixture
def app() -> FastAPI:
    app = FastAPI()
    app.include_router(router)
    app.add_middleware(WellFormed)
    render_refusals(app)
    return app


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
        yield client


def problem_of(response: httpx.Response) -> tuple[int, str]:
    assert response.headers["content-type"] == PROBLEM_JSON
    body = response.json()
    assert body["status"] == response.status_code
    return response.status_code, body["type"].removeprefix("urn:i247:problem:")


async def post_json(client: httpx.AsyncClient, body: bytes) -> httpx.Response:
    return await client.post("/notes", content=body, headers={"Content-Type": "application/json"})


async def test_a_refusal_is_a_problem(client: httpx.AsyncClient) -> None:
    """Status, type and detail come from the refusal that a rule or store raised."""
    response = await client.get("/notes/7")
    assert problem_of(response) == (404, "not-found")
    assert response.json()["detail"] == "no note 7"


async def test_a_crash_is_a_problem_that_tells_nothing(client: httpx.AsyncClient) -> None:
    """The caller learns that it failed, and nothing of the inside."""
    response = await client.put("/notes/7")
    assert problem_of(response) == (500, "internal")
    assert "secret" not in response.text


async def test_an_unknown_path_is_a_problem(client: httpx.AsyncClient) -> None:
    """The path is repeated, so that a slip of the pen is seen."""
    response = await client.get("/nots")
    assert problem_of(response) == (404, "not-found")
    assert "/nots" in response.json()["detail"]


@pytest.mark.parametrize(("path", "methods"), [("/notes", "GET, POST"), ("/notes/7", "GET, PUT"), ("/images", "POST")])
async def test_a_wrong_method_is_told_all_that_are_possible(client: httpx.AsyncClient, path: str, methods: str) -> None:
    """`Allow` lists the methods of every route of the path (RFC 9110 section 15.5.6)."""
    response = await client.delete(path)
    assert problem_of(response) == (405, "method-not-allowed")
    assert response.headers["allow"] == methods


async def test_a_body_that_does_not_fit_names_each_fault_but_not_what_was_sent(client: httpx.AsyncClient) -> None:
    """The place and the reason of each fault are told; the values may be personal data and are not."""
    response = await client.post("/notes", json={"text": 7, "weight": "Mario Rossi"})
    assert problem_of(response) == (422, "invalid")
    assert [fault["pointer"] for fault in response.json()["errors"]] == ["body/text", "body/weight"]
    assert "Rossi" not in response.text


@pytest.mark.parametrize("media", ["text/plain", "application/x-www-form-urlencoded", "application/xml", None])
async def test_a_body_that_is_not_said_to_be_json_is_told_to_be(client: httpx.AsyncClient, media: str | None) -> None:
    """The refusal names the type to send, rather than a fault of the schema."""
    response = await client.post("/notes", content=b'{"text": "a"}', headers={"Content-Type": media} if media else {})
    assert problem_of(response) == (415, "unsupported-media-type")
    assert "application/json" in response.json()["detail"]


async def test_any_json_media_type_is_taken(client: httpx.AsyncClient) -> None:
    """Parameters and the suffix `+json` do not matter."""
    for media in ("application/json; charset=utf-8", "application/vnd.police+json"):
        response = await client.post("/notes", content=b'{"text": "a"}', headers={"Content-Type": media})
        assert response.status_code == 200


async def test_a_missing_body_does_not_fit_the_schema(client: httpx.AsyncClient) -> None:
    """No body at all is no question of its type."""
    assert problem_of(await client.post("/notes")) == (422, "invalid")


async def test_a_form_is_taken_and_anything_else_is_told_to_be_one(client: httpx.AsyncClient) -> None:
    """Images travel as multipart forms, in which any byte may occur."""
    sent = await client.post("/images", data={"title": "a"}, files={"image": b"\0\xff\\u0000"})
    assert sent.json() == "a: 8"
    refused = await client.post("/images", json={"title": "a"})
    assert problem_of(refused) == (415, "unsupported-media-type")
    assert "multipart/form-data" in refused.json()["detail"]
    assert problem_of(await client.post("/images", data={"title": "a"})) == (422, "invalid")


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"\xef\xbb\xbf{}",
        b'{"text": "\xff"}',
        b'{"text": "\xed\xa0\x80"}',
        b'{"text": "\\ud800"}',
        b'{"text": "a\\u0000b"}',
        b'{"a\\u0000b": 1}',
        b'{"text": "a", "more": [{"deep": "\\u0000"}]}',
        b'{"text": "a", "weight": NaN}',
        b'{"text": "a", "weight": -Infinity}',
        b'{"text": "a", "weight": 1e999}',
        b'{"text": "a", "text": "b"}',
        b'{"text": "a", "more": [{"deep": 1, "deep": 1}]}',
        b"[" * 100_000,
    ],
    ids=lambda body: body[:30].decode("ascii", "backslashreplace"),
)
async def test_a_body_that_is_not_well_formed_is_malformed(client: httpx.AsyncClient, body: bytes) -> None:
    """What a lenient parser lets pass and a store then refuses or spoils is refused at once."""
    assert problem_of(await post_json(client, body)) == (400, "malformed")


async def test_a_text_that_only_looks_like_an_escape_is_taken(client: httpx.AsyncClient) -> None:
    """A backslash and `u0000` written out are six ordinary characters."""
    assert (await post_json(client, rb'{"text": "\\u0000"}')).json()["text"] == r"\u0000"


async def test_no_text_of_a_url_may_contain_nul(client: httpx.AsyncClient) -> None:
    """U+0000 is refused in paths and queries, as PostgreSQL cannot compare with it."""
    for target in ("/notes?word=a%00b", "/notes?a%00b=1", "/notes/a%00b"):
        assert problem_of(await client.get(target)) == (400, "malformed")


@pytest.mark.parametrize("target", ["/notes?word=a\0b", "/notes/a\0b"])
async def test_nor_may_it_where_it_is_not_escaped(app: FastAPI, target: str) -> None:
    """As no client of HTTP sends it, though whoever signs an envelope himself could."""
    answers: list[HttpResponse] = []

    async def take(answer: HttpResponse) -> None:
        answers.append(answer)

    await HttpCycle(HttpRequest("GET", target), {}, take).run(app)
    assert [(answer.status, b"malformed" in answer.body) for answer in answers] == [(400, True)]


async def test_the_name_of_a_superfluous_member_may_be_anything(client: httpx.AsyncClient) -> None:
    """A name as long as a book, or in any script, is refused like any other, in short."""
    response = await client.post("/notes", json={"text": "a", "名" * 5000: 1})
    assert problem_of(response) == (422, "invalid")
    assert len(response.content) < 1000


async def test_a_body_in_parts_is_checked_as_a_whole(client: httpx.AsyncClient) -> None:
    """An escape that is cut in two by the transport is found all the same, and a good body arrives complete."""

    async def parts(*pieces: bytes) -> AsyncIterator[bytes]:
        for piece in pieces:
            yield piece

    headers = {"Content-Type": "application/json"}
    good = await client.post("/notes", content=parts(b'{"text": ', b'"abc"}'), headers=headers)
    assert good.json()["text"] == "abc"
    bad = await client.post("/notes", content=parts(b'{"text": "\\u00', b'00"}'), headers=headers)
    assert problem_of(bad) == (400, "malformed")


texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)


@given(values)
def test_every_ordinary_value_is_well_formed(value: Any) -> None:
    """The check refuses nothing that JSON can say, however it is escaped."""
    check_json(json.dumps(value).encode())
    check_json(json.dumps(value, ensure_ascii=False).encode())


@given(texts, texts)
def test_nul_is_found_wherever_it_is(before: str, after: str) -> None:
    """In a value or in a name, in the midst of anything."""
    text = before + "\0" + after
    for value in (text, [text], {"name": [1, {text: None}]}):
        with pytest.raises(Malformed):
            check_json(json.dumps(value).encode())
