"""Evidence: one file proves a message with the root's public key alone; a changed part is reported by its check."""

import base64
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from shared.crypto.ed25519 import SigningKey
from shared.protocol.envelope import EnvelopeRefused
from shared.protocol.evidence import Findings, assemble, verify
from shared.protocol.messages import seal_message
from tests.conftest import NOW
from tests.shared.correspondents import ENTRIES, KEYS, PDF, ROOT, content, digest, draft, entry_of, proven, receipt

MESSAGE = seal_message(draft(), KEYS["FR"])
BLIND = seal_message(draft(disclosed=False), KEYS["FR"])
RECEIPTS = (
    receipt(MESSAGE, "DE"),
    receipt(MESSAGE, "DE", "read", at=NOW + timedelta(hours=2)),
    receipt(MESSAGE, "IT", "refused", at=NOW + timedelta(hours=1)),
)
FILE = assemble(proven(MESSAGE), RECEIPTS, ENTRIES)


def check(file: bytes, **attachments: str) -> Findings:
    """Return the findings for a file with the correct root key."""
    return verify(file, ROOT.public, attachments)


def failed_checks(file: bytes) -> set[str]:
    """Return the names of the checks that a file fails."""
    return {found.check for found in check(file).found if not found.ok}


def failure_reports(file: bytes) -> str:
    """Return what the failed checks of a file report."""
    return "\n".join(found.says for found in check(file).found if not found.ok)


def canonical(plain: dict[str, Any]) -> bytes:
    """Return the canonical form of a file."""
    return f"{json.dumps(plain, ensure_ascii=False, indent=1)}\n".encode()


def modified(change: Callable[[dict[str, Any]], Any], file: bytes = FILE) -> bytes:
    """Return a file with a change, in the canonical form."""
    plain = json.loads(file)
    change(plain)
    return canonical(plain)


def test_a_genuine_file_passes_all_checks_and_shows_the_message() -> None:
    """With sender, recipients, content and receipts."""
    findings = check(FILE)
    assert not failed_checks(FILE)
    assert findings.ok
    assert findings.message is not None
    assert findings.message.head == MESSAGE.head
    assert findings.message.content == content()
    assert findings.message.recipients == ("DE", "IT")
    assert [(each.sender, each.state) for each in findings.message.receipts] == [
        ("DE", "delivered"),
        ("IT", "refused"),
        ("DE", "read"),
    ]


def test_the_same_message_gives_an_identical_file() -> None:
    """The order of receipts, entries and salts does not matter."""
    assert assemble(proven(MESSAGE), (*RECEIPTS[::-1], RECEIPTS[0]), ENTRIES[::-1]) == FILE
    salts = [dict(order(BLIND.blinds.items())) for order in (sorted, reversed)]
    assert len({assemble(proven(BLIND, blinds=each), (), ENTRIES) for each in salts}) == 1


def test_a_file_contains_only_the_directory_entries_it_needs() -> None:
    """Without an entry that it needs no file is made."""
    assert json.loads(assemble(proven(MESSAGE), (), ENTRIES))["entries"] == [ENTRIES[1]]
    with pytest.raises(EnvelopeRefused, match="no entry of the key"):
        assemble(proven(MESSAGE), (), ENTRIES[:1])


def test_an_acknowledgement_is_not_evidence() -> None:
    """It is left out when a file is made, and fails its check when it is added."""
    acknowledged = receipt(MESSAGE, "DE", "acknowledged")
    assert assemble(proven(MESSAGE), (acknowledged, *RECEIPTS), ENTRIES) == FILE
    # Not even in addition to other receipts of the same bureau.
    assert "it is not about the message" in failure_reports(modified(lambda plain: add_receipt(plain, acknowledged)))


def test_undisclosed_recipients_are_proven_with_their_salts() -> None:
    """The sender can prove all recipients; a recipient can prove only themselves."""
    by_sender = check(assemble(proven(BLIND), (receipt(BLIND, "DE"), receipt(BLIND, "IT")), ENTRIES))
    own = {"DE": BLIND.blinds["DE"]}
    by_recipient = check(assemble(proven(BLIND, blinds=own), (receipt(BLIND, "DE"),), ENTRIES))
    assert by_sender.message is not None
    assert by_recipient.message is not None
    assert (by_sender.message.recipients, by_recipient.message.recipients) == (("DE", "IT"), ("DE",))


@pytest.mark.parametrize(
    ("blinds", "sentence"),
    [
        ({}, "the head names no recipient"),
        ({"DE": BLIND.blinds["IT"]}, "salt of DE"),
        ({**BLIND.blinds, "KE": BLIND.blinds["DE"]}, "salt of KE"),
        ({"DE": b""}, "salt of DE"),
        # If a salt could have any length, its last letters could be the first ones of another code.
        ({"E": BLIND.blinds["DE"] + b"D"}, "salt of E"),
    ],
)
def test_a_salt_that_matches_no_digest_fails_the_recipients_check(blinds: dict[str, bytes], sentence: str) -> None:
    """A recipient is shown only if the signed head has their digest."""
    file = assemble(proven(BLIND, blinds=blinds), (), ENTRIES)
    assert failed_checks(file) == {"recipients"}
    assert sentence in failure_reports(file)


def test_a_receipt_from_an_undisclosed_recipient_without_a_salt_fails_its_check() -> None:
    """Without the salt it is not known that the bureau is a recipient."""
    own = {"DE": BLIND.blinds["DE"]}
    file = assemble(proven(BLIND, blinds=own), (receipt(BLIND, "IT"),), ENTRIES)
    assert failed_checks(file) == {"receipt 1"}
    assert "IT is not a known recipient" in failure_reports(file)


def add_receipt(plain: dict[str, Any], header: str) -> None:
    """Insert a receipt, with its head, at its place in a file."""
    head = json.loads(base64.urlsafe_b64decode(header.partition("..")[0] + "=="))
    plain["receipts"] = sorted(
        [*plain["receipts"], {"signature": header, "head": head}], key=lambda each: each["signature"]
    )


OTHER = seal_message(draft(content=content(body="Another thing altogether.")), KEYS["FR"])
LATER = seal_message(draft(id="019e8312-1c00-7000-8000-00000000000b"), KEYS["FR"])
WITHOUT_RECEIPTS = assemble(proven(MESSAGE), (), ENTRIES)


def file_of(*receipts: str, **changed: Any) -> bytes:
    """Return the evidence of the message with receipts, and with parts of the message changed."""
    return assemble(proven(MESSAGE, **changed), receipts, ENTRIES)


FOREIGN_PARTS: dict[str, tuple[bytes, str, str]] = {
    "another content": (file_of(content=OTHER.content), "content", "do not fit the signed digest"),
    "another salt": (file_of(salt=OTHER.salt), "content", "do not fit the signed digest"),
    "a salt cut short": (file_of(salt=bytes(15)), "content", "not 16 bytes"),
    "another ciphertext": (file_of(body=OTHER.body), "message", "not that of FR"),
    "a salt for a disclosed recipient": (file_of(blinds={"DE": bytes(16)}), "recipients", "salt of DE"),
    "an empty salt for a disclosed recipient": (file_of(blinds={"DE": b""}), "recipients", "salt of DE"),
    "a receipt about another id": (
        file_of(receipt(MESSAGE, "DE", id=LATER.head.id)),
        "receipt 1",
        "about another message",
    ),
    "a receipt of another message": (file_of(receipt(LATER, "DE")), "receipt 1", "about another message"),
    "a receipt of one with the same id": (file_of(receipt(OTHER, "DE")), "receipt 1", "about another message"),
    "a receipt by the sender": (file_of(receipt(MESSAGE, "FR")), "receipt 1", "not a known recipient"),
    "a receipt to another bureau": (file_of(receipt(MESSAGE, "DE", sender="IT")), "receipt 1", "not addressed to"),
    "a receipt signed by another bureau": (
        file_of(receipt(MESSAGE, "DE", key=KEYS["IT"])),
        "receipt 1",
        "has no signed entry",
    ),
    "a receipt from before the message": (
        file_of(receipt(MESSAGE, "DE", at=NOW - timedelta(seconds=31))),
        "receipt 1",
        "more than 30 s before the message",
    ),
}


@pytest.mark.parametrize("name", FOREIGN_PARTS)
def test_a_part_that_does_not_belong_to_the_message_fails_its_check(name: str) -> None:
    """For example the content, the salt or a receipt of another message."""
    file, check_name, sentence = FOREIGN_PARTS[name]
    assert failed_checks(file) == {check_name}
    assert sentence in failure_reports(file)


def edited(path: str, value: Any) -> Callable[[dict[str, Any]], None]:
    """Return a function that sets a member of a file, given its path."""

    def change(plain: dict[str, Any]) -> None:
        *parents, last = [int(step) if step.isdigit() else step for step in path.split("/")]
        for step in parents:
            plain = plain[step]
        plain[last] = value

    return change


MODIFIED: dict[str, tuple[Callable[[dict[str, Any]], Any], set[str], str]] = {
    "another format": (edited("format", "i247-evidence-2"), {"form"}, "Invalid enum value"),
    "an unknown member": (edited("comment", "trust me"), {"form"}, "unknown field `comment`"),
    "an unknown member of the message": (edited("message/note", ""), {"form"}, "unknown field `note`"),
    "a member missing": (lambda plain: plain.pop("receipts"), {"form"}, "required field `receipts`"),
    "a head of a message missing": (lambda plain: plain["message"].pop("head"), {"form"}, "required field `head`"),
    "a member of a head missing": (
        lambda plain: plain["message"]["head"].pop("exp"),
        {"message"},
        "differs from the signed one",
    ),
    "another sender shown": (edited("message/head/from", "DE"), {"message"}, "differs from the signed one"),
    "another recipient shown": (edited("message/head/to", ["DE", "KE"]), {"message"}, "differs from the signed one"),
    "a time shown without its fraction": (
        edited("message/head/iat", int(NOW.timestamp())),
        {"message"},
        "differs from the signed one",
    ),
    "a head that is a list": (edited("message/head", []), {"form", "message"}, "differs from the signed one"),
    "another state shown": (edited("receipts/0/head/state", "read"), {"receipt 1"}, "differs from the signed one"),
    "another digest": (edited("message/ciphertext_digest", digest(b"")), {"ciphertext digest"}, "other bytes"),
    "an invalid ciphertext": (edited("message/ciphertext", "!"), {"message", "ciphertext digest"}, "not base64url"),
    "an invalid content": (edited("content", "{}"), {"content"}, "malformed"),
    "no signature": (edited("message/signature", ""), {"message"}, "not that of a message"),
    "a receipt as the message": (edited("message/signature", RECEIPTS[0]), {"message"}, "ReceiptHead where"),
    "the message as a receipt": (edited("receipts/0/signature", MESSAGE.signature), {"receipt 1"}, "MessageHead where"),
    "the same receipt twice": (lambda plain: add_receipt(plain, RECEIPTS[0]), {"form"}, "not in its canonical form"),
    "receipts in another order": (lambda plain: plain["receipts"].reverse(), {"form"}, "not in its canonical form"),
    "salts in another order": (
        edited("blinds", {"IT": "", "DE": ""}),
        {"form", "recipients"},
        "not in its canonical form",
    ),
    "entries in another order": (lambda plain: plain["entries"].reverse(), {"form"}, "not in its canonical form"),
    "no entries": (edited("entries", []), {"message"}, "the file has no signed entry"),
    "too many entries": (edited("entries", [""] * 513), {"form"}, "length <= 512"),
    "an entry of another root": (
        lambda plain: replace_entry(plain, "FR", entry_of("FR", root=SigningKey.generate())),
        {"directory entries"},
        "not signed by the pinned root key",
    ),
    "an entry that gives a key to another": (
        lambda plain: replace_entry(plain, "FR", entry_of("FR", participant="KE")),
        {"message"},
        "is of FR",
    ),
}


def replace_entry(plain: dict[str, Any], code: str, entry: str) -> None:
    """Replace the entry of a bureau with another one."""
    plain["entries"] = sorted({*plain["entries"], entry} - {entry_of(code)})


@pytest.mark.parametrize("name", MODIFIED)
def test_a_changed_member_of_a_file_fails_the_check_of_that_part(name: str) -> None:
    """Although the file is in its canonical form."""
    change, checks, sentence = MODIFIED[name]
    file = modified(change)
    assert checks <= failed_checks(file)
    assert sentence in failure_reports(file)
    assert not check(file).ok


def test_an_entry_that_is_not_needed_fails_the_entries_check() -> None:
    file = modified(lambda plain: plain.update(entries=sorted(ENTRIES)), WITHOUT_RECEIPTS)
    assert failed_checks(file) == {"directory entries"}
    assert "nothing here was signed with the key" in failure_reports(file)


def test_two_entries_of_one_key_fail_the_entries_check() -> None:
    both = sorted([ENTRIES[1], entry_of("FR", issued=0)])
    assert "directory entries" in failed_checks(modified(edited("entries", both), WITHOUT_RECEIPTS))


def test_a_receipt_signed_within_the_clock_skew_before_its_message_is_valid() -> None:
    """The clocks of two bureaus may differ by 30 s."""
    assert not failed_checks(file_of(receipt(MESSAGE, "DE", at=NOW - timedelta(seconds=30))))


def test_a_file_without_its_receipts_is_valid() -> None:
    """An omission cannot be detected; what the file contains is still proven."""
    assert check(WITHOUT_RECEIPTS).ok


def test_a_file_fails_its_checks_with_another_root_key() -> None:
    findings = verify(FILE, SigningKey.generate().public)
    names = {found.check for found in findings.found if not found.ok}
    assert {"message", "sender's key", "directory entries", "receipt 1"} <= names


def test_an_attachment_is_identified_by_its_digest() -> None:
    """A file with another digest is reported not to be an attachment of the message."""
    good, bad = check(FILE, report=digest(PDF)), check(FILE, report=digest(PDF + b"!"))
    assert good.ok
    assert good.found[-1].says == "it is attachment 1 of the message: report.pdf"
    assert [found.check for found in bad.found if not found.ok] == ["attachment report"]
