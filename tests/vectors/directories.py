"""Generates the vectors of directories: entries, logs, and requests for entries."""

import json
from collections.abc import Iterator
from typing import Any

import msgspec

from shared.crypto.ed25519 import SigningKey, decode_base64url, encode_base64url
from shared.protocol.directory_entry import Entry, sign_entry
from shared.protocol.directory_log import log_head
from shared.protocol.key_request import KeyStatement, make_request, read_request
from shared.standing import Measure
from tests.vectors.participants import (
    DAY,
    HOLDERS,
    NOW,
    ROOT,
    Case,
    entry,
    nkey,
    sealing_key,
    signing_key,
)


def directory() -> dict[str, Any]:
    """Return entries with their content, the result of several entries, and entries that must be refused."""
    return {
        "root": encode_base64url(ROOT.public.raw),
        "entries": [_stated(entry(name)) for name in HOLDERS],
        "cases": list(_known()),
        "refused": list(_refused()),
        "logs": list(_logs()),
        "requests": list(_requests()),
    }


def _stated(jws: str) -> Case:
    payload = decode_base64url(jws.split(".")[1])
    stated = msgspec.json.decode(payload, type=Entry)
    return {"jws": jws, "kid": stated.kid, "entry": msgspec.json.decode(payload)}


def _known() -> Iterator[Case]:
    """Yield the state of a participant after some entries, which is the same in any order of them."""
    before, present = signing_key("FR before").kid, signing_key("FR").kid
    yield {
        "name": "two keys, one of which replaces the other",
        "entries": [entry("FR before"), entry("FR")],
        "participant": "FR",
        "at": NOW,
        "standing": "member",
        "sealing_kid": sealing_key("FR").kid,
        "signing": {before: None, present: None},
    }
    yield {
        "name": "the older of two keys has run out",
        "entries": [entry("FR before"), entry("FR")],
        "participant": "FR",
        "at": NOW + 2 * DAY,
        "standing": "member",
        "sealing_kid": sealing_key("FR").kid,
        "signing": {before: "key-not-valid", present: None},
    }
    yield {
        "name": "a revocation is final, and nothing puts it off",
        "entries": [
            entry("KE", sealing_key="", revoked_at=None, issued=NOW + 5),
            entry("KE", sealing_key=""),
            entry("KE", sealing_key="", revoked_at=NOW + DAY, issued=NOW + 9),
        ],
        "participant": "KE",
        "at": NOW,
        "standing": "member",
        "sealing_kid": None,
        "signing": {signing_key("KE").kid: "key-not-valid"},
    }
    yield {
        "name": "nothing is sealed to a bureau that is suspended",
        "entries": [entry("BR", standing="member", issued=NOW - 31 * DAY), entry("BR")],
        "participant": "BR",
        "at": NOW,
        "standing": "suspended",
        "sealing_kid": None,
        "signing": {signing_key("BR").kid: None},
    }
    for name, after, standing in (
        ("a supervised bureau keeps its keys until the measure is over", 0.0, "supervised"),
        ("a measure is over without another entry", DAY, "member"),
    ):
        measure = Measure(reason="compliance", since=NOW - DAY, until=NOW + DAY)
        yield {
            "name": name,
            "entries": [entry("DE"), entry("DE", standing="supervised", measure=measure, issued=NOW - DAY)],
            "participant": "DE",
            "at": NOW + after,
            "standing": standing,
            "sealing_kid": sealing_key("DE").kid,
            "signing": {signing_key("DE").kid: None},
        }
    services = Measure(
        reason="security-incident", since=NOW, resolution="EC/2026/14", services=("notices", "stolen-vehicles")
    )
    yield {
        "name": "a bureau is restricted in some services, without an end",
        "entries": [entry("DE"), entry("DE", standing="restricted", measure=services, issued=NOW)],
        "participant": "DE",
        "at": NOW + 300 * DAY,
        "standing": "restricted",
        "sealing_kid": sealing_key("DE").kid,
        "signing": {signing_key("DE").kid: None},
    }
    yield {
        "name": "a service has no sealing key",
        "entries": [entry("notices")],
        "participant": "notices",
        "at": NOW,
        "standing": "member",
        "sealing_kid": None,
        "signing": {signing_key("notices").kid: None, present: "key-unknown"},
    }


def _logs() -> Iterator[Case]:
    """Yield successive parts of a log, and whether the last one extends those before."""
    entries = [entry(name) for name in HOLDERS]
    first, last = entries[:5], entries[5:]
    whole, begun = _part(entries), _part(first)
    yield _log("a log, and its growth", [begun, whole])
    lost = {**whole, "entries": [*first, *last[1:]]}
    yield _log("an entry is missing", [lost], "log")
    yield _log("two entries changed places", [{**whole, "entries": [*last, *first]}], "log")
    yield _log("two logs that contradict each other", [begun, _part(entries[::-1])], "log")
    yield _log("a head of another key", [_part(entries, signing_key("FR"))], "head")
    yield _log("another participant has less", [begun, whole], heard=begun)
    yield _log("another participant has more", [begun], "log", heard=whole)
    yield _log("another participant has another log", [whole], "log", heard=_part(entries[::-1]))


def _log(name: str, parts: list[Case], reason: str | None = None, heard: Case | None = None) -> Case:
    return {"name": name, "parts": parts, "heard": heard and heard["head"], "reason": reason}


def _part(entries: list[str], root: SigningKey = ROOT) -> Case:
    return {"head": log_head(entries, root), "from": 0, "entries": entries}


def _requests() -> Iterator[Case]:
    """Yield key requests: the first of a bureau, one countersigned by an earlier key, and invalid ones."""
    statement = KeyStatement(
        participant="FR",
        kind="bureau",
        signing_key=encode_base64url(signing_key("FR").public.raw),
        nats_user=nkey("FR")[1],
        sealing_key=encode_base64url(sealing_key("FR").public.raw),
        requested=NOW,
    )
    nats_seed, signing = nkey("FR")[0].encode(), signing_key("FR")
    for name, by in (("the first of a bureau", None), ("countersigned", signing_key("FR before"))):
        text = make_request(statement, signing, nats_seed, by)
        request = read_request(text)
        countersigned = request.countersignature and request.countersignature.kid
        yield {"name": name, "text": text, "fingerprint": request.fingerprint, "countersigned": countersigned}
    for name, text in (
        ("signed by another signing key", make_request(statement, signing_key("DE"), nats_seed)),
        ("signed by another NKEY", make_request(statement, signing, nkey("DE")[0].encode())),
    ):
        yield {"name": name, "text": text, "fingerprint": None, "countersigned": None}


def _refused() -> Iterator[Case]:
    genuine = entry("notices")
    protected, payload, signature = genuine.split(".")
    stated = msgspec.json.decode(decode_base64url(payload), type=Entry)
    other = encode_base64url(msgspec.json.encode(msgspec.structs.replace(stated, participant="fingerprints")))
    typ = encode_base64url(json.dumps({"alg": "Ed25519", "kid": ROOT.kid, "typ": "JWT"}).encode())
    for name, jws in {
        "signed by somebody else": sign_entry(stated, signing_key("FR")),
        "changed afterwards": f"{protected}.{other}.{signature}",
        "of another type": f"{typ}.{payload}.{encode_base64url(ROOT.sign(f'{typ}.{payload}'.encode()))}",
        "its signature left out": f"{protected}.{payload}.",
        "a key of another length": sign_entry(msgspec.structs.replace(stated, signing_key="AAAA"), ROOT),
    }.items():
        yield {"name": name, "jws": jws}
