"""Envelopes: a sealed one opens, and every exhibit of the museum is refused for the stated reason."""

import json
import string
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.clock import FixedClock
from shared.crypto.ed25519 import SigningKey, decode_base64url, encode_base64url
from shared.ids import UUID7_PATTERN
from shared.protocol.directory import Directory
from shared.protocol.directory_entry import Entry, sign_entry
from shared.protocol.envelope import (
    MAX_LIFETIME_SECONDS,
    MAX_SIGNATURE_HEADER,
    SKEW_SECONDS,
    EnvelopeRefused,
    Head,
    MessageHead,
    ReceiptHead,
    RefusalReason,
    ReplyHead,
    RequestHead,
    digest_of,
    sign_envelope,
)
from shared.protocol.verifier import Verifier
from tests.shared.museum.make import FOLDER, KEYS, rendered
from tests.shared.museum.parts import TIME

MUSEUM = sorted(file for file in FOLDER.glob("*.json") if file.name != KEYS)
KINDS: dict[str, type[Head]] = {
    "i247-request": RequestHead,
    "i247-reply": ReplyHead,
    "i247-message": MessageHead,
    "i247-receipt": ReceiptHead,
}
ELSEWHERE = {
    RefusalReason.REPLAYED,
    RefusalReason.UNRELATED,
    RefusalReason.SEALING_KEY_UNKNOWN,
    RefusalReason.SEAL,
    RefusalReason.CONTENT,
}
NOW = datetime.fromisoformat(TIME)
KEY = SigningKey(bytes(range(32)))

IDS = st.from_regex(UUID7_PATTERN[1:-1], fullmatch=True)
TEXT = st.text(st.characters(codec="utf-8"), max_size=40)
OFFICER = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=40)
MOMENT = NOW.timestamp()
REQUESTS = st.builds(
    RequestHead,
    kid=st.just(KEY.kid),
    id=IDS,
    sender=st.just("FR"),
    to=st.just("notices"),
    iat=st.floats(MOMENT - SKEW_SECONDS, MOMENT + SKEW_SECONDS),
    exp=st.floats(MOMENT + 31, MOMENT + 60),
    method=TEXT,
    target=TEXT,
    content_type=TEXT,
    officer=OFFICER,
    scopes=st.lists(TEXT, max_size=4).map(tuple),
    purpose=TEXT,
)
REPLIES = st.builds(
    ReplyHead,
    kid=st.just(KEY.kid),
    id=IDS,
    sender=st.just("FR"),
    to=st.just("notices"),
    iat=st.floats(MOMENT - SKEW_SECONDS, MOMENT + SKEW_SECONDS),
    exp=st.floats(MOMENT + 31, MOMENT + 60),
    re=TEXT,
    re_digest=TEXT,
    status=st.integers(200, 599),
    content_type=TEXT,
    headers=st.dictionaries(TEXT, TEXT, max_size=3),
    error=st.none() | TEXT,
)


def museum_directory(root: SigningKey) -> Directory:
    """Return a directory with all keys of the museum."""
    return Directory(
        root.public,
        [
            sign_entry(
                Entry(
                    participant=holder["participant"],
                    kind="service" if holder["participant"] == "notices" else "bureau",
                    signing_key=holder["jwk"]["x"],
                    nats_user="none",
                    issued=holder["not_before"],
                    not_before=holder["not_before"],
                    not_after=holder["not_after"],
                    revoked_at=holder["revoked_at"],
                ),
                root,
            )
            for holder in json.loads((FOLDER / KEYS).read_text())
        ],
    )


def bureau_verifier(at: datetime = NOW) -> Verifier:
    """Return a verifier of the service notices, that knows one key of FR."""
    root = SigningKey.generate()
    entry = Entry(
        participant="FR",
        kind="bureau",
        signing_key=encode_base64url(KEY.public.raw),
        nats_user="none",
        issued=0,
        not_before=0,
        not_after=NOW.timestamp() * 2,
    )
    return Verifier("notices", Directory(root.public, [sign_entry(entry, root)]), FixedClock(at))


VERIFIER = bureau_verifier()


def request_head(**changed: Any) -> RequestHead:
    """Return a valid head of a request from FR to notices."""
    return RequestHead(
        **{
            "kid": KEY.kid,
            "id": "019e8312-1c00-7000-8000-000000000001",
            "sender": "FR",
            "to": "notices",
            "iat": MOMENT,
            "exp": MOMENT + 5,
            "method": "GET",
            "target": "/notices",
            "officer": "fr.officer",
            "scopes": ("notices:read",),
            "purpose": "security-check",
            **changed,
        }
    )


def refusal_of(exhibit: dict[str, Any]) -> str | None:
    """Return the reason for which an exhibit is refused, or None if it is accepted."""
    directory = museum_directory(SigningKey.generate())
    verifier = Verifier(exhibit["recipient"], directory, FixedClock(datetime.fromisoformat(exhibit["time"])))
    try:
        verifier.verify(
            KINDS[exhibit["kind"]], exhibit["signature"], exhibit["body"].encode(), sender=exhibit["sender"]
        )
    except EnvelopeRefused as refused:
        return refused.reason.value
    return None


@pytest.mark.parametrize("file", MUSEUM, ids=lambda file: file.stem)
def test_each_exhibit_of_the_museum_is_refused_for_its_stated_reason(file: Path) -> None:
    """A genuine exhibit has no reason and is accepted."""
    exhibit = json.loads(file.read_text())
    assert refusal_of(exhibit) == exhibit["reason"]


def test_the_museum_equals_the_output_of_its_generator() -> None:
    """No exhibit was changed by hand, and none is missing."""
    assert {file.name: file.read_text() for file in FOLDER.glob("*.json")} == rendered()


def test_the_museum_covers_every_refusal_reason_of_the_verifier() -> None:
    """Replays and sealing are refused by other components."""
    shown = {json.loads(file.read_text())["reason"] for file in MUSEUM}
    assert shown == {reason.value for reason in RefusalReason} - ELSEWHERE | {None}


@given(head=REQUESTS | REPLIES, body=st.binary(max_size=300))
def test_a_signed_envelope_verifies_to_the_same_head(head: RequestHead | ReplyHead, body: bytes) -> None:
    """For any head and body."""
    assert VERIFIER.verify(type(head), sign_envelope(head, body, KEY), body, sender="FR") == head


@given(head=REQUESTS, body=st.binary(min_size=1, max_size=60), draw=st.data())
def test_a_flipped_bit_of_the_body_breaks_the_signature(head: RequestHead, body: bytes, draw: st.DataObject) -> None:
    place = draw.draw(st.integers(0, len(body) * 8 - 1))
    changed = bytearray(body)
    changed[place // 8] ^= 1 << place % 8
    with pytest.raises(EnvelopeRefused) as refused:
        VERIFIER.verify(RequestHead, sign_envelope(head, body, KEY), bytes(changed), sender="FR")
    assert refused.value.reason is RefusalReason.SIGNATURE


@given(place=st.integers(min_value=0), other=st.sampled_from(string.printable))
def test_a_changed_character_in_the_signature_header_is_refused(place: int, other: str) -> None:
    """In its head and in its signature."""
    header = sign_envelope(request_head(), b"body", KEY)
    place %= len(header)
    changed = header[:place] + other + header[place + 1 :]
    if changed == header:
        assert VERIFIER.verify(RequestHead, changed, b"body", sender="FR") == request_head()
        return
    with pytest.raises(EnvelopeRefused):
        VERIFIER.verify(RequestHead, changed, b"body", sender="FR")


def test_every_truncation_of_the_signature_header_is_refused() -> None:
    """At its end and at its beginning."""
    header = sign_envelope(request_head(), b"body", KEY)
    for cut in range(len(header)):
        for left in (header[:cut], header[cut + 1 :]):
            with pytest.raises(EnvelopeRefused):
                VERIFIER.verify(RequestHead, left, b"body", sender="FR")


@given(header=st.text(max_size=200) | st.binary(max_size=200).map(lambda raw: f"{encode_base64url(raw)}..AA"))
def test_any_text_as_a_signature_header_raises_only_envelope_refused(header: str) -> None:
    with pytest.raises(EnvelopeRefused):
        VERIFIER.verify(RequestHead, header, b"", sender="FR")


@pytest.mark.parametrize(
    ("seconds", "reason"),
    [
        (-SKEW_SECONDS - 0.001, RefusalReason.NOT_YET_VALID),
        (-SKEW_SECONDS, None),
        (5 + SKEW_SECONDS, None),
        (5 + SKEW_SECONDS + 0.001, RefusalReason.EXPIRED),
    ],
)
def test_an_envelope_is_accepted_within_the_clock_skew_only(seconds: float, reason: RefusalReason | None) -> None:
    """From 30 s before it was issued until 30 s after it expires, both included."""
    verifier = bureau_verifier(NOW + timedelta(seconds=seconds))
    header = sign_envelope(request_head(), b"", KEY)
    if reason is None:
        assert verifier.verify(RequestHead, header, b"", sender="FR") == request_head()
        return
    with pytest.raises(EnvelopeRefused) as refused:
        verifier.verify(RequestHead, header, b"", sender="FR")
    assert refused.value.reason is reason


def test_an_envelope_with_the_maximum_lifetime_is_accepted() -> None:
    head = request_head(exp=MOMENT + MAX_LIFETIME_SECONDS)
    assert VERIFIER.verify(RequestHead, sign_envelope(head, b"", KEY), b"", sender="FR") == head


def test_a_signature_header_is_accepted_up_to_its_maximum_length() -> None:
    """A longer one is refused without being parsed."""
    room = MAX_SIGNATURE_HEADER - len(sign_envelope(request_head(target="/"), b"", KEY))
    longest = request_head(target="/" + "x" * (room * 3 // 4))
    assert len(sign_envelope(longest, b"", KEY)) > MAX_SIGNATURE_HEADER - 4
    assert VERIFIER.verify(RequestHead, sign_envelope(longest, b"", KEY), b"", sender="FR") == longest
    with pytest.raises(EnvelopeRefused, match="exceeds"):
        VERIFIER.verify(RequestHead, sign_envelope(request_head(target="/" + "x" * room), b"", KEY), b"", sender="FR")


def test_the_protected_header_has_all_members_a_jose_library_needs() -> None:
    """Algorithm, unencoded payload, critical members, type and key."""
    protected = decode_base64url(sign_envelope(request_head(), b"", KEY).partition("..")[0])
    stated = json.loads(protected)
    assert stated["typ"] == "i247-request"
    assert (stated["alg"], stated["b64"], stated["crit"], stated["kid"]) == ("Ed25519", False, ["b64"], KEY.kid)
    assert stated["from"] == "FR"


def test_a_refusal_repeats_little_of_the_envelope() -> None:
    """A long unknown member is not copied into the answer."""
    header = f"{encode_base64url(json.dumps({'typ': 'i247-request', 'x' * 5_000: 1}).encode())}..AA"
    with pytest.raises(EnvelopeRefused) as refused:
        VERIFIER.verify(RequestHead, header, b"", sender="FR")
    assert len(refused.value.detail) < 200


def test_the_envelope_digest_differs_when_only_the_body_differs() -> None:
    """The digest covers head and signature, and thereby the body."""
    assert digest_of(sign_envelope(request_head(), b"a", KEY)) != digest_of(sign_envelope(request_head(), b"b", KEY))
    assert digest_of("") == "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"
