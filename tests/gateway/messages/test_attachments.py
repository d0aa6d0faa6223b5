"""Attachments arrive byte for byte under a safe name, and downloads are resumed where they were cut."""

import asyncio
import hashlib
import json
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import httpx
import pytest

from gateway.app import Gateway
from gateway.edge.listener import ConnectionLimits
from gateway.runner import _configuration, _Server
from shared.crypto.hpke import CHUNK_BYTES
from tests.gateway.mesh import Mesh
from tests.gateway.messages.officers import DRAFT, Officer, refusal_of

SIZES = [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES]
LARGE = bytes(range(256)) * (3 * CHUNK_BYTES // 256) + b"end"
SIZE = len(LARGE)


@pytest.fixture
async def sent(france: Officer, germany: Officer) -> str:
    """Send a file of several chunks, and return the id of its message once it has arrived."""
    message = await france.attach(("large.bin", LARGE))
    await germany.receives(message)
    return message


@pytest.mark.thorough
async def test_attachments_arrive_byte_for_byte(france: Officer, germany: Officer) -> None:
    """Empty ones, and sizes around that of a chunk; the sender downloads the same bytes."""
    files = [os.urandom(size) for size in SIZES]
    sent = await france.attach(*((f"{number}.bin", content) for number, content in enumerate(files)))
    message = await germany.receives(sent)
    assert [each["size"] for each in message["attachments"]] == SIZES
    assert [each["number"] for each in message["attachments"]] == [1, 2, 3, 4, 5, 6]
    for officer in (germany, france):
        for number, content in enumerate(files, start=1):
            answer = await officer.ask("GET", f"/{sent}/attachments/{number}")
            assert (answer.status_code, answer.content) == (200, content)
            assert answer.headers["content-length"] == str(len(content))
            assert answer.headers["content-type"] == "application/octet-stream"
            assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("report.pdf", "report.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\car.jpg", "car.jpg"),
        ("Überfall – Фото 写真.jpg", "Überfall – Фото 写真.jpg"),
        ("a\u202egpj.exe", "agpj.exe"),
        ("quo'te;x.txt", "quo'te;x.txt"),
        ("a" * 300, "a" * 255),
        (".", "attachment"),
        ("..", "attachment"),
        ("/", "attachment"),
    ],
)
async def test_an_attachment_keeps_its_name_without_its_path(
    france: Officer, germany: Officer, given: str, shown: str
) -> None:
    """In the message and in the Content-Disposition header, where it cannot break out of the value."""
    sent = await france.attach((given, b"a"))
    message = await germany.receives(sent)
    assert message["attachments"][0]["name"] == shown
    answer = await germany.ask("GET", f"/{sent}/attachments/1")
    kind, _, name = answer.headers["content-disposition"].partition("; filename*=UTF-8''")
    assert (kind, unquote(name)) == ("attachment", shown)
    assert not set(name) & set("\"';/\\ ")


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("bytes=0-", 0, SIZE - 1),
        ("bytes=0-0", 0, 0),
        ("bytes=10-", 10, SIZE - 1),
        (f"bytes={CHUNK_BYTES - 1}-{CHUNK_BYTES}", CHUNK_BYTES - 1, CHUNK_BYTES),
        (f"bytes={CHUNK_BYTES}-{2 * CHUNK_BYTES - 1}", CHUNK_BYTES, 2 * CHUNK_BYTES - 1),
        (f"bytes=1-{3 * CHUNK_BYTES}", 1, 3 * CHUNK_BYTES),
        ("bytes=-1", SIZE - 1, SIZE - 1),
        (f"bytes=-{CHUNK_BYTES}", SIZE - CHUNK_BYTES, SIZE - 1),
        (f"bytes=-{SIZE * 2}", 0, SIZE - 1),
        (f"Bytes={SIZE - 1}-{SIZE * 2}", SIZE - 1, SIZE - 1),
    ],
)
async def test_a_range_request_returns_exactly_the_requested_bytes(
    germany: Officer, sent: str, asked: str, first: int, last: int
) -> None:
    """First and last are inclusive, and may lie in different chunks."""
    answer = await germany.ask("GET", f"/{sent}/attachments/1", headers={"range": asked})
    assert (answer.status_code, answer.content) == (206, LARGE[first : last + 1])
    assert answer.headers["content-range"] == f"bytes {first}-{last}/{SIZE}"
    assert answer.headers["accept-ranges"] == "bytes"


@pytest.mark.parametrize("asked", [f"bytes={SIZE}-", f"bytes={SIZE}-{SIZE + 5}", "bytes=-0", "bytes=999999999999-"])
async def test_a_range_beyond_the_end_is_refused_with_the_size(germany: Officer, sent: str, asked: str) -> None:
    """A client that resumes a complete file learns that it is complete."""
    answer = await germany.ask("GET", f"/{sent}/attachments/1", headers={"range": asked})
    assert refusal_of(answer) == (416, "range-not-satisfiable")
    assert answer.headers["content-range"] == f"bytes */{SIZE}"


@pytest.mark.parametrize(
    "asked", ["bytes=0-1,4-5", "bytes=5-2", "bytes=-", "bytes=a-b", "lines=0-5", "0-5", "bytes=1.5-", f"bytes={9:020}-"]
)
async def test_an_invalid_or_multiple_range_returns_the_whole_file(germany: Officer, sent: str, asked: str) -> None:
    """As RFC 9110 section 14.2 allows: a Range header that is not served is ignored."""
    answer = await germany.ask("GET", f"/{sent}/attachments/1", headers={"range": asked})
    assert (answer.status_code, len(answer.content)) == (200, SIZE)
    assert "content-range" not in answer.headers


async def test_a_range_is_ignored_if_the_if_range_validator_does_not_match(germany: Officer, sent: str) -> None:
    """The rest of this file would not fit the part that the client holds."""
    whole = await germany.ask("GET", f"/{sent}/attachments/1")
    for held, status in ((whole.headers["etag"], 206), ('"other"', 200), ("Mon, 01 Jun 2026 12:00:00 GMT", 200)):
        headers = {"range": "bytes=5-", "if-range": held}
        assert (await germany.ask("GET", f"/{sent}/attachments/1", headers=headers)).status_code == status


async def test_a_range_of_an_empty_file_is_not_satisfiable(france: Officer, germany: Officer) -> None:
    """It has no first byte."""
    sent = await france.attach(("empty", b""))
    await germany.receives(sent)
    answer = await germany.ask("GET", f"/{sent}/attachments/1", headers={"range": "bytes=0-"})
    assert refusal_of(answer) == (416, "range-not-satisfiable")
    assert answer.headers["content-range"] == "bytes */0"


@pytest.mark.parametrize(
    ("number", "code"), [("2", 404), ("20", 404), ("0", 422), ("-1", 422), ("21", 422), ("x", 422)]
)
async def test_an_attachment_number_that_does_not_exist_is_refused(
    germany: Officer, sent: str, number: str, code: int
) -> None:
    """Not found, or invalid if no attachment could have the number."""
    assert refusal_of(await germany.ask("GET", f"/{sent}/attachments/{number}"))[0] == code


async def test_a_message_with_the_maximum_of_attachments_is_sent(france: Officer, germany: Officer) -> None:
    """Twenty, also when the draft itself is sent as a file."""
    files: list[Any] = [("attachments", (f"{number}", b"a")) for number in range(20)]
    draft = b'{"to": ["DE"], "subject": "A", "body": "B"}'
    answer = await france.ask("POST", files=[*files, ("message", ("message.json", draft))])
    assert answer.status_code == 202, answer.text
    message = await germany.receives(answer.json()["id"])
    assert [each["name"] for each in message["attachments"]] == [f"{number}" for number in range(20)]


@asynccontextmanager
async def served(gateway: Gateway) -> AsyncIterator[str]:
    """Serve a gateway over HTTP, and yield its URL."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = _Server(_configuration(gateway, ()), ConnectionLimits(), gateway.log)
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        await serving


async def test_a_form_whose_boundary_is_json_is_parsed_as_a_form(france: Officer, germany: Officer) -> None:
    """Clients choose boundaries freely."""
    draft = json.dumps(DRAFT).encode()
    body = b'--json\r\nContent-Disposition: form-data; name="message"\r\n\r\n' + draft + b"\r\n--json--\r\n"
    answer = await france.ask("POST", content=body, headers={"content-type": "multipart/form-data; boundary=json"})
    assert answer.status_code == 202, answer.text
    await germany.receives(answer.json()["id"])


@pytest.mark.thorough
async def test_curl_resumes_a_download(mesh: Mesh, germany: Officer, sent: str, tmp_path: Path) -> None:
    """As programs of officers do: it asks for the part of the file that is missing."""
    target = tmp_path / "large.bin"
    target.write_bytes(LARGE[: CHUNK_BYTES + 7])
    shown = f"Authorization: {germany.headers['Authorization']}"
    async with served(mesh.gateway()) as url:
        options = ("-sS", "-f", "-C", "-", "-o", str(target), "-H", shown)
        curl = await asyncio.create_subprocess_exec("curl", *options, f"{url}/api/messages/{sent}/attachments/1")
        assert await curl.wait() == 0
    assert target.read_bytes() == LARGE
    [*_, line] = mesh.logged("request")
    assert line["status"] == 206


@pytest.mark.thorough
async def test_a_message_of_the_maximum_size_passes_through_the_server(
    mesh: Mesh, france: Officer, germany: Officer
) -> None:
    """64 MiB of files, streamed; one byte more is refused."""
    mebibyte, digest = os.urandom(1024 * 1024), hashlib.sha256()
    head = b'--b\r\nContent-Disposition: form-data; name="message"\r\n\r\n' + json.dumps(DRAFT).encode()
    file = b'\r\n--b\r\nContent-Disposition: form-data; name="attachments"; filename="a"\r\n\r\n'

    async def form(more: bytes) -> AsyncIterator[bytes]:
        yield head + file
        for _ in range(64):
            yield mebibyte
        yield more + b"\r\n--b--\r\n"

    headers = {"content-type": "multipart/form-data; boundary=b"} | france.headers
    async with served(mesh.gateway()) as url, httpx.AsyncClient(base_url=url, timeout=60) as client:
        refused = await client.post("/api/messages", content=form(b"x"), headers=headers)
        assert refusal_of(refused) == (413, "too-large")
        accepted = await client.post("/api/messages", content=form(b""), headers=headers)
        assert accepted.status_code == 202, accepted.text
        path = f"/api/messages/{accepted.json()['id']}/attachments/1"
        async with client.stream("GET", path, headers=france.headers) as answer:
            async for piece in answer.aiter_raw():
                digest.update(piece)
    assert digest.digest() == hashlib.sha256(mebibyte * 64).digest()
