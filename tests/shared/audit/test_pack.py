"""An evidence pack is verified with the root's public key alone, and any changed byte is noticed."""

from datetime import timedelta
from typing import Any, Final

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.audit.format.assertions import Assertions
from shared.audit.format.pack_file import EvidencePack, PackedLog, is_pack, read_pack, signed_text, write_pack
from shared.audit.verify.pack import decided, read_packed, result_of, signed_at, verify_pack
from shared.crypto.ed25519 import SigningKey
from shared.crypto.signed_note import Note, cosign, witness_name
from shared.protocol.directory_file import read_directory
from shared.protocol.evidence import assemble
from shared.protocol.messages import seal_message
from tests.conftest import NOW
from tests.shared import correspondents
from tests.shared.audit.notices_log import ENTRIES, FORGED, KEYS, LOG, ROOT, entry_of
from tests.shared.directories import directory_text

# In this directory DE, FR and IT are the witnesses of all logs.
DIRECTORY: Final = directory_text((*ENTRIES, entry_of("IT"), entry_of("IPSG")), ROOT)
MESSAGE: Final = seal_message(correspondents.draft(), correspondents.KEYS["FR"])
EVIDENCE: Final = assemble(
    correspondents.proven(MESSAGE), (correspondents.receipt(MESSAGE, "DE"),), correspondents.ENTRIES
).decode()
ASKED: Final = [
    {"expect": {"bureau": "DE", "purpose": "wanted-person"}, "exactly": 300},
    {"never": {"bureau": "KE"}},
]


def packed(lines: list[bytes]) -> PackedLog:
    """Return a log as it is packed."""
    return PackedLog("notices", b"".join(lines).decode())


def pack_of(*asked: Any, key: SigningKey = KEYS["IPSG"], **changed: Any) -> EvidencePack:
    """Return a signed pack with members changed."""
    plain: dict[str, Any] = {
        "maker": "IPSG",
        "since": None,
        "software": {"i247": "0.1.0"},
        "directory": DIRECTORY,
        "logs": (packed(LOG.lines()),),
        "messages": (EVIDENCE,),
        "assertions": msgspec.convert({"assertions": list(asked)}, Assertions) if asked else None,
        "results": (),
        "signature": "",
    }
    pack = EvidencePack(**(plain | changed))
    if not pack.results and "results" not in changed:
        found = decided(pack, [read_packed(each) for each in pack.logs], read_directory(DIRECTORY, ROOT.public))
        pack = msgspec.structs.replace(pack, results=tuple(map(result_of, found)))
    line = cosign(Note(signed_text(pack), ()), witness_name(pack.maker), key, NOW + timedelta(seconds=5))
    return msgspec.structs.replace(pack, signature=line)


PACK: Final = write_pack(pack_of(*ASKED))


def wrong(raw: bytes) -> list[str]:
    """Return the checks that a pack fails."""
    findings = verify_pack(raw, ROOT.public)
    assert findings.ok is (findings.pack is not None and all(each.ok for each in findings.results))
    return [each.check for each in (*findings.found, *findings.results) if not each.ok]


def test_a_genuine_pack_shows_all_that_it_holds() -> None:
    """Each log, each message, and each result, which is decided anew."""
    findings = verify_pack(PACK, ROOT.public)
    assert findings.ok
    checks = [each.check for each in findings.found]
    assert checks == ["form", "directory", "signature", "log of notices", "message 1", "results"]
    assert [each.check for each in findings.results] == ["assertion 1", "assertion 2"]
    assert is_pack(PACK)
    assert signed_at(read_pack(PACK), read_directory(DIRECTORY, ROOT.public)) == "2026-06-01 12:00:05 UTC"


@given(place=st.integers(0, len(PACK) - 1), bit=st.integers(0, 7))
def test_any_changed_byte_is_noticed(place: int, bit: int) -> None:
    """Wherever it is: in a log, a message, the directory, a result or the signature."""
    assert wrong(PACK[:place] + bytes([PACK[place] ^ (1 << bit)]) + PACK[place + 1 :])


@pytest.mark.parametrize("raw", [PACK[:-1], PACK + b"\n", PACK.replace(b"\n ", b"\n  ", 1), b"", b"{}", b"[" * 9_999])
def test_another_form_is_refused(raw: bytes) -> None:
    """A pack has one encoding only."""
    assert wrong(raw) == ["form"]


@pytest.mark.parametrize(
    ("changed", "fails"),
    [
        ({"logs": (packed(FORGED.lines()[:3]),)}, ["log of notices, tree"]),
        ({"logs": (PackedLog("fingerprints", packed(LOG.lines()).text),)}, ["log of fingerprints"]),
        ({"directory": directory_text(ENTRIES, SigningKey(bytes([9]) * 32))}, ["directory"]),
        ({"directory": directory_text(ENTRIES, ROOT)}, ["signature"]),
        ({"messages": (EVIDENCE.replace("Lyon", "Metz"),)}, ["message 1, content"]),
        ({"results": ()}, ["results"]),
        ({"key": KEYS["DE"]}, ["signature"]),
        ({"maker": "KE"}, ["signature"]),
    ],
)
def test_what_its_maker_changed_before_signing_is_noticed(changed: dict[str, Any], fails: list[str]) -> None:
    """Logs, messages and results prove themselves, whatever the maker signs."""
    found = wrong(write_pack(pack_of(*ASKED, **changed)))
    assert [each for each in found if each in fails] == fails
    assert "form" not in found


def test_an_assertion_that_fails_is_shown_as_such() -> None:
    """The pack is sound, and proves that it does not hold."""
    raw = write_pack(pack_of({"never": {"bureau": "DE"}}))
    assert wrong(raw) == ["assertion 1"]
    assert verify_pack(raw, ROOT.public).pack is not None


def test_of_leaves_before_a_time_the_hash_is_enough() -> None:
    """The tree is proven all the same."""
    assert wrong(write_pack(pack_of(logs=(packed(LOG.lines(hidden=range(1, 250))),)))) == []


def test_another_root_key_proves_nothing() -> None:
    """The root key is what a third party trusts."""
    assert not verify_pack(PACK, SigningKey(bytes([8]) * 32).public).ok


@pytest.mark.parametrize("line", ["{own}", "— example.com/x AAAAAAAA"])
def test_a_pack_has_one_signature(line: str) -> None:
    """Another line would be a changed byte that is not noticed."""
    pack = pack_of(*ASKED)
    more = f"{pack.signature.rstrip()}\n{line.format(own=pack.signature.rstrip())}\n"
    assert wrong(write_pack(msgspec.structs.replace(pack, signature=more))) == ["signature"]
