"""Generates the test vectors: `python -m tests.vectors.make` writes all files in docs/vectors.

Keys and times are fixed. Random values, such as content keys and the encapsulation of HPKE, are not, so the files
change each time; their meaning must not.
"""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final

import msgspec

from deploy.generated.files import PROJECT
from shared.crypto.ed25519 import SigningKey, decode_base64url, encode_base64url
from shared.protocol.directory_entry import Entry, sign_entry
from shared.protocol.directory_log import log_head
from shared.protocol.envelope import Head, ReplyHead, RequestHead, digest_of, sign_envelope
from shared.protocol.evidence import ProvenMessage, assemble
from shared.protocol.key_request import KeyStatement, make_request, read_request
from shared.protocol.messages import Answered, ReceiptState, SealedMessage, make_receipt
from tests.vectors import sealed_messages
from tests.vectors.participants import (
    AT,
    DAY,
    HOLDERS,
    NOW,
    ROOT,
    Case,
    digest,
    entry,
    id_of,
    is_service,
    nkey,
    sealing_key,
    signing_key,
)

FOLDER: Final = PROJECT / "docs" / "vectors"
REQUEST_BODY: Final = b'{"plate":"AB-123-CD"}'
REPLY_BODY: Final = '{"hits":[],"total":0,"note":"é"}'.encode()


def vectors() -> dict[str, Any]:
    """Return the content of every file by its name."""
    genuine = sealed_messages.draft(sealed_messages.DISCLOSED_ID, ("DE", "JP"))
    undisclosed = sealed_messages.draft(sealed_messages.UNDISCLOSED_ID, ("DE", "JP"), disclosed=False)
    opened = [sealed_messages.opened_by(message, each) for message in (genuine, undisclosed) for each in ("DE", "JP")]
    return {
        "keys.json": keys(),
        "directory.json": directory(),
        "requests.json": list(requests()),
        "messages.json": [*opened, *sealed_messages.broken_messages(genuine)],
        "attachments.json": sealed_messages.attachments(),
        "receipts.json": list(receipts(genuine)),
        "evidence.json": list(evidence(genuine, undisclosed)),
    }


def keys() -> dict[str, Any]:
    """Return the root key, and the keys of all participants with their key ids."""
    return {
        "root": {**ROOT.public.jwk, "d": encode_base64url(ROOT.seed)},
        "participants": [_keys_of(name) for name in HOLDERS],
    }


def _keys_of(name: str) -> Case:
    signing, (nkey_seed, nats_user) = signing_key(name), nkey(HOLDERS[name][0])
    case: Case = {
        "name": name,
        "participant": HOLDERS[name][0],
        "signing": {**signing.public.jwk, "d": encode_base64url(signing.seed)},
        "nkey": {"seed": nkey_seed, "public": nats_user},
    }
    if not is_service(name):
        key = sealing_key(name)
        public = encode_base64url(key.public.raw)
        case["sealing"] = {"seed": encode_base64url(key.seed), "public": public, "kid": key.kid}
    return case


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


def requests() -> Iterator[Case]:
    """Yield a request and its reply, and invalid variants."""
    asked = RequestHead(
        kid=signing_key("FR").kid,
        id=id_of(1),
        sender="FR",
        to="notices",
        iat=NOW,
        exp=NOW + 4.75,
        method="POST",
        target="/searches?limit=5",
        content_type="application/json",
        officer="fr.officer",
        scopes=("notices:read", "purpose:security-check"),
        purpose="security-check",
    )
    yield _envelope("request", asked, REQUEST_BODY)
    answered = ReplyHead(
        kid=signing_key("notices").kid,
        id=id_of(2),
        sender="notices",
        to="FR",
        iat=NOW + 0.125,
        exp=NOW + 30.125,
        re=asked.id,
        re_digest=digest_of(sign_envelope(asked, REQUEST_BODY, signing_key("FR"))),
        status=200,
        content_type="application/json",
    )
    yield _envelope("reply", answered, REPLY_BODY)
    yield _malformed("request with an id of version 4", asked, REQUEST_BODY)
    yield _malformed("reply with an id of version 4", answered, REPLY_BODY)


def receipts(message: SealedMessage) -> Iterator[Case]:
    """Yield the receipts of DE for a message of FR, and FR's receipts for these."""
    of_message = Answered(id=message.head.id, digest=digest_of(message.signature), sender="FR", by="DE")
    states: tuple[tuple[ReceiptState, str | None], ...] = (
        ("delivered", None),
        ("read", None),
        ("refused", "wrong-bureau"),
    )
    head = log_head([entry(name) for name in HOLDERS], ROOT)
    for seconds, (state, reason) in enumerate(states, 1):
        at = AT + timedelta(seconds=seconds)
        made = make_receipt(of_message, state, reason, key=signing_key("DE"), at=at, directory=head)
        yield _envelope(state, made.head, b"")
    # `made` is the refusal: `noted` refers to it, and not to the message.
    of_receipt = Answered(id=made.head.id, digest=digest_of(made.signature), sender="DE", by="FR")
    noted = make_receipt(of_receipt, "noted", None, key=signing_key("FR"), at=AT + timedelta(seconds=4))
    yield _envelope("noted", noted.head, b"")
    unread = Answered(id="", digest=digest_of(message.signature), sender="FR", by="DE")
    late = make_receipt(unread, "refused", "envelope-seal", key=signing_key("DE"), at=AT + timedelta(seconds=5))
    yield _envelope("refused as it could not be read", late.head, b"")
    full = make_receipt(of_message, "deferred", "mailbox-full", key=signing_key("DE"), at=AT + timedelta(seconds=6))
    yield _envelope("deferred as there is no room", full.head, b"")
    unlike = msgspec.structs.replace(late.head, re=id_of(1), re_digest=digest(b"a message"))
    yield _malformed("with an id of version 4", unlike, b"")


def _malformed(name: str, head: Head, body: bytes) -> Case:
    """Return an envelope whose id is a UUID of another version than 7."""
    other = msgspec.structs.replace(head, id=f"{head.id[:14]}4{head.id[15:]}")
    whole = _envelope(name, other, body) | {"reason": "malformed"}
    return {member: value for member, value in whole.items() if member not in {"head", "signature_digest"}}


def _envelope(name: str, head: Head, body: bytes) -> Case:
    signature = sign_envelope(head, body, signing_key(head.sender))
    return {
        "name": name,
        "reason": None,
        "kind": head.__struct_config__.tag,
        "sender": head.sender,
        "recipient": head.to,
        "at": head.iat + 1,
        "body": encode_base64url(body),
        "signature": signature,
        "head": msgspec.to_builtins(head),
        "signature_digest": digest_of(signature),
    }


def evidence(genuine: SealedMessage, undisclosed: SealedMessage) -> Iterator[Case]:
    """Yield valid evidence files, and invalid ones with the check that fails."""
    entries = [entry(name) for name in HOLDERS]
    files = {
        "of a message": _proof(genuine, ("DE", "JP"), entries),
        "of a message to undisclosed recipients": _proof(undisclosed, ("DE",), entries),
    }
    for name, file in files.items():
        yield _evidence(name, None, file)
    whole = files["of a message"]
    yield _evidence("a letter of the content changed", "content", whole.replace(b"border", b"Border"))
    forged = [entry(name, by=signing_key("JP")) for name in HOLDERS]
    yield _evidence("with entries that another root signed", "message", _proof(genuine, ("DE",), forged))
    other = _proof(genuine, ("DE",), entries, about=undisclosed)
    yield _evidence("with a receipt for another message", "receipt 1", other)
    yield _evidence("with a line feed at its end", "form", whole + b"\n")


def _proof(
    message: SealedMessage, by: tuple[str, ...], entries: list[str], about: SealedMessage | None = None
) -> bytes:
    answered = about or message
    proven = ProvenMessage(
        signature=message.signature,
        body=message.body,
        content=message.content,
        salt=message.salt,
        blinds={code: message.blinds[code] for code in by if code in message.blinds},
    )
    signed = [
        make_receipt(
            Answered(id=answered.head.id, digest=digest_of(answered.signature), sender="FR", by=code),
            "delivered",
            None,
            key=signing_key(code),
            at=AT + timedelta(seconds=1),
        ).signature
        for code in by
    ]
    return assemble(proven, signed, entries)


def _evidence(name: str, fails: str | None, file: bytes) -> Case:
    return {"name": name, "reason": fails, "file": encode_base64url(file), "file_digest": digest(file)}


def rendered(content: Any) -> str:
    """Return a file as it is written."""
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, content in vectors().items():
        (FOLDER / name).write_text(rendered(content))
