"""Generates the test vectors: `python -m tests.vectors.make` writes all files in docs/vectors.

Keys and times are fixed. Random values, such as content keys and the encapsulation of HPKE, are not, so the files
change each time; their meaning must not.
"""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final

import msgspec

from deploy.generated.source_tree import PROJECT
from shared.crypto.ed25519 import encode_base64url
from shared.protocol.directory_log import log_head
from shared.protocol.envelope import Head, ReplyHead, RequestHead, digest_of, sign_envelope
from shared.protocol.evidence import ProvenMessage, assemble
from shared.protocol.messages import Answered, ReceiptState, SealedMessage, make_receipt
from tests.vectors import sealed_messages
from tests.vectors.directories import directory
from tests.vectors.participants import (
    AT,
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
    quoting = sealed_messages.opened_by(sealed_messages.quoting(), "DE")
    return {
        "keys.json": keys(),
        "directory.json": directory(),
        "requests.json": list(requests()),
        "messages.json": [
            *opened,
            quoting,
            *sealed_messages.broken_messages(genuine),
        ],
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
    # `made` is the refusal: `acknowledged` refers to it, and not to the message.
    of_receipt = Answered(id=made.head.id, digest=digest_of(made.signature), sender="DE", by="FR")
    acknowledged = make_receipt(of_receipt, "acknowledged", None, key=signing_key("FR"), at=AT + timedelta(seconds=4))
    yield _envelope("acknowledged", acknowledged.head, b"")
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
