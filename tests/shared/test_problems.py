"""Requests that cannot be served: the answer is always a problem document that helps the caller."""

import json
from collections.abc import AsyncIterator
from contextlib import nullcontext
from typing import Annotated, Any

import httpx
import pytest
from fastapi import APIRouter, FastAPI, File, Form, UploadFile
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict

from shared.errors import Malformed, NotFound, TooLarge
from shared.protocol.http import HttpRequest, HttpResponse
from shared.rpc.asgi import HttpCycle
from shared.web.problems import render_refusals
from shared.web.strict_json import MAX_VALUES, WellFormed, check_json
from tests.support import problem_of


class Note(BaseModel):
    """The body of a route."""

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


async def post_json(client: httpx.AsyncClient, body: bytes) -> httpx.Response:
    return await client.post("/notes", content=body, headers={"Content-Type": "application/json"})


async def test_a_raised_refusal_becomes_a_problem(client: httpx.AsyncClient) -> None:
    """With its status, type and detail."""
    response = await client.get("/notes/7")
    assert problem_of(response) == (404, "not-found")
    assert response.json()["detail"] == "no note 7"


async def test_a_crash_becomes_a_problem_without_internal_details(client: httpx.AsyncClient) -> None:
    response = await client.put("/notes/7")
    assert problem_of(response) == (500, "internal")
    assert "secret" not in response.text


async def test_an_unknown_path_gives_a_404_problem_with_the_path(client: httpx.AsyncClient) -> None:
    """The caller can see a typing error in it."""
    response = await client.get("/nots")
    assert problem_of(response) == (404, "not-found")
    assert "/nots" in response.json()["detail"]


@pytest.mark.parametrize(("path", "methods"), [("/notes", "GET, POST"), ("/notes/7", "GET, PUT"), ("/images", "POST")])
async def test_a_method_that_is_not_allowed_gives_405_with_all_allowed_methods(
    client: httpx.AsyncClient, path: str, methods: str
) -> None:
    """`Allow` lists the methods of every route of the path (RFC 9110 section 15.5.6)."""
    response = await client.delete(path)
    assert problem_of(response) == (405, "method-not-allowed")
    assert response.headers["allow"] == methods


async def test_an_invalid_body_gives_422_with_each_fault_but_no_values(client: httpx.AsyncClient) -> None:
    """The values may be personal data."""
    response = await client.post("/notes", json={"text": 7, "weight": "Mario Rossi"})
    assert problem_of(response) == (422, "invalid")
    assert [fault["pointer"] for fault in response.json()["errors"]] == ["/text", "/weight"]
    assert "Rossi" not in response.text


@pytest.mark.parametrize("media", ["text/plain", "application/x-www-form-urlencoded", "application/xml", None])
async def test_a_body_without_a_json_media_type_gives_415_naming_json(
    client: httpx.AsyncClient, media: str | None
) -> None:
    """Rather than a fault of the schema."""
    response = await client.post("/notes", content=b'{"text": "a"}', headers={"Content-Type": media} if media else {})
    assert problem_of(response) == (415, "unsupported-media-type")
    assert "application/json" in response.json()["detail"]


async def test_any_json_media_type_is_accepted(client: httpx.AsyncClient) -> None:
    """With parameters, or with the suffix `+json`."""
    for media in ("application/json; charset=utf-8", "application/vnd.police+json"):
        response = await client.post("/notes", content=b'{"text": "a"}', headers={"Content-Type": media})
        assert response.status_code == 200


async def test_a_missing_body_gives_422(client: httpx.AsyncClient) -> None:
    """Without a body its media type does not matter."""
    assert problem_of(await client.post("/notes")) == (422, "invalid")


async def test_a_form_route_accepts_multipart_and_refuses_other_media_types(client: httpx.AsyncClient) -> None:
    """A form may contain any byte; one without the file gives 422."""
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
async def test_a_body_that_is_not_well_formed_gives_400_malformed(client: httpx.AsyncClient, body: bytes) -> None:
    """Including values that a lenient parser accepts and a store then rejects or corrupts."""
    assert problem_of(await post_json(client, body)) == (400, "malformed")


async def test_an_escaped_backslash_before_u0000_is_accepted(client: httpx.AsyncClient) -> None:
    """It is six ordinary characters."""
    assert (await post_json(client, rb'{"text": "\\u0000"}')).json()["text"] == r"\u0000"


async def test_an_escaped_nul_in_a_url_gives_400(client: httpx.AsyncClient) -> None:
    """In the path or the query; PostgreSQL cannot store U+0000."""
    for target in ("/notes?word=a%00b", "/notes?a%00b=1", "/notes/a%00b"):
        assert problem_of(await client.get(target)) == (400, "malformed")


@pytest.mark.parametrize("target", ["/notes?word=a\0b", "/notes/a\0b"])
async def test_an_unescaped_nul_in_a_url_gives_400(app: FastAPI, target: str) -> None:
    """No HTTP client sends it, but a signed envelope can contain it."""
    answers: list[HttpResponse] = []

    async def take(answer: HttpResponse) -> None:
        answers.append(answer)

    await HttpCycle(HttpRequest("GET", target), {}, take).run(app)
    assert [(answer.status, b"malformed" in answer.body) for answer in answers] == [(400, True)]


async def test_an_unknown_member_with_an_overlong_name_gives_a_short_422(client: httpx.AsyncClient) -> None:
    response = await client.post("/notes", json={"text": "a", "名" * 5000: 1})
    assert problem_of(response) == (422, "invalid")
    assert len(response.content) < 1000


async def test_a_body_received_in_parts_is_checked_as_a_whole(client: httpx.AsyncClient) -> None:
    """An escape that is split across two parts is found."""

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
def test_every_json_value_without_nul_is_well_formed(value: Any) -> None:
    """In any escaping."""
    check_json(json.dumps(value).encode())
    check_json(json.dumps(value, ensure_ascii=False).encode())


@pytest.mark.parametrize(
    ("value", "is_few"),
    [
        ([1] * MAX_VALUES, True),
        ([1] * (MAX_VALUES + 1), False),
        ({str(number): 1 for number in range(MAX_VALUES + 1)}, False),
        ([[]] * MAX_VALUES + [1], False),
        ([{"a": [1]}] * (MAX_VALUES // 2), False),
        ("[,{" * MAX_VALUES, True),
    ],
    ids=["most", "list", "object", "empty lists", "nested", "text"],
)
def test_a_body_of_too_many_values_is_refused_before_they_are_validated(value: Any, is_few: bool) -> None:
    """A mistake in each of them would keep a service busy for a minute."""
    with nullcontext() if is_few else pytest.raises(TooLarge, match="20,000 values"):
        check_json(json.dumps(value).encode())


@given(texts, texts)
def test_nul_is_refused_in_any_value_or_name(before: str, after: str) -> None:
    text = before + "\0" + after
    for value in (text, [text], {"name": [1, {text: None}]}):
        with pytest.raises(Malformed):
            check_json(json.dumps(value).encode())


async def test_a_parameter_that_is_given_twice_is_refused(client: httpx.AsyncClient) -> None:
    """One of the two would be ignored; a long name is not repeated as a whole."""
    response = await client.get("/notes?word=a&word=b")
    assert problem_of(response) == (422, "invalid")
    [fault] = response.json()["errors"]
    assert (fault["in"], fault["pointer"], fault["detail"]) == ("query", "/word", "is given twice: give it once")
    assert problem_of(await client.get("/notes?word=a&w%6Frd=b")) == (422, "invalid")
    assert (await client.get("/notes?word=a%26word=b&&")).json() == ["a&word=b"]
    long = "n" * 3000
    assert len((await client.get(f"/notes?{long}&{long}")).content) < 1000


async def test_a_misspelt_member_is_answered_with_the_known_one(client: httpx.AsyncClient) -> None:
    """Another is to be left out."""
    response = await client.post("/notes", json={"text": "a", "wieght": 1, "colour": "red"})
    assert [fault["detail"] for fault in response.json()["errors"]] == [
        "is not known here: did you mean weight?",
        "is not known here: leave it out",
    ]


async def test_a_misspelt_path_is_answered_with_the_known_one(client: httpx.AsyncClient) -> None:
    """Another leads to the documents."""
    for path, meant in (("/note", "did you mean /notes?"), ("/manual", "/docs shows what there is")):
        response = await client.get(path)
        assert problem_of(response) == (404, "not-found")
        assert response.json()["detail"] == f"there is no {path} here: {meant}"
    assert len((await client.get("/" + "n" * 5000)).content) < 1000


async def test_a_missing_body_is_said_to_be_missing(client: httpx.AsyncClient) -> None:
    """As there is no pointer to it."""
    assert (await client.post("/notes")).json()["detail"] == "the body is required"
    assert (await post_json(client, b"[]")).json()["detail"] == "the body must be an object"


@pytest.mark.parametrize("media_type", ["text/plain", "application/json", "application/x-www-form-urlencoded"])
async def test_what_the_source_of_a_body_raises_is_the_answer(media_type: str) -> None:
    """The framework, which reads it, says no more than that it failed."""
    app = FastAPI()
    render_refusals(app)

    @app.post("/")
    async def take(draft: dict[str, int]) -> int:
        return len(draft)

    async def without_body(scope: Any, _receive: Any, send: Any) -> None:
        async def receive() -> Any:
            raise TooLarge("the body may have at most 4 bytes")

        await app(scope, receive, send)

    async with httpx.AsyncClient(transport=httpx.ASGITransport(without_body), base_url="http://notes") as client:
        answer = await client.post("/", content=b"12345", headers={"Content-Type": media_type})
    assert (problem_of(answer), answer.json()["detail"]) == ((413, "too-large"), "the body may have at most 4 bytes")
