"""Evidence: one file proves a message with the root's public key alone, and whatever is changed in it is named."""

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
from tests.shared.post import ENTRIES, KEYS, PDF, ROOT, content, digest, draft, entry_of, proven, receipt

MESSAGE = seal_message(draft(), KEYS["FR"])
BLIND = seal_message(draft(disclosed=False), KEYS["FR"])
RECEIPTS = (
    receipt(MESSAGE, "DE"),
    receipt(MESSAGE, "DE", "read", at=NOW + timedelta(hours=2)),
    receipt(MESSAGE, "IT", "refused", at=NOW + timedelta(hours=1)),
)
FILE = assemble(proven(MESSAGE), RECEIPTS, ENTRIES)


def check(file: bytes, **attachments: str) -> Findings:
    """Return what is found in a file with the right root."""
    return verify(file, ROOT.public, attachments)


def wrong(file: bytes) -> set[str]:
    """Return the names of the checks that a file does not pass."""
    return {found.check for found in check(file).found if not found.ok}


def complaints(file: bytes) -> str:
    """Return what is said of what does not fit."""
    return "\n".join(found.says for found in check(file).found if not found.ok)


def spelled(plain: dict[str, Any]) -> bytes:
    """Return the one spelling of a file."""
    return f"{json.dumps(plain, ensure_ascii=False, indent=1)}\n".encode()


def doctored(change: Callable[[dict[str, Any]], Any], file: bytes = FILE) -> bytes:
    """Return a file with something changed, spelled as if it had been made so."""
    plain = json.loads(file)
    change(plain)
    return spelled(plain)


def test_a_genuine_file_fits_and_says_who_said_what_to_whom() -> None:
    """All checks pass, and the file tells sender, recipients, content and receipts."""
    findings = check(FILE)
    assert not wrong(FILE)
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


def test_the_same_message_gives_the_same_file() -> None:
    """Neither the order of receipts and entries nor what else is in the directory makes another file."""
    assert assemble(proven(MESSAGE), (*RECEIPTS[::-1], RECEIPTS[0]), ENTRIES[::-1]) == FILE
    salts = [dict(order(BLIND.blinds.items())) for order in (sorted, reversed)]
    assert len({assemble(proven(BLIND, blinds=each), (), ENTRIES) for each in salts}) == 1


def test_a_file_has_the_entries_that_it_needs_and_no_others() -> None:
    """Who signed nothing is not in the file, and without an entry that is needed there is none."""
    assert json.loads(assemble(proven(MESSAGE), (), ENTRIES))["entries"] == [ENTRIES[1]]
    with pytest.raises(EnvelopeRefused, match="no entry of the key"):
        assemble(proven(MESSAGE), (), ENTRIES[:1])


def test_the_word_that_a_receipt_is_noted_is_no_evidence() -> None:
    """`noted` is left out when a file is made, and does not fit when it is put in."""
    noted = receipt(MESSAGE, "DE", "noted")
    assert assemble(proven(MESSAGE), (noted, *RECEIPTS), ENTRIES) == FILE
    # Not even beside others of the same bureau.
    assert "it is not about the message" in complaints(doctored(lambda plain: add_receipt(plain, noted)))


def test_undisclosed_recipients_are_proven_by_their_salts() -> None:
    """The sender proves all recipients, and a recipient himself and no other."""
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
        # Of a salt of any length the last letters could be the first of another code.
        ({"E": BLIND.blinds["DE"] + b"D"}, "salt of E"),
    ],
)
def test_a_salt_that_does_not_fit_shows_no_recipient(blinds: dict[str, bytes], sentence: str) -> None:
    """Whoever is shown as a recipient was addressed by a digest in the signed head."""
    file = assemble(proven(BLIND, blinds=blinds), (), ENTRIES)
    assert wrong(file) == {"recipients"}
    assert sentence in complaints(file)


def test_a_receipt_of_one_whom_no_salt_shows_does_not_fit() -> None:
    """Without his salt nobody is known to be a recipient of a message that does not name him."""
    own = {"DE": BLIND.blinds["DE"]}
    file = assemble(proven(BLIND, blinds=own), (receipt(BLIND, "IT"),), ENTRIES)
    assert wrong(file) == {"receipt 1"}
    assert "IT is not a known recipient" in complaints(file)


def add_receipt(plain: dict[str, Any], header: str) -> None:
    """Put a receipt into a file, with its head, where it belongs."""
    head = json.loads(base64.urlsafe_b64decode(header.partition("..")[0] + "=="))
    plain["receipts"] = sorted(
        [*plain["receipts"], {"signature": header, "head": head}], key=lambda each: each["signature"]
    )


OTHER = seal_message(draft(content=content(body="Another thing altogether.")), KEYS["FR"])
LATER = seal_message(draft(id="019e8312-1c00-7000-8000-00000000000b"), KEYS["FR"])
LONE = assemble(proven(MESSAGE), (), ENTRIES)


def file_of(*receipts: str, **changed: Any) -> bytes:
    """Return the evidence of the message with receipts, and with what is proven changed."""
    return assemble(proven(MESSAGE, **changed), receipts, ENTRIES)


MIXED_UP: dict[str, tuple[bytes, str, str]] = {
    "another content": (file_of(content=OTHER.content), "content", "do not fit the signed digest"),
    "another salt": (file_of(salt=OTHER.salt), "content", "do not fit the signed digest"),
    "a salt cut short": (file_of(salt=bytes(15)), "content", "not 16 bytes"),
    "another ciphertext": (file_of(body=OTHER.body), "message", "not that of FR"),
    "a salt for one who is named": (file_of(blinds={"DE": bytes(16)}), "recipients", "salt of DE"),
    "an empty salt for one who is named": (file_of(blinds={"DE": b""}), "recipients", "salt of DE"),
    "a receipt about another id": (
        file_of(receipt(MESSAGE, "DE", id=LATER.head.id)),
        "receipt 1",
        "about another message",
    ),
    "a receipt of another message": (file_of(receipt(LATER, "DE")), "receipt 1", "about another message"),
    "a receipt of one with the same id": (file_of(receipt(OTHER, "DE")), "receipt 1", "about another message"),
    "a receipt by the sender": (file_of(receipt(MESSAGE, "FR")), "receipt 1", "not a known recipient"),
    "a receipt to another": (file_of(receipt(MESSAGE, "DE", sender="IT")), "receipt 1", "not addressed to"),
    "a receipt in another's name": (
        file_of(receipt(MESSAGE, "DE", key=KEYS["IT"])),
        "receipt 1",
        "has no signed entry",
    ),
    "a receipt from before": (
        file_of(receipt(MESSAGE, "DE", at=NOW - timedelta(seconds=31))),
        "receipt 1",
        "more than 30 s before the message",
    ),
}


@pytest.mark.parametrize("name", MIXED_UP)
def test_what_was_put_together_from_other_things_does_not_fit(name: str) -> None:
    """A part of one message in the evidence of another is named, though each was really signed."""
    file, check_name, sentence = MIXED_UP[name]
    assert wrong(file) == {check_name}
    assert sentence in complaints(file)


def edited(path: str, value: Any) -> Callable[[dict[str, Any]], None]:
    """Return what sets a member of a file, by its path."""

    def change(plain: dict[str, Any]) -> None:
        *parents, last = [int(step) if step.isdigit() else step for step in path.split("/")]
        for step in parents:
            plain = plain[step]
        plain[last] = value

    return change


DOCTORED: dict[str, tuple[Callable[[dict[str, Any]], Any], set[str], str]] = {
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
    "a ciphertext that is none": (edited("message/ciphertext", "!"), {"message", "ciphertext digest"}, "not base64url"),
    "a content that is none": (edited("content", "{}"), {"content"}, "malformed"),
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
    """Put another entry in the place of a bureau's."""
    plain["entries"] = sorted({*plain["entries"], entry} - {entry_of(code)})


@pytest.mark.parametrize("name", DOCTORED)
def test_a_doctored_copy_is_found_out_by_what_was_changed(name: str) -> None:
    """Whoever changes a file, and spells it as it was made, is found out, and the check says where."""
    change, checks, sentence = DOCTORED[name]
    file = doctored(change)
    assert checks <= wrong(file)
    assert sentence in complaints(file)
    assert not check(file).ok


def test_an_entry_that_nothing_needs_does_not_fit() -> None:
    """What is in a file has a reason to be there."""
    file = doctored(lambda plain: plain.update(entries=sorted(ENTRIES)), LONE)
    assert wrong(file) == {"directory entries"}
    assert "nothing here was signed with the key" in complaints(file)


def test_two_entries_of_one_key_do_not_fit() -> None:
    """A file cannot say two things of one key."""
    both = sorted([ENTRIES[1], entry_of("FR", issued=0)])
    assert "directory entries" in wrong(doctored(edited("entries", both), LONE))


def test_clocks_may_differ_by_the_skew() -> None:
    """A receipt may be signed 30 s before its message, by the clock of a bureau whose receipts are taken."""
    assert not wrong(file_of(receipt(MESSAGE, "DE", at=NOW - timedelta(seconds=30))))


def test_a_receipt_taken_away_whole_is_not_missed() -> None:
    """What was left out nobody can see; what is there is still true."""
    assert check(LONE).ok


def test_another_root_vouches_for_nothing() -> None:
    """With another root key no entry holds, and so no signature."""
    findings = verify(FILE, SigningKey.generate().public)
    names = {found.check for found in findings.found if not found.ok}
    assert {"message", "sender's key", "directory entries", "receipt 1"} <= names


def test_attachments_are_found_by_their_digest() -> None:
    """A file that is at hand is an attachment of the message, or is said not to be."""
    good, bad = check(FILE, report=digest(PDF)), check(FILE, report=digest(PDF + b"!"))
    assert good.ok
    assert good.found[-1].says == "it is attachment 1 of the message: report.pdf"
    assert [found.check for found in bad.found if not found.ok] == ["attachment report"]
