"""Message contents: one form is accepted; all else is refused, and the refusal does not repeat it."""

import json
from typing import Any

import msgspec
import pytest

from shared.protocol.envelope import EnvelopeRefused, RefusalReason
from shared.protocol.messages import (
    MAX_ATTACHMENTS,
    MAX_BODY,
    MAX_CONTENT_BYTES,
    MAX_SUBJECT,
    AttachmentMetadata,
    read_content,
)
from shared.protocol.quotes import MAX_QUOTES, QuotedRecord
from tests.shared.correspondents import MESSAGE_ID, content

RAW = msgspec.json.encode(content())
PLAIN: dict[str, Any] = json.loads(RAW)
NOTE: dict[str, Any] = PLAIN["attachments"][0]
QUOTED = QuotedRecord(
    service="vehicles", kind="vehicle", record=MESSAGE_ID, version=1, owner="FR", handling="RESTRICTED"
)
QUOTE: dict[str, Any] = json.loads(msgspec.json.encode(QUOTED))
UNFIT: dict[str, Any] = {
    "an unknown member": {**PLAIN, "priority": "high"},
    "a member missing": {name: value for name, value in PLAIN.items() if name != "thread"},
    "a subject too long": {**PLAIN, "subject": "x" * (MAX_SUBJECT + 1)},
    "a body too long": {**PLAIN, "body": "x" * (MAX_BODY + 1)},
    "a body that is a number": {**PLAIN, "body": 7},
    "an officer too long": {**PLAIN, "officer": "x" * 256},
    "a thread that is not an id": {**PLAIN, "thread": "1"},
    "a thread with a line feed": {**PLAIN, "thread": PLAIN["thread"] + "\n"},
    "an id in capitals": {**PLAIN, "in_reply_to": PLAIN["thread"].upper()},
    "U+0000 in the body": {**PLAIN, "body": "a\0b"},
    "U+0000 in a name": {**PLAIN, "attachments": [{**NOTE, "name": "a\0b"}]},
    "half a surrogate pair": {**PLAIN, "subject": "\ud800"},
    "too many attachments": {**PLAIN, "attachments": [NOTE] * (MAX_ATTACHMENTS + 1)},
    "an attachment too large": {**PLAIN, "attachments": [{**NOTE, "size": 64 * 1024 * 1024 + 1}]},
    "an attachment of negative size": {**PLAIN, "attachments": [{**NOTE, "size": -1}]},
    "an attachment with an invalid digest": {**PLAIN, "attachments": [{**NOTE, "digest": "A" * 42}]},
    "an attachment with an unknown member": {**PLAIN, "attachments": [{**NOTE, "path": "/"}]},
    "too many quotes": {**PLAIN, "quotes": [QUOTE] * (MAX_QUOTES + 1)},
    "a quote without a handling code": {**PLAIN, "quotes": [{**QUOTE, "handling": None}]},
    "a quote with an unknown condition": {**PLAIN, "quotes": [{**QUOTE, "conditions": ["H4"]}]},
    "a quote of a record that is not an id": {**PLAIN, "quotes": [{**QUOTE, "record": "1"}]},
    "a quote of version 0": {**PLAIN, "quotes": [{**QUOTE, "version": 0}]},
    "a quote with an unknown member": {**PLAIN, "quotes": [{**QUOTE, "name": "x"}]},
    "a list": [],
}
UNFIT_BYTES = {
    "nothing": b"",
    "no JSON": b"\xff",
    "nested deeply": b"[" * 100_000,
    "cut short": RAW[:-1],
    "a member twice": RAW[:-1] + b',"body":"Nothing seen."}',
    "a member twice in another spelling": RAW[:-1] + b',"bod\\u0079":"Nothing seen."}',
    "a member of an attachment twice": RAW.replace(b'"name":', b'"name":"a","name":'),
    "too long": RAW + b" " * MAX_CONTENT_BYTES,
} | {name: json.dumps(value).encode() for name, value in UNFIT.items()}


@pytest.mark.parametrize("fault", UNFIT_BYTES)
def test_an_invalid_content_is_refused_without_repeating_it(fault: str) -> None:
    """The refusal is short, and states the reason only."""
    with pytest.raises(EnvelopeRefused) as refused:
        read_content(UNFIT_BYTES[fault])
    assert refused.value.reason is RefusalReason.CONTENT
    assert len(refused.value.detail) < 80


def test_a_content_in_another_json_spelling_is_read() -> None:
    """White space, member order and escapes are not significant; the bytes are kept as the sender wrote them."""
    raw = json.dumps(PLAIN, indent=2, sort_keys=True).encode()
    assert raw != RAW
    assert read_content(raw) == content()


def test_a_content_at_all_its_limits_is_read() -> None:
    """Subject, body and attachments have their maximum lengths, in characters of four bytes."""
    attachment = AttachmentMetadata("\U0001f4a5" * 255, "\U0001f4a5" * 255, 3 * 1024 * 1024, "A" * 43)
    longest_quote = msgspec.structs.replace(
        QUOTED, owner="\U0001f4a5" * 64, conditions=("H0", "H1", "H2", "H3"), other_condition="\U0001f4a5" * 500
    )
    longest = content(
        officer="\U0001f4a5" * 255,
        subject="\U0001f4a5" * MAX_SUBJECT,
        body="\U0001f4a5" * MAX_BODY,
        in_reply_to=MESSAGE_ID,
        attachments=(attachment,) * MAX_ATTACHMENTS,
        quotes=(longest_quote,) * MAX_QUOTES,
    )
    assert read_content(msgspec.json.encode(longest)) == longest


def test_a_content_without_quotes_has_no_member_for_them() -> None:
    """Its bytes are those of earlier versions, so that every reader and every signature stays valid."""
    assert b"quotes" not in RAW
    assert read_content(RAW).quotes == ()
    assert json.loads(msgspec.json.encode(content(quotes=(QUOTED,))))["quotes"] == [QUOTE]
