"""Checkpoints as signed notes: those of other implementations are verified, and every change is detected."""

import base64
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from shared.crypto.ed25519 import SigningKey, VerifyingKey
from shared.crypto.signed_note import (
    MAX_NOTE,
    MAX_SIGNATURES,
    Checkpoint,
    Note,
    NoteRefused,
    cosign,
    cosigned_by,
    log_name,
    parse_note,
    participant_of,
    read_checkpoint,
    sign_checkpoint,
    verified_by,
    with_signature,
    witness_name,
)
from tests.conftest import NOW

# Published with the Go library of the format, with two keys.
GO_NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
    "— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n"
)
GO_KEYS = {
    "PeterNeumann": "ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    "EnochRoot": "ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop",
}
# A checkpoint of a certificate log of 2026, cosigned by witnesses of other operators.
REAL_NOTE = """\
arche2025h1.staging.ct.transparency.dev
1432088532
U7WM79jrzyhGZ5/GUBTpM7NzwdyfFx61t3RovgcC4Ro=

— arche2025h1.staging.ct.transparency.dev zTM8sQAAAZ5W0WdjBAMARjBEAiBjW5IQf9pvsYLfQFX6hoGREPMHbdQ3urbllzalApkptQIgIpwtE\
roeW2BXaHAI4kJXFbon5Ch9MNL5zRNZ55lvGt0=
— arche2025h1.staging.ct.transparency.dev ui8GwCF1+kWqZrxGdhj4aX3gcw7XUlXQQabg/27lefwhUkzbC3NygNI75MdhL1bfTW9g8Ei59RA23\
oHP7Ry1k3ZFWwQ=
— transparency.dev/DEV:witness-little-garden 2AQqhwAAAABqEiEgzgFIqqhbUoDwjMWE6UP8nd8/KYTzwZ2rhIgcqoXHAwVkjZr4AscylP3v7\
sEodkRAErumC2q44vdgJY096st5BQ==
— remora.n621.de 2net5wAAAABqEiEgPlfF3V06o0Y+fHM+J5J9s27wgxxcOVSpZ/2g/KSiXCg9DEZI+aVCIobWX9sXTynk5XeU/zZ0WBxtqB0DrAWf\
Bw==
"""
REAL_LOG = "arche2025h1.staging.ct.transparency.dev"
REAL_LOG_KEY = "AU0vHmlGCS/PdN8b2OaGmKprLI8HKM+dJ472xgFYh15f"
REAL_WITNESS = "remora.n621.de"
REAL_WITNESS_KEY = "BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2"

LOG, WITNESS, OTHER = (SigningKey(bytes([number]) * 32) for number in (1, 2, 3))
NAME, FRANCE = log_name("notices"), witness_name("FR")
CHECKPOINT = Checkpoint(NAME, 20_852_163, bytes(range(32)))
SIGNED = sign_checkpoint(CHECKPOINT, NAME, LOG)
LINE = cosign(parse_note(SIGNED), FRANCE, WITNESS, NOW)
COSIGNED = with_signature(SIGNED, LINE)


def key_of(text: str) -> VerifyingKey:
    """Return the key in the last part of a published verifier key: one byte for its kind, then the key."""
    return VerifyingKey(base64.b64decode(text)[1:])


def signature_line(name: str, raw: bytes) -> str:
    return f"— {name} {base64.b64encode(raw).decode()}\n"


@pytest.mark.parametrize("name", GO_KEYS)
def test_a_published_note_is_verified(name: str) -> None:
    """By each of its two keys, under the name of that key only."""
    note = parse_note(GO_NOTE)
    assert note.text.endswith("your problem is.\n")
    assert {each for each in GO_KEYS if verified_by(note, each, key_of(GO_KEYS[name]))} == {name}


def test_a_checkpoint_of_a_public_log_is_verified() -> None:
    """It was signed by a log and by a witness of other operators."""
    note = parse_note(REAL_NOTE)
    checkpoint = read_checkpoint(note)
    assert (checkpoint.origin, checkpoint.size) == (REAL_LOG, 1_432_088_532)
    assert checkpoint.text == note.text
    assert verified_by(note, REAL_LOG, key_of(REAL_LOG_KEY))
    assert cosigned_by(note, REAL_WITNESS, key_of(REAL_WITNESS_KEY)) == 1_779_573_024
    larger = Note(note.text.replace("532", "533"), note.signatures)
    assert not verified_by(larger, REAL_LOG, key_of(REAL_LOG_KEY))
    assert cosigned_by(larger, REAL_WITNESS, key_of(REAL_WITNESS_KEY)) is None


def test_notes_and_cosignatures_match_their_specifications() -> None:
    """The signed bytes are verified with another library."""
    text, _, lines = COSIGNED.partition("\n\n")
    assert text == f"i247/notices\n20852163\n{base64.b64encode(bytes(range(32))).decode()}"
    log, witness = [base64.b64decode(line.rpartition(" ")[2]) for line in lines.splitlines()]
    Ed25519PublicKey.from_public_bytes(LOG.public.raw).verify(log[4:], f"{text}\n".encode())
    assert int.from_bytes(witness[4:12], "big") == NOW.timestamp()
    message = f"cosignature/v1\ntime {NOW.timestamp():.0f}\n{text}\n".encode()
    Ed25519PublicKey.from_public_bytes(WITNESS.public.raw).verify(witness[12:], message)


def test_a_parsed_checkpoint_has_all_its_signatures() -> None:
    """That of the log, and that of the witness with its time."""
    note = parse_note(COSIGNED)
    assert read_checkpoint(note) == CHECKPOINT
    assert verified_by(note, NAME, LOG.public)
    assert cosigned_by(note, FRANCE, WITNESS.public) == NOW.timestamp()
    assert [participant_of(each.name) for each in note.signatures] == ["notices", "FR"]
    assert "".join(each.line for each in note.signatures) == COSIGNED.partition("\n\n")[2]


def test_a_signature_is_valid_for_its_key_name_and_kind_only() -> None:
    """Not for another key or name, nor a witness's in place of the log's or vice versa."""
    note = parse_note(COSIGNED)
    assert not verified_by(note, NAME, OTHER.public)
    assert not verified_by(note, log_name("fingerprints"), LOG.public)
    assert not verified_by(note, FRANCE, WITNESS.public)
    assert cosigned_by(note, FRANCE, OTHER.public) is None
    assert cosigned_by(note, witness_name("DE"), WITNESS.public) is None
    assert cosigned_by(note, NAME, LOG.public) is None


@given(st.data())
def test_a_changed_checkpoint_is_refused_or_not_verified(data: st.DataObject) -> None:
    """Whichever character of the text or of the signatures is changed."""
    at = data.draw(st.integers(0, len(COSIGNED) - 1))
    other = data.draw(st.characters(exclude_characters=COSIGNED[at], exclude_categories=["Cs"]))
    try:
        note = parse_note(COSIGNED[:at] + other + COSIGNED[at + 1 :])
    except NoteRefused:
        return
    both = verified_by(note, NAME, LOG.public) and cosigned_by(note, FRANCE, WITNESS.public) == NOW.timestamp()
    assert not both


def test_an_invalid_signature_is_not_offset_by_a_valid_one_of_the_same_key() -> None:
    """Of two lines of one key both must be valid: otherwise the note was changed."""
    key_id = parse_note(SIGNED).signatures[0].key_id
    doubled = parse_note(with_signature(SIGNED, signature_line(NAME, key_id + bytes(64))))
    assert not verified_by(doubled, NAME, LOG.public)
    witness_id = parse_note(COSIGNED).signatures[1].key_id
    doubled = parse_note(with_signature(COSIGNED, signature_line(FRANCE, witness_id + bytes(72))))
    assert cosigned_by(doubled, FRANCE, WITNESS.public) is None
    assert verified_by(doubled, NAME, LOG.public)


def test_a_cosignature_of_the_wrong_length_is_invalid() -> None:
    key_id = parse_note(COSIGNED).signatures[1].key_id
    for raw in (b"1", bytes(8), bytes(71), bytes(73)):
        note = parse_note(with_signature(SIGNED, signature_line(FRANCE, key_id + raw)))
        assert cosigned_by(note, FRANCE, WITNESS.public) is None


def test_the_earliest_cosignature_of_a_witness_counts() -> None:
    """The witness saw the tree then; a line that is already there is not added twice."""
    later = cosign(parse_note(SIGNED), FRANCE, WITNESS, NOW + timedelta(minutes=1))
    note = parse_note(with_signature(with_signature(SIGNED, later), LINE))
    assert cosigned_by(note, FRANCE, WITNESS.public) == NOW.timestamp()
    assert with_signature(COSIGNED, LINE) == COSIGNED


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "no signatures"),
        ("text\n", "no signatures"),
        ("text\n\n", "no signatures"),
        (SIGNED.replace("\n\n", "\n"), "no signatures"),
        (SIGNED[:-1], "line 1 below the text"),
        (SIGNED + "more\n", "line 2 below the text"),
        (SIGNED.replace("— ", "- "), "line 1 below the text"),
        (SIGNED.replace("— ", "—"), "line 1 below the text"),
        (SIGNED.replace("— i247", "— i2+7"), "line 1 below the text"),
        (SIGNED.replace("— i247", "— i2\u00a07"), "line 1 below the text"),
        (SIGNED + "— i247/FR AAAA\n", "line 2 below the text"),
        (SIGNED + "— i247/FR AAAAAB==\n", "line 2 below the text"),
        (SIGNED + signature_line("i247/FR", bytes(4)), "line 2 below the text"),
        (SIGNED + "— i247/FR AAAAA\n", "line 2 below the text"),
        (SIGNED.replace("\n", "\r\n"), "control character"),
        (SIGNED.replace("20852163", "2085\t163"), "control character"),
        (SIGNED.replace("20852163", "2085\0163"), "control character"),
        (SIGNED.replace("notices", "\ud800"), "not UTF-8"),
        ("x" * MAX_NOTE + SIGNED, "exceeds 65536 bytes"),
        (SIGNED + signature_line("a", bytes(5)) * MAX_SIGNATURES, "more than 300 signatures"),
    ],
)
def test_an_invalid_note_is_refused(text: str, sentence: str) -> None:
    """Before any signature is verified."""
    with pytest.raises(NoteRefused, match=sentence):
        parse_note(text)


@pytest.mark.parametrize(
    "text",
    [
        "i247/notices\n1\n",
        CHECKPOINT.text + "one more line\n",
        CHECKPOINT.text.replace("20852163", "020852163"),
        CHECKPOINT.text.replace("20852163", "-1"),
        CHECKPOINT.text.replace("20852163", "\u0661"),
        CHECKPOINT.text.replace("20852163", "1" * 19),
        CHECKPOINT.text.replace("Hh8=", "Hh9="),
        CHECKPOINT.text.replace("Hh8=", "Hh8"),
        CHECKPOINT.text.replace("i247/notices", ""),
        CHECKPOINT.text.replace("i247/notices", "i247 notices"),
    ],
)
def test_a_note_that_is_not_a_checkpoint_is_refused(text: str) -> None:
    """Size and root have one encoding each, and no other line is allowed."""
    assert text != CHECKPOINT.text
    with pytest.raises(NoteRefused, match="no checkpoint"):
        read_checkpoint(Note(text, ()))


@pytest.mark.parametrize("line", ["", LINE[:-1], LINE + LINE, "\n" + LINE, f"text\n\n{LINE}", LINE + "\n"])
def test_only_a_single_signature_line_can_be_added_to_a_note(line: str) -> None:
    """A cosignature cannot change the signed text."""
    with pytest.raises(NoteRefused, match="not one signature line"):
        with_signature(SIGNED, line)


def test_the_number_of_signatures_of_a_note_is_limited() -> None:
    """A signature beyond the limit is not added."""
    full = SIGNED + "".join(signature_line(f"a{number}", bytes(5)) for number in range(MAX_SIGNATURES - 1))
    with pytest.raises(NoteRefused, match="more than 300"):
        with_signature(full, LINE)


def test_names_of_logs_and_witnesses_lead_to_participants() -> None:
    """A name of another network leads to none."""
    assert (participant_of(NAME), participant_of(FRANCE), participant_of("example.com/FR")) == ("notices", "FR", "")


def test_each_log_of_a_service_has_its_own_name() -> None:
    """Its number has one encoding, and a signature for one log is not valid for another."""
    assert [log_name("notices", log) for log in (0, 1, 12)] == [NAME, f"{NAME}/1", f"{NAME}/12"]
    assert participant_of(f"{NAME}/12") == "notices"
    assert [Checkpoint(log_name("notices", each), 3, bytes(32)).log for each in (0, 12)] == [0, 12]
    for number in ("", "0", "01", "-1", "x", "1/2", "1000000000", "1 "):
        assert participant_of(f"{NAME}/{number}") == ""
    note = parse_note(sign_checkpoint(Checkpoint(NAME, 3, bytes(32)), NAME, LOG))
    assert note.origin == NAME
    assert not verified_by(note, f"{NAME}/1", LOG.public)
