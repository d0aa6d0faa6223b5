"""Exhibits of messages and receipts, whose limits differ from those of requests because they wait in a store."""

from typing import Any

from shared.protocol.envelope import digest_of
from tests.shared.museum.parts import (
    DAY,
    NOW,
    Exhibits,
    exhibit,
    key,
    of_variant_c,
    of_version_4,
    request,
    sealed,
)

CIPHERTEXT = "what only the recipients can read"
DIGEST = "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"
YEAR = 366 * DAY


def message(**changed: Any) -> dict[str, Any]:
    """Return the head of a genuine message, with members changed; a member that is None is left out."""
    head = {
        "typ": "i247-message",
        "alg": "Ed25519",
        "b64": False,
        "crit": ["b64"],
        "kid": key("FR").kid,
        "id": "019e8312-1c00-7000-8000-000000000003",
        "from": "FR",
        "to": ["DE", "IT"],
        "iat": NOW,
        "exp": NOW + 30 * DAY,
        "urgency": "routine",
        "purpose": "criminal-investigation",
        "content_digest": DIGEST,
    }
    return {name: value for name, value in (head | changed).items() if value is not None}


def receipt(**changed: Any) -> dict[str, Any]:
    """Return the head of a genuine receipt, with members changed; a member that is None is left out."""
    head = {
        "typ": "i247-receipt",
        "alg": "Ed25519",
        "b64": False,
        "crit": ["b64"],
        "kid": key("DE").kid,
        "id": "019e8312-1c00-7000-8000-000000000004",
        "from": "DE",
        "to": "FR",
        "iat": NOW,
        "exp": NOW + 30 * DAY,
        "re": "019e8312-1c00-7000-8000-000000000003",
        "re_digest": digest_of(sealed(message(), body=CIPHERTEXT)),
        "state": "delivered",
        "reason": None,
    }
    return {name: value for name, value in (head | changed).items() if value is not None}


def of_message(
    expected: str | None, *, by: str = "FR", without: str = "", stored: dict[str, Any] | None = None, **changed: Any
) -> dict[str, Any]:
    """Return the exhibit of a message from FR to DE, with members of its head, or of the stored parcel, changed."""
    head = {"kid": key(by).kid, **changed, **({without: None} if without else {})}
    return exhibit(
        expected,
        sealed(message(**head), by=by, body=CIPHERTEXT),
        **{"kind": "i247-message", "recipient": "DE", "body": CIPHERTEXT, **(stored or {})},
    )


def of_receipt(
    expected: str | None, *, by: str = "DE", without: str = "", stored: dict[str, Any] | None = None, **changed: Any
) -> dict[str, Any]:
    """Return the exhibit of a receipt from DE to FR, with members of its head, or of the stored parcel, changed."""
    head = {"kid": key(by).kid, **changed, **({without: None} if without else {})}
    return exhibit(
        expected,
        sealed(receipt(**head), by=by, body=""),
        **{"kind": "i247-receipt", "sender": "DE", "recipient": "FR", "body": "", **(stored or {})},
    )


def genuine() -> Exhibits:
    """Yield messages and receipts that are accepted, some after a long time."""
    yield "genuine-message", of_message(None)
    yield "genuine-message-urgent", of_message(None, urgency="urgent")
    yield "genuine-message-to-undisclosed-recipients", of_message(None, to=[f"~{DIGEST}"])
    yield "genuine-message-for-a-year", of_message(None, exp=NOW + YEAR)
    yield "genuine-message-whose-key-has-run-out-since", of_message(None, by="FR-expired", iat=NOW - 2 * DAY)
    yield "genuine-message-before-its-key-is-revoked", of_message(None, by="FR-revoked-later")
    for state in ("delivered", "read", "applied", "acknowledged"):
        yield f"genuine-receipt-{state}", of_receipt(None, state=state)
    yield "genuine-receipt-refused", of_receipt(None, state="refused", reason="wrong-bureau")


def heads() -> Exhibits:
    """Yield heads of messages and receipts with a missing, an unknown or an invalid member."""
    for member in ("id", "from", "to", "iat", "exp", "urgency", "purpose", "content_digest"):
        yield f"message-without-{member}", of_message("malformed", without=member)
    for member in ("to", "re", "re_digest", "state"):
        yield f"receipt-without-{member}", of_receipt("malformed", without=member)
    yield "message-to-an-empty-list", of_message("malformed", to=[])
    yield "message-to-too-many", of_message("malformed", to=["DE"] * 257)
    yield "message-to-a-text", of_message("malformed", to="DE")
    yield "message-of-unknown-urgency", of_message("malformed", urgency="yesterday")
    yield "message-with-an-unknown-member", of_message("malformed", subject="not for the broker to read")
    yield "message-with-an-id-that-is-none", of_message("malformed", id="1")
    yield "message-with-an-id-and-a-line-feed", of_message("malformed", id=message()["id"] + "\n")
    yield "message-with-an-id-of-another-version", of_message("malformed", id=of_version_4(message()))
    yield "message-with-an-id-of-another-variant", of_message("malformed", id=of_variant_c(message()))
    yield "message-with-an-id-in-upper-case", of_message("malformed", id=message()["id"].upper())
    yield "receipt-with-an-id-of-another-version", of_receipt("malformed", id=of_version_4(receipt()))
    yield "message-with-a-digest-that-is-none", of_message("malformed", content_digest=DIGEST[:-1])
    yield "message-with-a-long-purpose", of_message("malformed", purpose="x" * 65)
    yield "message-to-a-recipient-too-long", of_message("malformed", to=["x" * 65])
    # Not every store can hold U+0000, and a message that cannot be stored would be delivered again and again.
    yield "message-with-u-0000-in-its-purpose", of_message("malformed", purpose="a\0b")
    yield "receipt-about-u-0000", of_receipt("malformed", re="\0")
    yield "receipt-with-u-0000-in-its-reason", of_receipt("malformed", state="refused", reason="a\0b")
    yield "receipt-to-a-list", of_receipt("malformed", to=["FR"])
    yield "receipt-of-unknown-state", of_receipt("malformed", state="burned")
    yield "receipt-of-another-case", of_receipt("malformed", state="Read")


def kinds() -> Exhibits:
    """Yield a genuine envelope where one of another kind is expected."""
    yield "request-where-a-message-is-expected", exhibit("kind", sealed(request()), kind="i247-message")
    yield "message-where-a-request-is-expected", of_message("kind", stored={"kind": "i247-request"})
    yield "message-where-a-receipt-is-expected", of_message("kind", stored={"kind": "i247-receipt"})
    yield "receipt-where-a-message-is-expected", of_receipt("kind", stored={"kind": "i247-message"})


def holders() -> Exhibits:
    """Yield envelopes whose key was not valid when they were signed, or is not valid now."""
    yield "message-of-a-key-revoked-after-it-was-signed", of_message("key-not-valid", by="FR-revoked", iat=NOW - 120)
    yield (
        "receipt-of-a-key-revoked-after-it-was-signed",
        of_receipt("key-not-valid", by="FR-revoked", iat=NOW - 120, **{"from": "FR"}, stored={"sender": "FR"}),
    )
    yield "message-of-a-key-that-had-run-out", of_message("key-not-valid", by="FR-expired", iat=NOW - DAY + 1)
    yield "message-before-its-key-was-valid", of_message("key-not-valid", by="FR", iat=NOW - DAY - 1)
    # It states a time at which the key will be valid, but is checked as of now.
    yield "message-ahead-of-its-key", of_message("key-not-valid", by="FR-not-yet-valid", iat=NOW + DAY + 1)
    yield "message-from-before-all-keys", of_message("key-not-valid", iat=-1e18)
    yield "message-by-the-key-of-another-bureau", of_message("key-unknown", by="DE")


def addresses() -> Exhibits:
    """Yield messages and receipts from or to another participant."""
    yield "message-to-other-bureaus", of_message("recipient", to=["IT", "KE"])
    yield "message-to-the-recipient-in-lower-case", of_message("recipient", to=["de"])
    yield "message-on-the-subject-of-another", of_message("sender", stored={"sender": "IT"})
    yield "receipt-to-another-bureau", of_receipt("recipient", to="KE")
    yield "receipt-on-the-subject-of-another", of_receipt("sender", stored={"sender": "IT"})


def signatures() -> Exhibits:
    """Yield signatures that do not match their envelope."""
    yield "message-with-another-ciphertext", of_message("signature", stored={"body": CIPHERTEXT[:-1] + "!"})
    yield "message-without-its-ciphertext", of_message("signature", stored={"body": ""})
    yield "receipt-with-a-body", of_receipt("signature", stored={"body": "{}"})


def times() -> Exhibits:
    """Yield messages and receipts outside their validity period."""
    yield "message-for-more-than-a-year", of_message("lifetime", exp=NOW + YEAR + 1)
    yield "message-for-no-time", of_message("lifetime", exp=NOW)
    yield "message-expired", of_message("expired", iat=NOW - 3600, exp=NOW - 31)
    yield "message-issued-in-the-future", of_message("not-yet-valid", iat=NOW + 31)
    yield "receipt-for-more-than-a-year", of_receipt("lifetime", exp=NOW + YEAR + 1)
    yield "receipt-expired", of_receipt("expired", iat=NOW - 3600, exp=NOW - 31)


HALLS = (genuine, heads, kinds, holders, addresses, signatures, times)
