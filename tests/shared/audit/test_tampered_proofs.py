"""A changed proof fails, and the check names what was changed."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.audit.format.commitment import MAX_SLOTS
from shared.audit.format.leaf import filler_secret
from shared.audit.verify.leaf_proof import verify_proof
from shared.crypto.ed25519 import SigningKey, encode_base64url
from tests.shared.audit.findings import check, wrong
from tests.shared.audit.notices_log import (
    ASKED,
    DIGESTS,
    ENTRIES,
    PROOF,
    entry_of,
)


def edited(path: str, value: Any) -> Callable[[dict[str, Any]], None]:
    """Return a function that sets a member of a file, given by its path."""

    def change(plain: dict[str, Any]) -> None:
        *parents, last = [int(step) if step.isdigit() else step for step in path.split("/")]
        for step in parents:
            plain = plain[step]
        plain[last] = value

    return change


def tampered(change: Callable[[dict[str, Any]], Any]) -> bytes:
    """Return a changed proof in the encoding of proofs."""
    plain = json.loads(PROOF)
    change(plain)
    return f"{json.dumps(plain, ensure_ascii=False, indent=1)}\n".encode()


def replaced(member: str, old: str, new: str) -> Callable[[dict[str, Any]], None]:
    """Return a function that replaces a text in a member."""

    def change(plain: dict[str, Any]) -> None:
        assert old in plain[member]
        plain[member] = plain[member].replace(old, new)

    return change


TAMPERED: dict[str, tuple[Callable[[dict[str, Any]], Any], str, str]] = {
    "another format": (edited("format", "i247-audit-proof-2"), "form", "Invalid value"),
    "an unknown member": (edited("comment", "trust me"), "form", "unknown field `comment`"),
    "a missing member": (lambda plain: plain.pop("proof"), "form", "required field `proof`"),
    "entries in another order": (lambda plain: plain["entries"].reverse(), "form", "encoded in another way"),
    "another service": (edited("service", "fingerprints"), "checkpoint", "not the log of fingerprints"),
    "a larger log": (replaced("checkpoint", "\n300\n", "\n301\n"), "checkpoint", "made the signature in its name"),
    "no checkpoint": (edited("checkpoint", "300"), "checkpoint", "no signatures"),
    "another index": (edited("index", 6), "inclusion", "does not have this leaf at 6"),
    "an index outside the tree": (edited("index", 300), "inclusion", "a tree of 300 leaves has no leaf 300"),
    "one hash less": (lambda plain: plain["proof"].pop(), "inclusion", "8 hashes where 9 are needed"),
    "another hash": (edited("proof/0", "A" * 43), "inclusion", "does not have this leaf"),
    "another officer": (replaced("leaf", "de.officer", "de.another"), "inclusion", "does not have this leaf"),
    "another purpose": (replaced("leaf", "wanted", "missing"), "inclusion", "does not have this leaf"),
    "a leaf in another encoding": (replaced("leaf", '"v":1', '"v": 1'), "leaf", "not in the encoding"),
    "another version": (edited("records/0/version", 4), "records", "record 1 is not what"),
    "another owner": (edited("records/1/owner", "FR"), "records", "record 2 is not what"),
    "another rule": (edited("records/0/rule", "owner"), "records", "record 1 is not what"),
    "another score": (edited("records/0/score", 0.91), "records", "record 1 is not what"),
    "another match": (edited("records/0/match", "name"), "records", "record 1 is not what"),
    "another salt": (edited("records/0/salt", encode_base64url(bytes(16))), "records", "record 1 is not what"),
    "no salt": (edited("records/0/salt", "!"), "records", "record 1 is not what"),
    "another slot": (edited("records/0/slot", 0), "records", "record 1 is not what"),
    "a slot beyond the maximum": (edited("records/0/slot", 65_536), "form", "`int` <= 65535"),
    "a slot outside the tree": (
        lambda plain: plain["records"][0].update(slot=plain["records"][0]["slot"] + 256),
        "records",
        "is not what",
    ),
    "another place in a list": (edited("records/0/tag", "A" * 43), "records", "record 1 is not what"),
    "an invalid place in a list": (edited("records/0/tag", "!"), "form", "$.records[0].tag"),
    "another path": (edited("records/1/path/7", "A" * 43), "records", "record 2 is not what"),
    "an invalid path": (edited("records/1/path/7", "B" * 43), "records", "record 2 is not what"),
    "a shorter path": (lambda plain: plain["records"][0]["path"].pop(), "form", "length >= 8"),
    "one record less": (lambda plain: plain["records"].pop(), "records", "not all that the leaf has"),
    "a record twice": (lambda plain: plain["records"].append(plain["records"][1]), "records", "is there twice"),
    "records in another order": (lambda plain: plain["records"].reverse(), "form", "encoded in another way"),
    "a closed record that the leaf does not have": (
        edited("complete/closed", ["A" * 43]),
        "records",
        "not all that the leaf has",
    ),
    "more records than an answer can show": (
        edited("complete/closed", [f"{number:043}" for number in range(MAX_SLOTS)]),
        "records",
        "not all that the leaf has",
    ),
    "a record that is both open and closed": (edited("complete/closed", DIGESTS[:1]), "records", "is there twice"),
    "another secret": (
        edited("complete/secret", encode_base64url(filler_secret(bytes(16)))),
        "records",
        "not all that the leaf has",
    ),
    "an invalid secret": (edited("complete/secret", "B" * 43), "records", "not all that the leaf has"),
    "an invalid hash": (edited("proof/0", "B" * 43), "inclusion", "not base64url"),
    "no entries": (edited("entries", []), "checkpoint", "no key of notices that the root vouches for"),
    "one entry too many": (
        lambda plain: plain.update(entries=sorted([*ENTRIES, entry_of("IT")])),
        "directory entries",
        "nothing here was signed with the key",
    ),
    "an entry of another root": (
        lambda plain: plain.update(entries=sorted([*ENTRIES, entry_of("IT", root=SigningKey.generate())])),
        "directory entries",
        "not signed by the pinned root key",
    ),
}


@pytest.mark.parametrize("name", TAMPERED)
def test_a_changed_proof_is_detected_and_the_check_names_the_change(name: str) -> None:
    """Also if it is encoded as proofs are."""
    change, check_name, sentence = TAMPERED[name]
    found = check(tampered(change))
    assert sentence in wrong(found)[check_name]
    assert found.content is None


@given(st.data())
def test_a_change_of_any_byte_of_a_proof_is_detected(data: st.DataObject) -> None:
    """Verification raises nothing, whichever byte it is."""
    at = data.draw(st.integers(0, len(PROOF) - 1))
    other = data.draw(st.integers(0, 255).filter(lambda byte: byte != PROOF[at]))
    assert not check(PROOF[:at] + bytes([other]) + PROOF[at + 1 :], asked=ASKED).ok


@pytest.mark.parametrize(
    "raw",
    [b"", b"{", b"[]", b"[" * 100_000, b'{"leaf":"\\ud800"}', PROOF[:-1], PROOF + b"\n", PROOF.replace(b"\n ", b"\n")],
)
def test_a_file_that_is_not_a_proof_fails_the_form_check(raw: bytes) -> None:
    assert set(wrong(check(raw))) == {"form"}


def test_a_lone_surrogate_in_a_leaf_fails_the_check() -> None:
    """JSON can encode it, though it is not text."""
    raw = PROOF.replace(b"de.officer", b"\\ud800")
    assert not check(raw).ok


def test_a_proof_is_not_verified_with_another_root_key() -> None:
    """No directory entry is valid then, and so no signature."""
    found = verify_proof(PROOF, SigningKey.generate().public)
    assert {"checkpoint", "directory entries"} <= set(wrong(found))
