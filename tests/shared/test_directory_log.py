"""The heads of the directory that others state: compared with the own log, and with each other."""

import msgspec
import pytest

from shared.audit.note import parse_note
from shared.directory_log import DIRECTORY_LOG, LogForked, PartRefused
from shared.signing import SigningKey
from tests.shared.test_directory import NEW, OLD, directory, entry, following

THIRD = SigningKey(bytes([3]) * 32)


def test_an_earlier_head_of_the_same_log_is_nothing_new() -> None:
    """Others may have been told later."""
    log = directory(entry(), entry(NEW)).log
    log.hear(directory(entry()).log.stated)
    assert (log.promised, log.stated) == (2, log.head)


def test_a_head_of_more_entries_is_told_on() -> None:
    """Until the log has them; the largest that was seen is stated."""
    book, more = directory(entry()), directory(entry(), entry(NEW))
    book.log.hear(more.log.stated)
    assert (book.log.size, book.log.promised, book.log.stated) == (1, 2, more.log.head)
    book.take(more.log.part(1))
    assert (book.log.size, book.log.stated) == (2, more.log.head)


def test_two_heads_of_as_many_entries_convict_the_root_key() -> None:
    """Whether the log has these entries, or as soon as it does."""
    book, here, there = directory(entry()), directory(entry(), entry(NEW)), directory(entry(), entry(THIRD))
    book.log.hear(here.log.stated)
    with pytest.raises(LogForked) as forked:
        book.log.hear(there.log.stated)
    assert (forked.value.ours, forked.value.theirs) == (here.log.head, there.log.head)
    with pytest.raises(LogForked) as forked:
        book.take(following(book, entry(THIRD)))
    assert {forked.value.ours, forked.value.theirs} == {here.log.head, there.log.head}


def test_a_log_that_grows_into_another_than_was_heard_of_convicts_the_root_key() -> None:
    """Larger ones are kept until they can be compared."""
    book, there = directory(entry()), directory(entry(OLD, "DE"), entry(NEW))
    book.log.hear(there.log.stated)
    with pytest.raises(LogForked) as forked:
        book.take(following(book, entry(THIRD), entry(NEW)))
    assert (forked.value.theirs, book.log.size) == (there.log.head, 3)


def test_what_stands_under_a_head_beside_the_line_of_the_root_key_is_not_told_on() -> None:
    """Or a member could have others state what is too long to be taken."""
    book, more = directory(entry()), directory(entry(), entry(NEW))
    note = parse_note(more.log.head)
    [line] = note.signatures
    other_id = msgspec.structs.replace(line, key_id=b"\0\0\0\0")
    stuffed = msgspec.structs.replace(note, signatures=(other_id, line, line, *[other_id] * 9)).written
    assert line.name == DIRECTORY_LOG
    book.log.hear(stuffed)
    assert book.log.stated == more.log.head


@pytest.mark.parametrize("head", ["x", directory(entry()).log.head.replace("\n1\n", "\n2\n")])
def test_a_head_that_the_root_key_did_not_sign_is_refused(head: str) -> None:
    """Whoever states it."""
    log = directory(entry()).log
    with pytest.raises(PartRefused):
        log.hear(head)
    assert log.promised == 1
