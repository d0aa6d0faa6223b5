"""What the pages of messages rest on, apart from them: forms with files as they come, drafts, and bodies of forms."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from gateway.console.in_process import Problem
from gateway.console.messages.drafts import draft_of, faults_of
from gateway.console.messages.forms import MAX_DEPTH, Fact, facts_of
from gateway.console.messages.todo import is_to_do, rows_of
from gateway.console.messages.upload import MAX_FIELD_BYTES, FieldReader
from gateway.console.sent_forms import Form
from shared.errors import Malformed, TooLarge
from tests.conftest import NOW

A_RECORD = "0197a3c2-4a1d-7b2f-8e10-3c4d5e6f7081"
FIELD = 'Content-Disposition: form-data; name="{}"\r\n\r\n{}'
FILE = 'Content-Disposition: form-data; name="attachments"; filename="{}"\r\nContent-Type: text/plain\r\n\r\n{}'


def a_body(*parts: str, end: str = "--B--\r\n") -> bytes:
    """Return the body of a form, as a browser sends it."""
    return ("".join(f"--B\r\n{part}\r\n" for part in parts) + end).encode()


async def pieces_of(body: bytes, size: int) -> AsyncIterator[bytes]:
    for start in range(0, len(body), size):
        yield body[start : start + size]


@pytest.mark.parametrize("size", [1, 7, 10_000])
async def test_fields_are_read_and_files_passed_on_byte_for_byte(size: int) -> None:
    """However the body is cut on its way; its length is known before the files are."""
    file = FILE.format("a; name=body.txt", "first\r\nsecond --B\r\n")
    body = a_body(FIELD.format("subject", "Étoile"), FIELD.format("body", "one\r\ntwo"), file, file)
    reader = FieldReader(pieces_of(body, size), "B")
    assert (await reader.fields()).fields == (("subject", "Étoile"), ("body", "one\ntwo"))
    files = reader.files(len(body))
    assert files is not None
    parts, length = files.with_message({"body": "\r\n--B--"})
    sent = b"".join([part async for part in parts])
    head, _, rest = sent.partition(b'{"body":"\\r\\n--B--"}\r\n')
    assert (head.startswith(b"--B\r\n"), rest, length) == (True, a_body(file, file), len(sent))


async def test_a_form_without_a_file_has_none() -> None:
    reader = FieldReader(pieces_of(a_body(FIELD.format("to", "FR"), FILE.format("", "")), 9), "B")
    assert (await reader.fields()).fields == (("to", "FR"),)
    assert reader.files(None) is None


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        (a_body(FIELD.format("to", "FR"), end=""), Malformed),
        (b"preamble\r\n" + a_body(), Malformed),
        (a_body(FIELD.format("to", "FR"), end="--Bx"), Malformed),
        (a_body(f"X: {'y' * 10_000}"), TooLarge),
        (a_body(FIELD.format("body", "x" * (MAX_FIELD_BYTES + 70_000))), TooLarge),
        (a_body(*[FIELD.format("body", "x" * 100_000)] * 40), TooLarge),
    ],
)
async def test_a_form_that_cannot_be_read_or_is_too_large_is_refused(body: bytes, refusal: type[Exception]) -> None:
    reader = FieldReader(pieces_of(body, 65_536), "B")
    with pytest.raises(refusal):
        await reader.fields()


def test_a_form_becomes_a_draft() -> None:
    """Codes however they are typed, a region or group as a word, records by the address of their page."""
    fields = (
        ("to", "FR"),
        ("codes", "es; fr,  it"),
        ("subject", "A car"),
        ("body", "Seen."),
        ("quotes", f"https://gateway/records/stolen-vehicles/{A_RECORD}?x=1\n"),
        ("days", "7"),
        ("sender", "DE"),
    )
    draft, faults = draft_of(Form(fields), NOW)
    assert (draft["to"], draft["urgency"], faults) == (["FR", "ES", "IT"], "routine", {})
    assert draft["quotes"] == [{"service": "stolen-vehicles", "kind": "vehicle", "record": A_RECORD}]
    assert draft["valid_until"].startswith("2026-06-08T12:00:00")
    assert "sender" not in draft
    assert draft_of(Form((("word", "europe"),)), NOW)[0]["to"] == "europe"


@pytest.mark.parametrize(
    ("typed", "named"),
    [
        ("Germany", ["DE"]),
        ("Côte d'Ivoire; allemagne", ["CI", "DE"]),
        ("de es, United Kingdom", ["DE", "ES", "GB"]),
        ("ألمانيا، FRA", ["DE", "FR"]),
        ("France (FR)", ["FR"]),
        ("Germny, IPSG", ["Germny", "IPSG"]),
        ("DE Germny", ["DE Germny"]),
    ],
)
def test_bureaus_are_taken_by_code_and_by_name_in_each_language(typed: str, named: list[str]) -> None:
    """What names none stays as it was typed, and is said to be wrong."""
    form = Form((("codes", typed), ("subject", "x"), ("body", "x")))
    draft, faults = draft_of(form, NOW)
    assert draft["to"] == named
    assert [each.word for each in faults.get("to", ())] == [each for each in named if "Germny" in each]


def test_a_fault_of_the_api_names_the_bureau_that_it_is_about() -> None:
    problem = Problem(status=422, errors=({"pointer": "/to/1", "detail": "is your own bureau"},))
    [fault] = faults_of(problem, ["FR", "DE"])["to"]
    assert (fault.word, fault.text) == ("DE", "is your own bureau")


def a_message(form: str | None, **more: Any) -> dict[str, Any]:
    """Return a message of the inbox, as far as its row needs it."""
    return {"box": "inbox", "form": form, "state": "delivered", "urgency": "routine", "stored": "2026-06-01", **more}


def test_runs_of_notices_of_hits_are_one_row() -> None:
    """Two are not, and nothing is folded where they were asked for."""
    hits, text = a_message("hits"), a_message(None)
    rows = rows_of([hits, hits, hits, text, hits, hits], is_folded=True)
    assert [row.number for row in rows] == [3, 1, 1, 1]
    assert [row.number for row in rows_of([hits] * 3, is_folded=False)] == [1, 1, 1]


@pytest.mark.parametrize(
    ("form", "state", "is_waiting"),
    [
        (None, "delivered", True),
        (None, "read", False),
        ("hits", "delivered", False),
        ("publication", "delivered", False),
        ("review", "delivered", True),
        ("confirmation-request", "delivered", True),
        ("withdrawal", "read", True),
        ("withdrawal", "applied", False),
    ],
)
def test_a_message_waits_until_it_is_read_and_a_withdrawal_until_it_is_applied(
    form: str | None, state: str, *, is_waiting: bool
) -> None:
    assert is_to_do(a_message(form, state=state)) is is_waiting
    assert not is_to_do(a_message(form, state=state, box="outbox"))


def facts(**members: Any) -> list[Fact]:
    """Return the facts of a body."""
    read = facts_of(json.dumps(members))
    assert read is not None
    return read


def test_a_body_for_programs_is_shown_as_facts() -> None:
    """Times, codes, bureaus, hits, records and proofs by their kind; what is empty is left out."""
    hit = {"id": A_RECORD, "record": A_RECORD, "kind": "vehicle", "owner": "FR", "score": 0.5, "conditions": []}
    [service, shown] = facts(service="stolen-vehicles", hits=[hit])
    assert (service, shown.name, shown.kind) == (Fact("service", "code", "stolen-vehicles"), "hits", "facts")
    named = {"service": "stolen-vehicles", "kind": "vehicle", "record": A_RECORD}
    assert shown.value == [
        Fact("record", "record", named),
        Fact("hit", "hit", A_RECORD),
        Fact("owner", "bureau", "FR"),
        Fact("score", "percent", 0.5),
    ]
    assert facts(at=0, answer="later", proof="A" * 400, text="x", omitted=None) == [
        Fact("at", "moment", "1970-01-01T00:00:00+00:00"),
        Fact("answer", "code", "later"),
        Fact("proof", "proof", 300),
        Fact("text", "text", "x"),
    ]


def test_a_hostile_body_is_shown_as_far_as_it_can_be() -> None:
    """No address is made of what is no id, no time of what is none, and depth is bounded."""
    assert facts(hit="../../sign-out", at=1e300) == [Fact("hit", "text", "../../sign-out"), Fact("at", "text", 1e300)]
    deep: Any = "x"
    for _ in range(MAX_DEPTH + 5):
        deep = {"a": deep}
    fact, depth = facts(**deep)[0], 0
    while fact.kind == "facts":
        fact, depth = fact.value[0], depth + 1
    assert (fact.value, depth) == ("…", MAX_DEPTH)
    assert (facts_of("[1]"), facts_of("{"), facts_of("[" * 100_000)) == (None, None, None)
