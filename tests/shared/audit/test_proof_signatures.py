"""Which signatures the checkpoint of a proof needs: those of the log and of enough witnesses, by valid keys."""

from datetime import timedelta
from typing import Any

import pytest

from shared.audit.verify.signatures import attest, keys_of
from shared.crypto.ed25519 import SigningKey
from shared.crypto.signed_note import (
    Checkpoint,
    cosign,
    log_name,
    parse_note,
    sign_checkpoint,
    with_signature,
    witness_name,
)
from tests.conftest import NOW
from tests.shared.audit.findings import check, proven, wrong
from tests.shared.audit.notices_log import (
    ENTRIES,
    KEYS,
    LOG,
    ROOT,
    SEEN,
    SERVICE,
    entry_of,
)


@pytest.mark.parametrize("by", [[], ["FR"], ["FR", "FR"]])
def test_a_checkpoint_needs_the_cosignatures_of_two_bureaus(by: list[str]) -> None:
    """Several cosignatures of one bureau are not enough."""
    entries = tuple(sorted({entry_of(SERVICE), *(entry_of(bureau) for bureau in by)}))
    found = wrong(check(proven(checkpoint=LOG.checkpoint(300, by=by), entries=entries)))
    assert set(found) == {"witnesses"}
    assert "needs cosignatures of 2 bureaus" in found["witnesses"]


def test_a_witness_without_a_directory_entry_does_not_count() -> None:
    """Its name alone proves nothing; the other checks are not affected."""
    found = wrong(check(proven(entries=tuple(sorted([entry_of("DE"), entry_of(SERVICE)])))))
    assert set(found) == {"witnesses"}
    assert "no key of FR that the root vouches for made the signature in its name" in found["witnesses"]


def test_the_earliest_cosignature_of_a_witness_counts() -> None:
    """In whatever order its lines are."""
    later = SEEN + timedelta(hours=1)
    note = LOG.checkpoint(300, by=["DE"], at=later)
    for bureau in ("FR", "DE"):
        note = with_signature(note, cosign(parse_note(note), witness_name(bureau), KEYS[bureau], SEEN))
    explained = check(proven(checkpoint=note)).content
    assert explained is not None
    assert [each.at for each in explained.attested.witnesses] == [SEEN.timestamp()] * 2


def test_a_service_does_not_count_as_a_witness() -> None:
    """Those who keep the records cannot vouch for their log."""
    entries = tuple(sorted([entry_of("DE"), entry_of("FR", kind="service"), entry_of(SERVICE)]))
    assert "no key of FR that the root vouches for" in wrong(check(proven(entries=entries)))["witnesses"]


def test_the_secretariat_does_not_count_as_a_witness() -> None:
    """It keeps the logs; next to two other cosignatures its own does no harm."""
    entries = tuple(sorted([entry_of("DE"), entry_of(SERVICE)]))
    found = wrong(check(proven(checkpoint=LOG.checkpoint(300, by=["DE", "IPSG"]), entries=entries)))
    assert found.keys() == {"witnesses"}
    assert "needs cosignatures of 2 bureaus and has only that of DE at" in found["witnesses"]
    assert "IPSG keeps the logs, and is not a witness of them" in found["witnesses"]
    assert check(proven(checkpoint=LOG.checkpoint(300, by=["DE", "IPSG", "FR"]))).ok


def test_a_bureau_key_cannot_sign_a_checkpoint_of_a_log() -> None:
    entries = tuple(sorted([entry_of("DE"), entry_of("FR"), entry_of(SERVICE, kind="bureau")]))
    assert "no key of notices that the root vouches for" in wrong(check(proven(entries=entries)))["checkpoint"]


def witnessed_with(**changed: Any) -> dict[str, str]:
    """Return the findings if the key of FR has another entry."""
    entries = tuple(sorted([entry_of("DE"), entry_of("FR", **changed), entry_of(SERVICE)]))
    return wrong(check(proven(entries=entries)))


def test_a_witness_counts_only_while_its_key_is_valid() -> None:
    """To the second, as a cosignature states no fraction; a key that was revoked since does not count."""
    seen = SEEN.timestamp() + 1
    assert witnessed_with(not_before=seen + 0.9) == {}
    for changed, sentence in (
        ({"not_before": seen + 1.1}, "FR: the key was valid from"),
        ({"not_after": seen - 0.1}, "FR: the key was valid from"),
        ({"revoked_at": seen}, "FR: the key was revoked before"),
        ({"revoked_at": seen + DAY}, "FR: the key was revoked later"),
    ):
        found = witnessed_with(**changed)
        assert found.keys() == {"witnesses"}
        assert "needs cosignatures of 2 bureaus and has only that of DE at" in found["witnesses"]
        assert sentence in found["witnesses"]


DAY = 86_400.0


def signed_with(**changed: Any) -> dict[str, str]:
    """Return the findings if the key of the log has another entry."""
    entries = tuple(sorted([entry_of("DE"), entry_of("FR"), entry_of(SERVICE, **changed)]))
    return wrong(check(proven(entries=entries)))


def test_the_key_of_a_log_must_be_valid_when_bureaus_cosigned() -> None:
    """A later revocation changes nothing: the witnesses prove that it signed before. Clocks may differ by 30 s."""
    seen = SEEN.timestamp()
    assert signed_with(revoked_at=seen + DAY) == {}
    assert signed_with(not_before=seen + 31) == {}
    assert "the key was valid from" in signed_with(not_before=seen + 33)["checkpoint"]
    assert "the key was valid from" in signed_with(not_after=seen - 1)["checkpoint"]
    assert "the key was revoked before" in signed_with(revoked_at=seen)["checkpoint"]


def test_a_backdated_cosignature_does_not_invalidate_the_others() -> None:
    """A bureau that colludes with the log could otherwise void evidence by a time before the log had its key."""
    early = NOW - timedelta(days=400)
    note = LOG.checkpoint(300)
    for bureau, at in (("IT", early), ("FR", SEEN)):
        note = with_signature(note, cosign(parse_note(note), witness_name(bureau), KEYS[bureau], at))
    entries = tuple(sorted([*ENTRIES, entry_of("IT", not_before=early.timestamp())]))
    attested, found = attest(note, SERVICE, keys_of(SERVICE, entries, ROOT.public))
    assert attested is not None, found


def test_one_valid_signature_of_the_log_is_enough() -> None:
    """Another signature of the log with an expired key is ignored."""
    former = SigningKey(bytes([99]) * 32)
    checkpoint = Checkpoint(log_name(SERVICE), 300, LOG.root(300))
    _, _, line = sign_checkpoint(checkpoint, log_name(SERVICE), former).rpartition("\n\n")
    ended = entry_of(SERVICE, signing_key=former.public.jwk["x"], not_after=NOW.timestamp() - DAY / 2)
    entries = tuple(sorted([*ENTRIES, ended]))
    assert check(proven(checkpoint=with_signature(LOG.checkpoint(300), line), entries=entries)).ok


def test_a_checkpoint_signed_with_a_revoked_key_needs_witnesses() -> None:
    """The thief of a key could sign a log of any age."""
    entries = (entry_of(SERVICE, revoked_at=NOW.timestamp() + DAY),)
    found = wrong(check(proven(checkpoint=LOG.checkpoint(300, by=[]), entries=entries)))
    assert "no bureau cosigned it before" in found["checkpoint"]


def test_a_log_that_changed_its_key_is_verified() -> None:
    """Entries of former keys are there for earlier answers, and need not have signed a checkpoint."""
    former = SigningKey(bytes([99]) * 32)
    entries = tuple(sorted([*ENTRIES, entry_of(SERVICE, signing_key=former.public.jwk["x"])]))
    assert check(proven(entries=entries)).ok


def test_a_witness_of_another_network_is_ignored() -> None:
    """Its key is not in this directory."""
    line = cosign(parse_note(LOG.checkpoint(300)), "witness.example/1", SigningKey.generate(), SEEN)
    assert check(proven(checkpoint=with_signature(LOG.checkpoint(300), line))).ok


def test_a_leaf_with_a_later_time_than_a_cosignature_fails_the_check() -> None:
    """A bureau that saw the tree saw the leaf; clocks may differ by 30 s."""
    early = LOG.checkpoint(300, at=NOW - timedelta(seconds=1_000 - 7 + 30))
    assert check(proven(checkpoint=early)).ok
    earlier = LOG.checkpoint(300, at=NOW - timedelta(seconds=1_000 - 7 + 31))
    assert "a bureau had seen it already" in wrong(check(proven(checkpoint=earlier)))["leaf"]
