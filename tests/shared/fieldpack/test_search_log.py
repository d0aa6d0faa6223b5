"""The log of searches of a post: each entry is bound to the one before, and what a crash leaves of one is discarded."""

from pathlib import Path

import msgspec
import pytest

from shared.crypto.hpke import ContentKey
from shared.fieldpack.post_key import PostKey
from shared.fieldpack.search_log import LogBroken, SearchEntry, SearchFile, encode_entry, read_search, sign_search

KEY = ContentKey(bytes(32))


def add(log: SearchFile, officer: str = "DE 4711") -> SearchEntry:
    entry = SearchEntry(
        at=1.0, officer=officer, purpose="border-management", query={"vin": "X"}, copy=1, found=(), total=0
    )
    return log.append(entry)


def test_entries_are_read_in_order_and_continued(tmp_path: Path) -> None:
    """By another process as well."""
    file = tmp_path / "log"
    written = [add(SearchFile(file, KEY)) for _ in range(3)]
    log = SearchFile(file, KEY)
    assert [*log.entries()] == written
    assert [*log.entries(2)] == written[2:]
    assert [each.previous for each in written[1:]] == [each.digest for each in written[:2]]
    assert file.stat().st_mode & 0o777 == 0o600
    assert b"DE 4711" not in file.read_bytes()


def test_two_processes_append_to_one_log(tmp_path: Path) -> None:
    """As a server and a command do: none overwrites an entry of the other."""
    file = tmp_path / "log"
    one, other = SearchFile(file, KEY), SearchFile(file, KEY)
    written = [add(log) for log in (one, other, other, one)]
    assert [each.number for each in written] == [1, 2, 3, 4]
    assert [*SearchFile(file, KEY).entries()] == written


def test_what_a_crash_left_of_an_entry_is_discarded(tmp_path: Path) -> None:
    """Its answer was never shown."""
    file = tmp_path / "log"
    first = add(SearchFile(file, KEY))
    whole = file.read_bytes()
    file.write_bytes(whole + whole[:-7])
    log = SearchFile(file, KEY)
    assert log.last == first
    second = add(log)
    assert [*SearchFile(file, KEY).entries()] == [first, second]


def test_a_log_that_was_altered_reordered_or_shortened_in_between_is_refused(tmp_path: Path) -> None:
    """At the entry that does not fit."""
    file = tmp_path / "log"
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
    with pytest.raises(LogBroken, match="entry 1"):
        SearchFile(file, ContentKey(bytes(31) + b"1"))


def test_an_entry_is_accepted_only_as_its_post_signed_it(tmp_path: Path) -> None:
    """Not in another encoding, and not by another key."""
    key, other = PostKey.generate("DE-1"), PostKey.generate("DE-1")
    entry = add(SearchFile(tmp_path / "log", KEY))
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
