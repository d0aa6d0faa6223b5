"""The log of searches of a post: each entry is bound to the one before, and what a crash leaves of one is discarded."""

from pathlib import Path

import msgspec
import pytest

from shared.crypto.hpke import ContentKey
from shared.fieldpack.search_log import LogBroken, SearchEntry, SearchFile, encode_entry, read_search, sign_search
from tests.post.border import post_key

KEY = ContentKey(bytes(32))


def new_log(folder: Path) -> Path:
    """Return the file of the log of a new post."""
    SearchFile.create(folder / "log", KEY, 0.0)
    return folder / "log"


def add(log: SearchFile, officer: str = "DE 4711") -> SearchEntry:
    entry = SearchEntry(
        at=1.0, officer=officer, purpose="border-management", query={"vin": "X"}, copy=1, found=(), total=0
    )
    return log.append(entry)


def test_entries_are_read_in_order_and_continued(tmp_path: Path) -> None:
    """By another process as well."""
    file = new_log(tmp_path)
    written = [add(SearchFile(file, KEY)) for _ in range(3)]
    log = SearchFile(file, KEY)
    assert [*log.entries()] == written
    assert [*log.entries(2)] == written[2:]
    assert [each.previous for each in written[1:]] == [each.digest for each in written[:2]]
    assert file.stat().st_mode & 0o777 == 0o600
    assert b"DE 4711" not in file.read_bytes()


def test_two_processes_append_to_one_log(tmp_path: Path) -> None:
    """As a server and a command do: none overwrites an entry of the other."""
    file = new_log(tmp_path)
    one, other = SearchFile(file, KEY), SearchFile(file, KEY)
    written = [add(log) for log in (one, other, other, one)]
    assert [each.number for each in written] == [1, 2, 3, 4]
    assert [*SearchFile(file, KEY).entries()] == written


def test_what_a_crash_left_of_an_entry_is_discarded(tmp_path: Path) -> None:
    """Its answer was never shown."""
    file = new_log(tmp_path)
    first = add(SearchFile(file, KEY))
    whole = file.read_bytes()
    file.write_bytes(whole + whole[:-7])
    log = SearchFile(file, KEY)
    assert log.last == first
    second = add(log)
    assert [*SearchFile(file, KEY).entries()] == [first, second]


def test_a_log_that_was_altered_reordered_or_shortened_in_between_is_refused(tmp_path: Path) -> None:
    """At the entry that does not fit."""
    file = new_log(tmp_path)
    log = SearchFile(file, KEY)
    for _ in range(3):
        add(log)
    first, second, third = file.read_bytes().splitlines(keepends=True)
    other = second.replace(second[30:31], b"A" if second[30:31] != b"A" else b"B", 1)
    for lines in ([first, third], [second, third], [first, third, second], [first, other, third], [b"\n", first]):
        file.write_bytes(b"".join(lines))
        with pytest.raises(LogBroken):
            SearchFile(file, KEY)
    file.write_bytes(first + second + third)
    with pytest.raises(LogBroken, match="was altered, or is of another post"):
        SearchFile(file, ContentKey(bytes(31) + b"1"))


def test_a_log_that_lacks_its_last_entries_is_refused(tmp_path: Path) -> None:
    """By the last use, which is remembered in a file next to it, and by a process that has it open."""
    file = new_log(tmp_path)
    log = SearchFile(file, KEY)
    for _ in range(3):
        add(log)
    first, second, _third = file.read_bytes().splitlines(keepends=True)
    for lines in ([first, second], []):
        file.write_bytes(b"".join(lines))
        with pytest.raises(LogBroken, match="entry 3 of the log of searches is missing"):
            SearchFile(file, KEY)
        with pytest.raises(LogBroken, match="entry 3 of the log of searches is missing"):
            add(log)
    assert file.read_bytes() == b""


def test_the_last_use_is_never_moved_back(tmp_path: Path) -> None:
    """By a use without an entry as well, in another process."""
    log, other = SearchFile(new_log(tmp_path), KEY), SearchFile(tmp_path / "log", KEY)
    other.note_use(70.0)
    add(log)
    other.note_use(50.0)
    assert log.last_use().at == 70.0
    assert log.last_use().number == 1


def test_an_entry_is_accepted_only_as_its_post_signed_it(tmp_path: Path) -> None:
    """Not in another encoding, and not by another key."""
    key, other = post_key("DE-1"), post_key("DE-1")
    entry = add(SearchFile(new_log(tmp_path), KEY))
    text, signature = encode_entry(entry).decode(), sign_search(entry, key.signing)
    assert read_search(text, signature, key.signing.public) == entry
    for wrong, signed, by in (
        (text + " ", signature, key),
        (text.replace("DE 4711", "DE 4712"), signature, key),
        (text, sign_search(entry, other.signing), key),
        (text, signature, other),
        (text, "", key),
        ("{}", signature, key),
        ("[" * 100_000, signature, key),
    ):
        with pytest.raises(LogBroken):
            read_search(wrong, signed, by.signing.public)
    assert msgspec.json.decode(text, type=SearchEntry) == entry
