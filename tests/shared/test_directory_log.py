"""Heads of the directory log that others state: compared with the local log, and with each other."""

from contextlib import suppress

import msgspec
import pytest

from shared.crypto.ed25519 import SigningKey
from shared.crypto.signed_note import Checkpoint, DisclosureLists, parse_note, sign_checkpoint
from shared.protocol.directory_entry import EntryRefused, sign_entry
from shared.protocol.directory_file import file_text, read_directory
from shared.protocol.directory_log import DIRECTORY_LOG, MAX_AHEAD, DirectoryLog, DirectoryPart, LogForked, PartRefused
from tests.shared.directories import NEW, OLD, ROOT, directory, directory_text, entry, following

THIRD = SigningKey(bytes([3]) * 32)
HUGE = 10**17


def head_without_entries(size: int, lists: DisclosureLists | None = None) -> str:
    """Return a head that the root key signed although there are no such entries."""
    return sign_checkpoint(Checkpoint(DIRECTORY_LOG, size, bytes(32), lists), DIRECTORY_LOG, ROOT)


def heads_to_share(log: DirectoryLog) -> set[str]:
    """Return the heads that many receipts would state."""
    return {log.head_to_share() for _ in range(100)}


def test_an_earlier_head_of_the_same_log_changes_nothing() -> None:
    """The sender may not have the later entries yet."""
    log = directory(entry(), entry(NEW)).log
    log.compare_head(directory(entry()).log.signed_head)
    assert (log.promised, log.signed_head) == (2, log.head)


def test_a_larger_head_is_shared_with_others() -> None:
    """Alternately with the local head, until the local log has its entries."""
    book, more = directory(entry()), directory(entry(), entry(NEW))
    book.log.compare_head(more.log.signed_head)
    assert (book.log.size, book.log.promised, heads_to_share(book.log)) == (1, 2, {book.log.head, more.log.head})
    book.take(more.log.part(1))
    assert (book.log.size, book.log.promised, heads_to_share(book.log)) == (2, 2, {more.log.head})


def test_two_different_heads_of_the_same_size_raise_log_forked() -> None:
    """At once, or when the local log reaches that size; both are signed by the root key."""
    book, here, there = directory(entry()), directory(entry(), entry(NEW)), directory(entry(), entry(THIRD))
    book.log.compare_head(here.log.signed_head)
    with pytest.raises(LogForked) as forked:
        book.log.compare_head(there.log.signed_head)
    assert (forked.value.ours, forked.value.theirs) == (here.log.head, there.log.head)
    with pytest.raises(LogForked) as forked:
        book.take(following(book, entry(THIRD)))
    assert {forked.value.ours, forked.value.theirs} == {here.log.head, there.log.head}


def test_a_log_that_outgrows_a_contradicting_head_raises_log_forked() -> None:
    """A larger head is kept until it can be compared."""
    book, there = directory(entry()), directory(entry(OLD, "DE"), entry(NEW))
    book.log.compare_head(there.log.signed_head)
    with pytest.raises(LogForked) as forked:
        book.take(following(book, entry(THIRD), entry(NEW)))
    assert (forked.value.theirs, book.log.size) == (there.log.head, 3)


def test_a_larger_head_does_not_replace_one_that_is_not_compared_yet() -> None:
    """Such as a head that is announced before its entries."""
    book, there = directory(entry()), directory(entry(), entry(NEW))
    book.log.compare_head(there.log.signed_head)
    more = following(book, entry(THIRD), entry(NEW))
    book.take(DirectoryPart(more.head, 1, []))
    assert set(book.log.ahead) == {2, 3}
    with pytest.raises(LogForked) as forked:
        book.take(more)
    assert (forked.value.theirs, book.log.size) == (there.log.head, 3)


def test_a_fork_of_two_logs_that_overtake_each_other_is_detected() -> None:
    """The Secretariat announces each head before its entries, and shows each log only larger heads of the other."""
    book, other = directory(entry()), directory(entry())
    keys = (SigningKey(bytes([number]) * 32) for number in range(10, 255))
    heard = list[str]()
    while not (book.forked or other.forked) and len(heard) < 50:
        for grown in (book, other, other) if not heard else (book, book, other, other):
            part = following(grown, entry(next(keys)))
            with suppress(LogForked):
                grown.take(DirectoryPart(part.head, part.start, []))
                grown.take(part)
        heard.append(other.log.head_to_share())
        book.compare_head(heard[-1])
        other.compare_head(book.log.head_to_share())
    assert book.forked or other.forked


def test_a_head_of_an_impossible_size_does_not_hide_other_heads() -> None:
    """Neither the local head from others, nor the heads of others from the local log."""
    book, there = directory(entry()), directory(entry(), entry(NEW))
    book.log.compare_head(head_without_entries(HUGE))
    assert heads_to_share(book.log) == {book.log.head, head_without_entries(HUGE)}
    book.log.compare_head(there.log.signed_head)
    assert heads_to_share(book.log) == {book.log.head, there.log.head}
    with pytest.raises(LogForked):
        book.take(following(book, entry(THIRD)))


def test_the_nearest_heads_ahead_of_the_log_are_kept() -> None:
    """Their number is bounded, however many the root key signs."""
    log = directory(entry()).log
    for size in range(HUGE, HUGE + MAX_AHEAD + 10):
        log.compare_head(head_without_entries(size))
    log.compare_head(head_without_entries(2))
    assert (len(log.ahead), min(log.ahead), log.promised) == (MAX_AHEAD, 2, HUGE + MAX_AHEAD - 2)


def test_a_fork_does_not_keep_an_entry_out_of_the_log() -> None:
    """Otherwise a head from before a restore of the Secretariat would delay a revocation."""
    book, there = directory(entry()), directory(entry(), entry(NEW))
    book.log.compare_head(there.log.signed_head)
    with pytest.raises(LogForked):
        book.take(following(book, entry(THIRD)))
    assert (book.log.size, book.unlogged) == (2, set())
    assert book.forked is not None


def test_the_first_proof_of_a_fork_is_kept() -> None:
    book = directory(entry(), entry(NEW))
    book.compare_head(head_without_entries(1))
    first = book.forked
    book.compare_head(head_without_entries(2))
    assert first is not None
    assert (book.forked, first.theirs) == (first, head_without_entries(1))


def test_a_directory_head_with_disclosure_lists_is_refused() -> None:
    """With that line it would seem to contradict the head without it."""
    with pytest.raises(PartRefused, match="lists"):
        directory(entry()).log.compare_head(head_without_entries(2, DisclosureLists(1, bytes(32))))


def test_only_the_root_signature_of_a_head_is_shared_with_others() -> None:
    """Otherwise a member could make others state a head that is too long to be accepted."""
    book, more = directory(entry()), directory(entry(), entry(NEW))
    note = parse_note(more.log.head)
    [line] = note.signatures
    other_id = msgspec.structs.replace(line, key_id=b"\0\0\0\0")
    stuffed = msgspec.structs.replace(note, signatures=(other_id, line, line, *[other_id] * 9)).written
    assert line.name == DIRECTORY_LOG
    book.log.compare_head(stuffed)
    assert heads_to_share(book.log) == {book.log.head, more.log.head}


def test_a_directory_file_with_an_invalid_leaf_is_read_if_its_head_covers_it() -> None:
    """Otherwise the Secretariat could stop every gateway at its next start."""
    leaves = [*directory(entry()).log.entries(), "x", sign_entry(entry(NEW), ROOT)]
    book = read_directory(directory_text(leaves, ROOT), ROOT.public)
    assert (book.log.entries(), book.entries()) == (leaves, [entry(), entry(NEW)])
    changed = DirectoryPart(book.log.head, 0, [leaves[0], "y", leaves[2]])
    with pytest.raises(EntryRefused):
        read_directory(file_text(changed), ROOT.public)


@pytest.mark.parametrize("head", ["x", directory(entry()).log.head.replace("\n1\n", "\n2\n")])
def test_a_head_that_the_root_key_did_not_sign_is_refused(head: str) -> None:
    log = directory(entry()).log
    with pytest.raises(PartRefused):
        log.compare_head(head)
    assert log.promised == 1
