"""Invalid drafts and forms are refused with the member to change, and leave nothing in a mailbox or in a store."""

import json
from collections.abc import AsyncIterator, Iterable
from typing import Any

import msgspec
import pytest

from shared.bureaus import BureauCode
from shared.mailbox.store import MailStore
from shared.mailbox.tables import chunks, messages
from shared.protocol.directory_entry import sign_entry
from shared.protocol.messages import MAX_ATTACHMENTS_BYTES, MAX_BODY
from tests.gateway.mesh import Mesh
from tests.gateway.messages.officers import DRAFT, Officer, refusal_of

UNKNOWN_ID = "0197a3c2-5b1e-7c3a-9f20-4d5e6f708192"
FORM = {"content-type": "multipart/form-data; boundary=frontier"}
MEBIBYTE = bytes(1024 * 1024)


@pytest.fixture(autouse=True)
async def _nothing_is_left(mesh: Mesh, france: Officer, germany: Officer) -> AsyncIterator[None]:
    """After each test both mailboxes are as empty as before."""
    yield
    assert await france.box(box="outbox") == []
    assert await germany.box() == []
    for bureau in ("FR", "DE"):
        mailbox = await mesh.mailbox_host._mailboxes.of(BureauCode(bureau))
        for table in (chunks, messages):
            assert await mailbox.reading.session.fetch(table.select()) == []


def part(name: str, content: bytes, file: str | None = None, kind: str = "application/json") -> bytes:
    """Return one part of a form."""
    named = f'; filename="{file}"' if file is not None else ""
    head = f'--frontier\r\nContent-Disposition: form-data; name="{name}"{named}\r\nContent-Type: {kind}\r\n\r\n'
    return head.encode() + content + b"\r\n"


def revoke(mesh: Mesh, bureau: str) -> None:
    """Revoke the keys of a bureau."""
    at = mesh.clock.now().timestamp()
    for entry in mesh.directory.entries_of(bureau):
        mesh.directory.learn(sign_entry(msgspec.structs.replace(entry, issued=at + 1, revoked_at=at), mesh.root))


MESSAGE = part("message", json.dumps(DRAFT).encode())
FILE = part("attachments", b"a report", "report.pdf")
END = b"--frontier--\r\n"


async def send_form(officer: Officer, body: bytes | Iterable[bytes]) -> tuple[int, str, str]:
    """Send a form piece by piece, and return status, code and detail."""

    async def pieces() -> AsyncIterator[bytes]:
        for piece in (body,) if isinstance(body, bytes) else body:
            yield piece

    answer = await officer.ask("POST", content=pieces(), headers=FORM)
    return *refusal_of(answer), answer.json()["detail"]


@pytest.mark.parametrize(
    ("changed", "code", "says"),
    [
        ({"to": ["XX"]}, "invalid", "must be the code of a participant"),
        ({"to": ["JP"]}, "unknown-recipient", "JP cannot be reached"),
        ({"to": "nowhere"}, "unknown-recipient", "'nowhere' is neither a group"),
        ({"to": "asia-pacific"}, "unknown-recipient", "no other bureau in 'asia-pacific'"),
        ({"to": ["FR"]}, "own-address", "remove it"),
        ({"to": ["DE", "FR"]}, "own-address", "remove it"),
        ({"to": []}, "invalid", "to: "),
        ({"to": None}, "invalid", "to: "),
        ({"to": 7}, "invalid", "to: "),
        ({"to": {"DE": True}}, "invalid", "to: "),
        ({"to": "DE"}, "invalid", "given as a list"),
        ({"to": ["DE"] * 10_000}, "invalid", "at most 256"),
        ({"body": ""}, "invalid", "body: "),
        ({"body": " \n"}, "invalid", "body: "),
        ({"body": "a" * (MAX_BODY + 1)}, "invalid", "at most 262144 characters"),
        ({"body": 7}, "invalid", "body: "),
        ({"subject": " "}, "invalid", "subject: "),
        ({"subject": "a" * 201}, "invalid", "at most 200 characters"),
        ({"urgency": "at once"}, "invalid", "urgent or routine"),
        ({"valid_until": "2026-06-01T11:59:59Z"}, "validity-over", "in the past"),
        ({"valid_until": "2026-06-01T12:00:00Z"}, "validity-over", "in the past"),
        ({"valid_until": "2027-06-03T12:00:00Z"}, "validity-over", "more than 366 days"),
        ({"valid_until": "2026-07-01T12:00:00"}, "invalid", "with its zone"),
        ({"valid_until": 1782907200}, "invalid", "with its zone"),
        ({"valid_until": "2026-13-01T12:00:00Z"}, "invalid", "valid_until: "),
        ({"valid_until": "soon"}, "invalid", "valid_until: "),
        ({"thread": UNKNOWN_ID}, "unknown-thread", "no such conversation"),
        ({"in_reply_to": UNKNOWN_ID}, "unknown-thread", "no such message"),
        ({"thread": "1"}, "invalid", "thread: "),
        ({"attachments": []}, "invalid", "attachments: "),
        ({"from": "DE"}, "invalid", "from: "),
    ],
)
async def test_a_draft_with_an_invalid_member_is_refused(
    france: Officer, changed: dict[str, Any], code: str, says: str
) -> None:
    """The status is 422, and the detail names the member."""
    answer = await france.ask("POST", json=DRAFT | changed)
    assert refusal_of(answer) == (422, code)
    assert says in answer.json()["detail"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"subject=A+car",
        b"\xff\xfe",
        b'{"to": ["DE"], "subject": "A", "body": "NaN", "x": NaN}',
        b'{"to": ["DE"], "subject": "A\\u0000", "body": "B"}',
        b'{"to": ["DE"], "subject": "A\x00", "body": "B"}',
        b'{"to": ["DE"], "subject": "A", "body": "\\ud83d"}',
        b'{"to": ["DE"], "subject": "A", "body": "\xed\xa0\xbd"}',
        b"[" * 100_000,
    ],
)
@pytest.mark.parametrize("in_a_form", [False, True], ids=["alone", "in a form"])
async def test_a_body_that_is_not_clean_json_is_malformed(france: Officer, body: bytes, *, in_a_form: bool) -> None:
    """Sent alone or in a form: U+0000, half a surrogate pair and what only some parsers accept."""
    headers = FORM if in_a_form else {"content-type": "application/json"}
    answer = await france.ask("POST", content=part("message", body) + END if in_a_form else body, headers=headers)
    assert refusal_of(answer) == (400, "malformed")


@pytest.mark.parametrize(
    "stated", ["text/plain", "application/x-www-form-urlencoded", "application/problem+json", "json", "", "a\xe9"]
)
async def test_a_body_of_an_unsupported_media_type_is_refused(france: Officer, stated: str) -> None:
    """The detail names the supported types."""
    answer = await france.ask("POST", content=json.dumps(DRAFT).encode(), headers={"content-type": stated.encode()})
    assert refusal_of(answer) == (415, "unsupported-media-type")
    assert "application/json, or multipart/form-data" in answer.json()["detail"]


@pytest.mark.parametrize("stated", ["multipart/form-data", "multipart/form-data; boundary="])
async def test_a_form_without_a_boundary_is_malformed(france: Officer, stated: str) -> None:
    """Without it the parts cannot be separated."""
    answer = await france.ask("POST", content=MESSAGE + END, headers={"content-type": stated})
    assert refusal_of(answer) == (400, "malformed")
    assert "boundary" in answer.json()["detail"]


async def test_reading_of_an_oversized_body_stops_at_the_limit(france: Officer) -> None:
    """It is refused after the size of the largest message, or at once if its Content-Length exceeds that."""
    taken = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal taken
        yield FILE.rstrip()
        while taken < 100:
            taken += 1
            yield MEBIBYTE

    for headers, limit in ((FORM, 67), ({"content-type": "application/json"}, 3)):
        taken = 0
        answer = await france.ask("POST", content=endless(), headers=headers)
        assert refusal_of(answer) == (413, "too-large")
        assert 0 < taken <= limit
    taken = 0
    answer = await france.ask("POST", content=endless(), headers=FORM | {"content-length": "99999999999"})
    assert refusal_of(answer) == (413, "too-large")
    assert taken == 0


@pytest.mark.parametrize("kept", [len(END), 3, 1])
@pytest.mark.parametrize("content", [MESSAGE, MESSAGE + FILE, FILE + MESSAGE], ids=["alone", "file last", "file first"])
async def test_a_truncated_form_sends_nothing(france: Officer, content: bytes, kept: int) -> None:
    """Whether it ends before the last boundary or inside it."""
    whole = content + b"--frontier--"
    status, code, detail = await send_form(france, whole[: len(whole) - min(kept, len(END) - 2)])
    assert (status, code) == (400, "malformed")
    assert "boundary" in detail


@pytest.mark.parametrize(
    ("body", "code", "says"),
    [
        (FILE + END, (422, "invalid"), "message"),
        (END, (422, "invalid"), "message"),
        (MESSAGE + MESSAGE + END, (422, "invalid"), "once"),
        (MESSAGE + part("message", b"{}", "message.json") + END, (422, "invalid"), "once"),
        (MESSAGE + part("photograph", b"", "me.jpg") + END, (422, "invalid"), "photograph"),
        (MESSAGE + part("attachments", b"a report") + END, (422, "invalid"), "filename"),
        (MESSAGE + part("", b"", "me.jpg") + END, (422, "invalid"), "nothing else"),
        (MESSAGE + FILE * 21 + END, (413, "too-large"), "at most 20"),
        (MESSAGE + FILE * 22 + END, (413, "too-large"), "at most 20"),
        (MESSAGE + FILE * 30 + END, (413, "too-large"), "at most 20"),
        (part("message", b'{"subject": "\xe9"}') + END, (400, "malformed"), "UTF-8"),
        (part("message", b" " * (2 * 1024 * 1024 + 1)) + END, (413, "too-large"), "2097152 bytes"),
        (part("message", b" " * (2 * 1024 * 1024 + 1), "m.json") + END, (413, "too-large"), "2097152 bytes"),
        (part("message", json.dumps(DRAFT | {"body": ""}).encode()) + END, (422, "invalid"), "body: "),
        (b"--frontier\r\nContent-Type: text/plain\r\n\r\n\r\n" + END, (400, "malformed"), "name"),
        (b"--other\r\n\r\n\r\n--other--\r\n", (400, "malformed"), "boundary"),
        (b"", (400, "malformed"), "boundary"),
        (b"--frontier\r\nContent\x00Disposition\r\n\r\n" + END, (400, "malformed"), ""),
    ],
)
async def test_a_form_with_invalid_parts_is_refused(
    france: Officer, body: bytes, code: tuple[int, str], says: str
) -> None:
    """The detail names the part or the limit."""
    *refused, detail = await send_form(france, body)
    assert tuple(refused) == code, detail
    assert says in detail


@pytest.mark.thorough
async def test_attachments_of_more_than_64_mebibytes_together_are_refused(france: Officer) -> None:
    """Each file alone would fit."""

    def pieces() -> Iterable[bytes]:
        yield MESSAGE
        for _ in range(2):
            yield part("attachments", b"", "half.bin")[:-2]
            yield from [MEBIBYTE] * 32
            yield b"\0\r\n"
        yield END

    status, code, detail = await send_form(france, pieces())
    assert (status, code) == (413, "too-large")
    assert str(MAX_ATTACHMENTS_BYTES) in detail


async def test_a_message_refused_after_its_attachments_were_stored_leaves_none(france: Officer, mesh: Mesh) -> None:
    """Files are stored as they stream in; here the sender's keys are revoked."""
    revoke(mesh, "FR")
    body = MESSAGE + part("attachments", MEBIBYTE, "large.bin") + END
    status, code, _ = await send_form(france, body)
    assert (status, code) == (503, "key-not-valid")


async def test_a_message_that_cannot_be_stored_is_refused_with_507(
    france: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The detail says that nothing was changed: nothing was sent."""

    async def full(*_: Any) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(MailStore, "enqueue", full)
        answer = await france.ask("POST", json=DRAFT)
        status, code, detail = await send_form(france, MESSAGE + FILE + END)
    assert refusal_of(answer) == (507, "not-stored")
    assert (status, code) == (507, "not-stored")
    assert "nothing was changed" in detail


@pytest.mark.thorough
async def test_a_misspelt_member_of_a_message_is_answered_with_the_known_one(france: Officer) -> None:
    """In a form as well; what a form has besides the message is no member of it."""
    draft = {("subjct" if name == "subject" else name): value for name, value in DRAFT.items()}
    answer = await france.ask("POST", json=draft | {"atachments": []})
    assert "subjct: is not known here: did you mean subject?" in answer.json()["detail"]
    assert "atachments: is not known here: leave it out" in answer.json()["detail"]
    said = await send_form(france, part("message", json.dumps(draft).encode()) + END)
    assert "did you mean subject?" in said[2]
