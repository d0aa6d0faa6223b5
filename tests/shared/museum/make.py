"""Generates the museum of invalid envelopes: `python -m tests.shared.museum.make` writes all files.

Each exhibit is the genuine envelope with one fault. `keys.json` holds the keys as JWKs, with their participants and
validity periods.
"""

import hmac
import json
from pathlib import Path
from typing import Any

from shared.crypto.ed25519 import encode_base64url
from tests.shared.museum import mail
from tests.shared.museum.parts import (
    BODY,
    NOW,
    Exhibits,
    exhibit,
    key,
    keys,
    of_variant_c,
    of_version_4,
    reply,
    request,
    sealed,
    text,
)

FOLDER = Path(__file__).parent
KEYS = "keys.json"


def exhibits() -> dict[str, dict[str, Any]]:
    """Return every exhibit by its name."""
    return {
        name: exhibit
        for hall in (genuine, algorithms, heads, numbers, encodings, signatures, holders, addresses, times, *mail.HALLS)
        for name, exhibit in hall()
    }


def genuine() -> Exhibits:
    """Yield accepted envelopes: each of the others differs from one of these in one respect."""
    yield "genuine-request", exhibit(None, sealed(request()))
    yield (
        "genuine-reply",
        exhibit(None, sealed(reply(), by="notices"), kind="i247-reply", sender="notices", recipient="FR"),
    )
    yield "genuine-request-spelled-otherwise", exhibit(None, sealed(json.dumps(request(), indent=1).encode()))
    yield (
        "genuine-request-before-its-key-is-revoked",
        exhibit(None, sealed(request(kid=key("FR-revoked-later").kid), by="FR-revoked-later")),
    )


def algorithms() -> Exhibits:
    """Yield algorithms that a sender must not choose."""
    yield "alg-none", exhibit("algorithm", f"{encode_base64url(text(request(alg='none')))}..")
    yield "alg-none-signed", exhibit("algorithm", sealed(request(alg="none")))
    protected = encode_base64url(text(request(alg="HS256")))
    public = encode_base64url(key("FR").public.raw).encode()
    mac = hmac.digest(public, f"{protected}.{BODY}".encode(), "sha256")
    yield "alg-hs256-with-the-public-key-as-secret", exhibit("algorithm", f"{protected}..{encode_base64url(mac)}")
    for alg in ("EdDSA", "Ed448", "ES256", "RS256", "ed25519", ""):
        yield (
            f"alg-{alg.lower() or 'empty'}-{'in-lower-case' if alg == 'ed25519' else 'signed'}",
            exhibit("algorithm", sealed(request(alg=alg))),
        )
    yield "b64-true", exhibit("algorithm", sealed(request(b64=True)))
    yield "b64-true-and-no-crit", exhibit("malformed", sealed(request(b64=True, crit=None)))
    yield "crit-empty", exhibit("algorithm", sealed(request(crit=[])))
    yield "crit-unknown", exhibit("algorithm", sealed(request(crit=["b64", "exp"])))
    yield "crit-twice", exhibit("algorithm", sealed(request(crit=["b64", "b64"])))


def heads() -> Exhibits:
    """Yield heads with a missing, an unknown or an invalid member, or of another kind."""
    for member in request():
        if member != "content_type":
            yield f"head-without-{member}", exhibit("malformed", sealed(request(**{member: None})))
    yield "head-with-an-unknown-member", exhibit("malformed", sealed(request(jwk=key("FR").public.jwk)))
    yield "head-of-an-unknown-kind", exhibit("malformed", sealed(request(typ="i247-nonsense")))
    yield "reply-where-a-request-is-expected", exhibit("kind", sealed({**reply(kid=key("FR").kid), "from": "FR"}))
    yield "request-where-a-reply-is-expected", exhibit("kind", sealed(request()), kind="i247-reply")
    wrong: dict[str, Any] = {"id": 7, "scopes": "notices:read", "b64": "false", "exp": "1780315205", "to": ["notices"]}
    for member, value in wrong.items():
        yield f"wrong-type-of-{member}", exhibit("malformed", sealed(request(**{member: value})))
    # The id of a request is copied into messages of the service, which could not be read with an invalid id.
    yield "request-with-an-id-that-is-none", exhibit("malformed", sealed(request(id="x")))
    yield "request-with-an-id-in-upper-case", exhibit("malformed", sealed(request(id=request()["id"].upper())))
    yield "request-with-an-id-and-a-line-feed", exhibit("malformed", sealed(request(id=request()["id"] + "\n")))
    yield "request-with-an-id-of-another-version", exhibit("malformed", sealed(request(id=of_version_4(request()))))
    yield "request-with-an-id-of-another-variant", exhibit("malformed", sealed(request(id=of_variant_c(request()))))
    yield (
        "reply-with-an-id-of-another-version",
        exhibit(
            "malformed",
            sealed(reply(id=of_version_4(reply())), by="notices"),
            kind="i247-reply",
            sender="notices",
            recipient="FR",
        ),
    )
    yield (
        "wrong-type-of-status",
        exhibit(
            "malformed", sealed(reply(status=700), by="notices"), kind="i247-reply", sender="notices", recipient="FR"
        ),
    )
    yield "head-huge", exhibit("malformed", sealed(request(officer="x" * 14_000)))
    yield "head-not-an-object", exhibit("malformed", sealed(b"[]"))
    yield "head-nested-deeply", exhibit("malformed", sealed(b'{"officer":' + b"[" * 5_000))
    yield "head-unknown-and-cut-short", exhibit("malformed", sealed(b'{"unknown":1'))
    yield "head-cut-short", exhibit("malformed", sealed(text(request())[:-1]))
    yield "head-not-utf-8", exhibit("malformed", sealed(text(request()).replace(b"fr.officer", b"\xff\xfe")))
    yield "head-with-half-a-surrogate-pair", exhibit("malformed", sealed(request(officer="\ud800")))
    yield "head-with-a-byte-order-mark", exhibit("malformed", sealed(b"\xef\xbb\xbf" + text(request())))
    yield "head-followed-by-another", exhibit("malformed", sealed(text(request()) + text(request())))
    for member in ("alg", "typ", "purpose"):
        twice = text(request())[:-1] + b"," + text({member: request()[member]})[1:]
        yield f"duplicate-{member}", exhibit("malformed", sealed(twice))
    escaped = text(request()).replace(b'"purpose":', b'"purpose":"identification","p\\u0075rpose":')
    yield "duplicate-purpose-in-another-spelling", exhibit("malformed", sealed(escaped))
    nested = text(reply(headers={"location": "/b"})).replace(b'{"location"', b'{"location":"/a","location"')
    yield (
        "duplicate-header-of-a-reply",
        exhibit("malformed", sealed(nested, by="notices"), kind="i247-reply", sender="notices", recipient="FR"),
    )


def numbers() -> Exhibits:
    """Yield values that are not numbers, and times that no clock can have."""
    for name, number in {"nan": "NaN", "infinity": "Infinity", "1e999": "1e999", "400-digits": "9" * 400}.items():
        raw = text(request(exp=0.25)).replace(b'"exp":0.25', f'"exp":{number}'.encode())
        yield f"number-{name}", exhibit("malformed", sealed(raw))
    yield "number-huge-for-both-times", exhibit("lifetime", sealed(request(iat=1e300, exp=1e300)))
    yield "number-huge", exhibit("lifetime", sealed(request(exp=1e300)))


def encodings() -> Exhibits:
    """Yield headers that are not a detached JWS, or not in its canonical encoding."""
    good = sealed(request())
    protected, _, signature = good.partition("..")
    # The last of 86 characters carries two bits of the signature and four that must be zero.
    unclean = signature[:-1] + chr(ord(signature[-1]) + 1)
    yield "header-missing", exhibit("malformed", "")
    yield "header-huge", exhibit("malformed", protected + ".." + "A" * 18_000)
    yield "header-of-dots", exhibit("malformed", "..")
    yield "three-dots", exhibit("malformed", f"{protected}...{signature}")
    yield "four-parts", exhibit("malformed", f"{good}..{signature}")
    yield "no-dots", exhibit("malformed", protected + signature)
    yield "payload-attached", exhibit("malformed", f"{protected}.{encode_base64url(BODY.encode())}.{signature}")
    yield "payload-attached-unencoded", exhibit("malformed", f"{protected}.{BODY}.{signature}")
    yield "not-base64url", exhibit("malformed", f"{protected}..{'!' * 86}")
    yield "not-ascii", exhibit("malformed", f"{protected}..{'é' * 86}")
    yield "base64url-padded", exhibit("malformed", f"{good}==")
    yield "base64url-with-white-space", exhibit("malformed", f"{protected}.. {signature}")
    yield "base64url-with-a-line-break-at-the-end", exhibit("malformed", f"{good}\n")
    yield "base64url-not-canonical", exhibit("malformed", f"{protected}..{unclean}")
    plain = encode_base64url(text(request(target="/searches?~~~")))
    yield "base64-of-another-alphabet", exhibit("malformed", f"{plain[:-1]}/..{signature}")


def signatures() -> Exhibits:
    """Yield signatures that do not match their envelope."""
    good = sealed(request())
    protected, _, signature = good.partition("..")
    raw = bytearray(key("FR").sign(f"{protected}.{BODY}".encode()))
    yield "body-flipped", exhibit("signature", good, body=BODY.replace("AB", "AC"))
    yield "body-missing", exhibit("signature", good, body="")
    yield "body-longer", exhibit("signature", good, body=BODY + "\n")
    yield "head-changed", exhibit("signature", f"{encode_base64url(text(request(officer='fr.minister')))}..{signature}")
    yield (
        "signature-of-another-message",
        exhibit("signature", f"{protected}..{sealed(request(), body='').partition('..')[2]}"),
    )
    yield "signature-truncated", exhibit("signature", f"{protected}..{encode_base64url(bytes(raw[:63]))}")
    yield "signature-longer", exhibit("signature", f"{protected}..{encode_base64url(bytes(raw) + bytes(1))}")
    yield "signature-empty", exhibit("signature", f"{protected}..")
    yield "signature-of-zeros", exhibit("signature", f"{protected}..{encode_base64url(bytes(64))}")
    order = 2**252 + 27742317777372353535851937790883648493
    scalar = (int.from_bytes(raw[32:], "little") + order).to_bytes(32, "little")
    yield "signature-malleable", exhibit("signature", f"{protected}..{encode_base64url(bytes(raw[:32]) + scalar)}")
    yield "signature-of-another-key", exhibit("signature", sealed(request(), by="DE"))


def holders() -> Exhibits:
    """Yield keys that are not the sender's, or not valid at this time."""
    yield "kid-unknown", exhibit("key-unknown", sealed(request(kid=key("KE").kid), by="KE"))
    yield "kid-of-another-bureau", exhibit("key-unknown", sealed(request(kid=key("DE").kid), by="DE"))
    yield "kid-empty", exhibit("key-unknown", sealed(request(kid="")))
    for fault in ("expired", "not-yet-valid", "revoked"):
        name = f"FR-{fault}"
        yield f"key-{fault}", exhibit("key-not-valid", sealed(request(kid=key(name).kid), by=name))


def addresses() -> Exhibits:
    """Yield envelopes from or to another participant."""
    as_germany = sealed({**request(kid=key("DE").kid), "from": "DE"}, by="DE")
    yield "sent-on-the-subject-of-another", exhibit("sender", as_germany)
    yield "sender-in-lower-case", exhibit("sender", sealed({**request(), "from": "fr"}))
    yield "sent-to-another-service", exhibit("recipient", sealed(request(to="fingerprints")))
    yield "sent-to-nobody", exhibit("recipient", sealed(request(to="")))
    yield (
        "reply-to-another-bureau",
        exhibit("recipient", sealed(reply(to="DE"), by="notices"), kind="i247-reply", sender="notices", recipient="FR"),
    )


def times() -> Exhibits:
    """Yield envelopes outside their validity period."""
    yield "expired", exhibit("expired", sealed(request(iat=NOW - 60, exp=NOW - 31)))
    yield "issued-in-the-future", exhibit("not-yet-valid", sealed(request(iat=NOW + 31, exp=NOW + 40)))
    yield "lifetime-too-long", exhibit("lifetime", sealed(request(exp=NOW + 121)))
    yield "lifetime-negative", exhibit("lifetime", sealed(request(exp=NOW - 1)))
    yield "lifetime-none", exhibit("lifetime", sealed(request(exp=NOW)))


def rendered() -> dict[str, str]:
    """Return the content of every file of the museum by its name."""
    files: dict[str, Any] = {f"{name}.json": exhibit for name, exhibit in exhibits().items()} | {KEYS: keys()}
    return {name: json.dumps(content, indent=1) + "\n" for name, content in files.items()}


if __name__ == "__main__":
    files = rendered()
    for stale in FOLDER.glob("*.json"):
        stale.unlink()
    for file, content in files.items():
        (FOLDER / file).write_text(content)
