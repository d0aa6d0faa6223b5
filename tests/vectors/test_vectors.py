"""Every vector in docs/vectors is correct, by this implementation and by independent JOSE libraries."""

import json
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from joserfc import jws
from joserfc.jwk import OKPKey

from shared.clock import FixedClock
from shared.crypto.ed25519 import SigningKey, VerifyingKey, decode_base64url, encode_base64url
from shared.crypto.hpke import CHUNK_BYTES, TAG_BYTES, ContentKey, SealBroken, SealingKey
from shared.protocol.directory import Directory
from shared.protocol.directory_entry import Entry, EntryRefused, verify_entry
from shared.protocol.directory_log import DirectoryPart, LogForked, PartRefused, decode_part
from shared.protocol.envelope import EnvelopeRefused, Head, MessageHead, ReceiptHead, ReplyHead, RequestHead, digest_of
from shared.protocol.evidence import verify
from shared.protocol.key_request import RequestRefused, read_request
from shared.protocol.messages import open_message
from shared.protocol.parcel import Parcel
from shared.protocol.verifier import Verifier, parse
from tests.vectors.make import FOLDER, rendered, vectors
from tests.vectors.participants import HOLDERS, Case, digest, entry
from tests.vectors.sealed_messages import plaintext

KINDS: dict[str, type[Head]] = {
    "i247-request": RequestHead,
    "i247-reply": ReplyHead,
    "i247-message": MessageHead,
    "i247-receipt": ReceiptHead,
}
REGISTRY = jws.JWSRegistry(algorithms=["Ed25519"], strict_check_header=False)
REGISTRY.max_header_length = 18_000


def committed() -> dict[str, Any]:
    """Return the vectors in docs."""
    return {file.name: json.loads(file.read_text()) for file in FOLDER.glob("*.json")}


@pytest.fixture(scope="module", params=["kept", "made"])
def files(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Return all vectors: those in docs, and those that the generator makes now."""
    if request.param == "kept":
        return committed()
    return {name: json.loads(rendered(content)) for name, content in vectors().items()}


@pytest.fixture
def directory(files: dict[str, Any]) -> Directory:
    """Return the directory of the vectors."""
    stated = files["directory.json"]
    return Directory(VerifyingKey(decode_base64url(stated["root"])), [each["jws"] for each in stated["entries"]])


def public_jwk(directory: Directory, kid: str) -> OKPKey:
    """Return a key of the directory for a JOSE library."""
    known = directory.entry_of(kid)
    assert known is not None
    return OKPKey.import_key({"kty": "OKP", "crv": "Ed25519", "x": known.signing_key})


def outcome_of(case: Case, directory: Directory) -> tuple[str | None, Any]:
    """Return the reason for which an envelope is refused, or the opened envelope."""
    clock = FixedClock(datetime.fromtimestamp(case["at"], UTC))
    verifier = Verifier(case["recipient"], directory, clock)
    parcel = Parcel(case["signature"], decode_base64url(case["body"]), case.get("key", ""))
    try:
        if "seed" not in case:
            return None, verifier.verify(KINDS[case["kind"]], parcel.signature, parcel.body, sender=case["sender"])
        key = SealingKey(decode_base64url(case["seed"]))
        return None, open_message(
            verifier, parcel, sender=case["sender"], recipient=case["recipient"], key_of={key.kid: key}.get
        )
    except EnvelopeRefused as refused:
        return refused.reason.value, None


def test_the_keys_of_the_vectors_follow_from_their_seeds(files: dict[str, Any]) -> None:
    """Public keys and key ids."""
    for holder in files["keys.json"]["participants"]:
        key = SigningKey(decode_base64url(holder["signing"]["d"]))
        assert key.public.jwk.items() <= holder["signing"].items()
        assert OKPKey.import_key(holder["signing"]).thumbprint() == key.kid
        if sealing := holder.get("sealing"):
            sealing_key = SealingKey(decode_base64url(sealing["seed"]))
            assert (encode_base64url(sealing_key.public.raw), sealing_key.kid) == (sealing["public"], sealing["kid"])
    assert len(files["keys.json"]["participants"]) == len(HOLDERS)


def test_directory_entries_have_their_stated_content(files: dict[str, Any]) -> None:
    """The root key signed each of them, as joserfc confirms."""
    stated = files["directory.json"]
    root = VerifyingKey(decode_base64url(stated["root"]))
    for each in stated["entries"]:
        assert verify_entry(each["jws"], root) == msgspec.convert(each["entry"], Entry)
        assert verify_entry(each["jws"], root).kid == each["kid"]
        verified = jws.deserialize_compact(each["jws"], OKPKey.import_key(dict(root.jwk)), registry=REGISTRY)
        assert json.loads(verified.payload) == each["entry"]


def test_directory_entries_stated_as_refused_are_refused(files: dict[str, Any]) -> None:
    root = VerifyingKey(decode_base64url(files["directory.json"]["root"]))
    for each in files["directory.json"]["refused"]:
        with pytest.raises(EntryRefused):
            verify_entry(each["jws"], root)


def test_directory_cases_give_their_stated_result_in_any_order_of_entries(files: dict[str, Any]) -> None:
    """Standing, sealing key, and the validity of each signing key."""
    stated = files["directory.json"]
    root = VerifyingKey(decode_base64url(stated["root"]))
    for case in stated["cases"]:
        for entries in (case["entries"], case["entries"][::-1]):
            learned = Directory(root, entries)
            at, participant = datetime.fromtimestamp(case["at"], UTC), case["participant"]
            sealing = learned.sealing_key_of(participant, at)
            standing = learned.standing_of(participant, case["at"])
            assert (standing and standing.standing, sealing and sealing.kid) == (
                case["standing"],
                case["sealing_kid"],
            ), case["name"]
            assert {kid: key_refusal(learned, participant, kid, at) for kid in case["signing"]} == case["signing"]


def test_directory_log_cases_are_accepted_or_refused_as_stated(files: dict[str, Any]) -> None:
    """A part is accepted if its head is signed, covers its entries, and extends the known log."""
    root = VerifyingKey(decode_base64url(files["directory.json"]["root"]))
    for case in files["directory.json"]["logs"]:
        *before, last = (decode_part(json.dumps(part).encode()) for part in case["parts"])
        learned = Directory(root)
        for part in before:
            learned.take(part)
        grown = is_accepted(learned, last) and is_consistent(learned, case["heard"])
        assert grown == (case["reason"] is None), case["name"]


def is_consistent(directory: Directory, head: str | None) -> bool:
    """Return whether the head that another participant states is consistent with this log, or no head is stated."""
    if head is not None:
        directory.compare_head(head)
    return directory.forked is None and directory.log.promised == directory.log.size


def is_accepted(directory: Directory, part: DirectoryPart) -> bool:
    """Return whether a directory accepted a whole part."""
    try:
        directory.take(part)
    except (PartRefused, LogForked):
        return False
    return directory.log.size == directory.log.promised


def test_key_requests_have_their_stated_fingerprint_and_countersignature(files: dict[str, Any]) -> None:
    """Or they are refused, where no fingerprint is stated."""
    for case in files["directory.json"]["requests"]:
        if case["fingerprint"] is None:
            with pytest.raises(RequestRefused, match="did not sign it"):
                read_request(case["text"])
            continue
        request = read_request(case["text"])
        assert request.fingerprint == case["fingerprint"]
        assert (request.countersignature and request.countersignature.kid) == case["countersigned"]


def key_refusal(directory: Directory, participant: str, kid: str, at: datetime) -> str | None:
    """Return the reason for which a signature made now would be refused, or None."""
    try:
        directory.key_of(participant, kid, at.timestamp(), at.timestamp())
    except EnvelopeRefused as refused:
        return refused.reason.value
    return None


@pytest.mark.parametrize("file", ["requests.json", "receipts.json", "messages.json"])
def test_envelopes_verify_to_the_stated_head_or_refusal_reason(
    files: dict[str, Any], directory: Directory, file: str
) -> None:
    for case in files[file]:
        reason, opened = outcome_of(case, directory)
        assert reason == case["reason"], case["name"]
        if "head" in case:
            assert json.loads(msgspec.json.encode(opened)) == case["head"]
            assert digest_of(case["signature"]) == case["signature_digest"]


@pytest.mark.parametrize("file", ["requests.json", "receipts.json", "messages.json"])
def test_joserfc_verifies_the_envelopes_with_a_valid_signature(
    files: dict[str, Any], directory: Directory, file: str
) -> None:
    """All but those that are refused as malformed or for their signature."""
    for case in files[file]:
        if case["reason"] in {"signature", "malformed"}:
            continue
        _, head, _ = parse(KINDS[case["kind"]], case["signature"])
        verified = jws.deserialize_compact(
            case["signature"],
            public_jwk(directory, head.kid),
            registry=REGISTRY,
            payload=decode_base64url(case["body"]),
        )
        assert verified.headers()["from"] == case["sender"]


def test_messages_open_to_their_stated_content_keys_and_salts(files: dict[str, Any], directory: Directory) -> None:
    opened_ones = [case for case in files["messages.json"] if "opened" in case]
    for case in opened_ones:
        _, opened = outcome_of(case, directory)
        stated = case["opened"]
        assert json.loads(msgspec.json.encode(opened.head)) == stated["head"]
        found = (opened.content_key, opened.blind, opened.salt, opened.raw_content)
        names = ("content_key", "blind", "salt", "raw_content")
        assert [encode_base64url(each) for each in found] == [stated[name] for name in names]
        assert json.loads(opened.raw_content) == stated["content"]
        assert digest_of(case["signature"]) == stated["signature_digest"]
    assert {case["recipient"] for case in opened_ones} == {"DE", "JP"}


def test_receipts_refer_to_the_disclosed_message(files: dict[str, Any]) -> None:
    """By the digest of its signature header; a `acknowledged` receipt refers to a receipt."""
    [message] = {case["signature"] for case in files["messages.json"] if case["name"] == "to DE, disclosed"}
    *of_message, acknowledged, unread, deferred = (case["head"] for case in files["receipts.json"] if "head" in case)
    assert {head["re_digest"] for head in (*of_message, unread, deferred)} == {digest_of(message)}
    assert acknowledged["re"] == of_message[-1]["id"]
    states = {head["state"] for head in (*of_message, acknowledged, deferred)}
    assert states == {"delivered", "read", "refused", "acknowledged", "deferred"}


def test_attachments_are_sealed_to_the_stated_bytes_or_refused(files: dict[str, Any]) -> None:
    """The sealed bytes follow from key, number and plaintext."""
    for case in files["attachments.json"]:
        key = ContentKey(decode_base64url(case["content_key"]))
        if case["reason"] is None:
            assert digest(plaintext(case["size"])) == case["digest"]
            sealed = sealed_again(key, case["number"], plaintext(case["size"]))
            assert (len(sealed), digest(sealed)) == (case["sealed_size"], case["sealed_digest"])
            assert case["sealed"] in (None, encode_base64url(sealed))
        else:
            sealed = decode_base64url(case["sealed"])
        assert attachment_refusal(key, case, sealed) == case["reason"], case["name"]


def sealed_again(key: ContentKey, number: int, plain: bytes) -> bytes:
    """Return an attachment sealed chunk by chunk."""
    chunks = [plain[begin : begin + CHUNK_BYTES] for begin in range(0, max(len(plain), 1), CHUNK_BYTES)]
    cipher = key.attachment(number)
    return b"".join(cipher.seal(place, chunk, last=place == len(chunks) - 1) for place, chunk in enumerate(chunks))


def attachment_refusal(key: ContentKey, case: Case, sealed: bytes) -> str | None:
    """Return the reason for which an attachment is refused, or None."""
    step = CHUNK_BYTES + TAG_BYTES
    count = max(1, -(-case["size"] // CHUNK_BYTES))
    cipher = key.attachment(case["number"])
    try:
        plain = b"".join(
            cipher.open(place, sealed[place * step : (place + 1) * step], last=place == count - 1)
            for place in range(count)
        )
    except SealBroken:
        return "seal"
    return None if digest(plain) == case["digest"] else "content"


def test_evidence_passes_or_fails_the_stated_check(files: dict[str, Any]) -> None:
    """The stated check is the first one that fails."""
    root = VerifyingKey(decode_base64url(files["directory.json"]["root"]))
    for case in files["evidence.json"]:
        raw = decode_base64url(case["file"])
        failed = [finding.check for finding in verify(raw, root).found if not finding.ok]
        assert next(iter(failed), None) == case["reason"], case["name"]
        assert digest(raw) == case["file_digest"]


def test_the_vector_files_are_complete_and_listed_in_their_page() -> None:
    """The page is `vectors.md`."""
    names = {file.name for file in FOLDER.glob("*.json")}
    assert names == vectors().keys()
    page = (FOLDER / "vectors.md").read_text()
    assert [name for name in sorted(names) if f"`{name}`" not in page] == []


@pytest.mark.thorough
def test_the_generator_keeps_the_keys_of_the_vectors() -> None:
    """Other implementations may have copied them: the entries stay identical to the byte."""
    assert [each["jws"] for each in committed()["directory.json"]["entries"]] == [entry(name) for name in HOLDERS]
