"""The directory: it accepts only entries that the root key signed, and keeps their whole history."""

import asyncio
import itertools
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from shared.crypto.ed25519 import SigningKey, encode_base64url
from shared.crypto.hpke import SealingKey
from shared.protocol.directory import Directory
from shared.protocol.directory_entry import MAX_ENTRY, EntryRefused, sign_entry, verify_entry
from shared.protocol.envelope import RefusalReason
from shared.standing import MEMBER, BureauStanding, Measure
from tests.conftest import NOW
from tests.shared.directories import BAD_ENTRIES, DAY, NEW, OLD, ROOT, T, directory, entry, following, refusal


def stated(book: Directory) -> str | None:
    standing = book.stated_standing("FR")
    return None if standing is None else standing.standing


def test_a_key_is_known_for_its_own_participant_only() -> None:
    """It is unknown for another bureau, as is a key without an entry."""
    book = directory(entry())
    assert refusal(book, OLD) is None
    assert refusal(book, OLD, participant="DE") is RefusalReason.KEY_UNKNOWN
    assert refusal(book, NEW) is RefusalReason.KEY_UNKNOWN


def test_a_key_is_valid_within_its_validity_period_only() -> None:
    """Both ends of the period are included."""
    book = directory(entry())
    seen = [refusal(book, OLD, hours=hours) for hours in (-12.001, -12, 12, 12.001)]
    assert seen == [RefusalReason.KEY_NOT_VALID, None, None, RefusalReason.KEY_NOT_VALID]


def test_both_keys_are_valid_while_a_rotation_overlaps() -> None:
    """Each of them within its own validity period."""
    book = directory(entry(), entry(NEW, not_before=T, not_after=T + 9 * DAY))
    assert [refusal(book, OLD, hours=h) for h in (-1, 1, 13)] == [None, None, RefusalReason.KEY_NOT_VALID]
    assert [refusal(book, NEW, hours=h) for h in (-1, 1, 13)] == [RefusalReason.KEY_NOT_VALID, None, None]


def test_a_revoked_key_is_still_valid_for_the_time_before_its_revocation() -> None:
    """It is refused from the moment of the revocation on."""
    book = directory(entry(), entry(issued=T, revoked_at=T))
    assert refusal(book, OLD, hours=-1) is None
    assert refusal(book, OLD, hours=0) is RefusalReason.KEY_NOT_VALID
    assert refusal(book, OLD, hours=1) is RefusalReason.KEY_NOT_VALID
    assert len(book.signed_entries()) == 1


def test_a_newer_entry_extends_the_validity_of_a_key() -> None:
    """The entry with the latest `issued` applies, in whatever order they arrive."""
    first, later = entry(), entry(issued=T, not_after=T + 9 * DAY)
    for order in ((first, later), (later, first)):
        assert refusal(directory(*order), OLD, hours=48) is None


def test_a_revocation_is_final_in_any_order_of_entries() -> None:
    """A later entry neither cancels nor postpones it."""
    entries = (
        entry(),
        entry(issued=T, revoked_at=T),
        entry(issued=T + 1),
        entry(issued=T + 2, revoked_at=T + 9 * DAY),
    )
    for order in itertools.permutations(entries):
        book = directory(*order)
        assert refusal(book, OLD) is RefusalReason.KEY_NOT_VALID
        assert book.entries() == [entry(issued=T, revoked_at=T)]


def test_an_entry_that_gives_a_known_key_to_another_bureau_is_refused() -> None:
    book = directory(entry())
    with pytest.raises(EntryRefused, match="has other keys"):
        book.take(following(book, entry(issued=T, participant="DE")))
    assert book.entries() == [entry()]


def test_a_directory_is_rebuilt_from_its_signed_entries() -> None:
    book = directory(entry(), entry(NEW))
    assert Directory(ROOT.public, book.signed_entries()).entries() == book.entries() == [entry(), entry(NEW)]


@pytest.mark.parametrize("fault", BAD_ENTRIES)
def test_an_entry_that_is_invalid_or_not_signed_by_the_root_key_is_refused(fault: str) -> None:
    """The directory stays empty."""
    book = directory()
    with pytest.raises(EntryRefused):
        book.learn(BAD_ENTRIES[fault])
    assert book.entries() == []


def test_an_entry_with_any_character_changed_is_refused() -> None:
    good = sign_entry(entry(), ROOT)
    for place, character in enumerate(good):
        changed = good[:place] + ("A" if character != "A" else "B") + good[place + 1 :]
        with pytest.raises(EntryRefused):
            verify_entry(changed, ROOT.public)


def test_an_entry_of_the_maximum_size_is_accepted() -> None:
    long = entry(participant="F" * (MAX_ENTRY // 2))
    assert verify_entry(sign_entry(long, ROOT), ROOT.public) == long


SEAL, NEW_SEAL = SealingKey(bytes([3]) * 32), SealingKey(bytes([4]) * 32)


def sealing(key: SealingKey) -> str:
    """Return a sealing key as an entry states it."""
    return encode_base64url(key.public.raw)


def sealing_kid(book: Directory, *, hours: float = 0) -> str | None:
    """Return the id of the key to seal to for France some hours after noon."""
    found = book.sealing_key_of("FR", NOW + timedelta(hours=hours))
    return found.kid if found else None


def test_messages_are_sealed_to_the_newest_valid_key() -> None:
    """A new key is used once its entry has had time to reach all, and never before it is valid."""
    book = directory(
        entry(sealing_key=sealing(SEAL)),
        entry(NEW, not_before=T + DAY / 8, not_after=T + 9 * DAY, sealing_key=sealing(NEW_SEAL)),
    )
    found = [sealing_kid(book, hours=hours) for hours in (-13, 0, 3.001, 13)]
    assert found == [None, SEAL.kid, NEW_SEAL.kid, NEW_SEAL.kid]
    assert sealing_kid(book, hours=3) == SEAL.kid


def test_a_revoked_or_missing_sealing_key_is_not_returned() -> None:
    """A service has no sealing key."""
    assert sealing_kid(directory(entry(sealing_key=sealing(SEAL), revoked_at=T))) is None
    assert sealing_kid(directory(entry())) is None
    assert sealing_kid(directory()) is None


def test_an_entry_with_a_truncated_sealing_key_is_refused() -> None:
    with pytest.raises(EntryRefused):
        directory(entry(sealing_key=sealing(SEAL)[:-4]))


def test_the_standing_is_that_of_the_entry_issued_last() -> None:
    """In whatever order the entries arrive; a suspended bureau has no sealing key."""
    entries = (
        entry(issued=T - 3, sealing_key=sealing(SEAL)),
        entry(issued=T - 2, revoked_at=T - 2, standing="suspended", sealing_key=sealing(SEAL)),
    )
    back = entry(NEW, issued=T - 1, sealing_key=sealing(NEW_SEAL))
    for order in itertools.permutations(entries):
        book = directory(*order)
        assert (stated(book), book.members(NOW), sealing_kid(book)) == ("suspended", [], None)
    for order in itertools.permutations((*entries, back)):
        book = directory(*order)
        assert (stated(book), book.members(NOW), sealing_kid(book)) == ("member", ["FR"], NEW_SEAL.kid)
    assert directory().stated_standing("FR") is None


def test_members_are_bureaus_with_a_valid_key() -> None:
    """Services are not members, nor are bureaus whose keys are expired or revoked."""
    book = directory(
        entry(),
        entry(NEW, "DE", not_after=T - 1),
        entry(SigningKey(bytes([5]) * 32), "KE", revoked_at=T - 1),
        entry(SigningKey(bytes([6]) * 32), "notices", kind="service"),
        entry(SigningKey(bytes([7]) * 32), "AO"),
    )
    assert book.members(NOW) == ["AO", "FR"]
    known = [name for name in ("FR", "DE", "KE", "notices", "AO", "IT") if book.knows_bureau(name)]
    assert known == ["FR", "DE", "KE", "AO"]


def test_services_are_participants_of_kind_service_with_a_valid_key() -> None:
    book = directory(
        entry(),
        entry(SigningKey(bytes([5]) * 32), "vehicles", kind="service"),
        entry(SigningKey(bytes([6]) * 32), "notices", kind="service"),
        entry(NEW, "fingerprints", kind="service", not_after=T - 1),
    )
    assert book.services(NOW) == ["notices", "vehicles"]


def test_an_entry_is_found_by_the_kid_of_its_key() -> None:
    """Evidence needs the entry both decoded and as the root key signed it."""
    book = directory(entry(), entry(issued=T))
    assert book.entry_of(OLD.kid) == entry(issued=T)
    assert book.signed_entry_of(OLD.kid) == sign_entry(entry(issued=T), ROOT)
    assert (book.entry_of(NEW.kid), book.signed_entry_of(NEW.kid)) == (None, None)


async def test_waiting_for_a_directory_change_ends_with_a_new_entry_only() -> None:
    """A known or older entry is no change; only the version of the participant concerned increases."""
    book = directory(entry())
    waiting = asyncio.create_task(book.changed(book.version))
    await asyncio.sleep(0)
    book.learn(sign_entry(entry(), ROOT))
    book.learn(sign_entry(entry(issued=T - 2 * DAY), ROOT))
    await asyncio.sleep(0)
    assert not waiting.done()
    before = book.version_of("FR")
    book.learn(sign_entry(entry(NEW, "DE"), ROOT))
    assert await waiting == book.version == book.version_of("DE") > before == book.version_of("FR")
    assert await book.changed(before) == book.version


@pytest.mark.parametrize("standing", ["supervised", "restricted"])
def test_a_supervised_or_restricted_bureau_keeps_its_keys(standing: str) -> None:
    """It is a member: others seal to it and accept what it signs."""
    measure = Measure(reason="compliance", since=T)
    book = directory(entry(issued=T, standing=standing, measure=measure, sealing_key=sealing(SEAL)))
    assert (stated(book), book.members(NOW), sealing_kid(book)) == (standing, ["FR"], SEAL.kid)
    assert refusal(book, OLD) is None


@pytest.mark.parametrize("standing", ["supervised", "restricted", "suspended"])
def test_a_measure_is_over_at_its_end_without_another_entry(standing: str) -> None:
    """The second of the end included; what the entry states stays as it is."""
    measure = Measure(reason="arrears", since=T, until=T + 60, resolution="EC/2026/14")
    book = directory(entry(issued=T, standing=standing, measure=measure))
    before, after = (book.standing_of("FR", T + seconds) for seconds in (59.9, 60))
    assert before == BureauStanding(standing, measure)
    assert after == MEMBER
    assert stated(book) == standing
    assert [book.is_member("FR", T + seconds) for seconds in (59.9, 60)] == [standing != "suspended", True]


@pytest.mark.parametrize(
    "measure",
    [
        {"reason": "none-of-the-list", "since": T},
        {"reason": "access", "since": T, "resolution": ""},
        {"reason": "access", "since": T, "resolution": "x" * 61},
        {"reason": "access", "since": T, "services": ["Not a name"]},
        {"reason": "access", "since": T, "services": [f"service-{number}" for number in range(65)]},
    ],
)
def test_an_entry_with_a_malformed_measure_is_refused(measure: dict[str, Any]) -> None:
    malformed = msgspec.structs.replace(entry(issued=T, standing="restricted"), measure=Measure(**measure))
    with pytest.raises(EntryRefused):
        directory(malformed)
