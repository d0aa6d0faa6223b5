"""Commitments: one hash for all records of an answer; each is provable, and nothing is revealed of the others."""

from collections import Counter
from hashlib import sha256, shake_256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.audit.format.commitment import MAX_SLOTS, MIN_DEPTH, build_tree, commit, root_from_path
from shared.crypto.ed25519 import encode_base64url
from shared.records.batch.models import MAX_HITS, MAX_NEAR
from shared.records.search.number_search import SHOWN_HITS, SHOWN_NEAR

SECRET = bytes(range(32))
OTHER_SECRET = bytes(32)


def digest(number: int) -> str:
    """Return the digest of a number."""
    return encode_base64url(sha256(number.to_bytes(4, "big")).digest())


DIGESTS = [digest(number) for number in range(500)]


def naive_root(secret: bytes, digests: set[str]) -> bytes:
    """Return the root by the definition: records and fillers in random order, at a random place of a tree of 256."""
    width = next(2**depth for depth in range(2, 17) if len(digests) <= 2**depth)
    stream = shake_256(secret).digest(32 * (2 * width + 8))
    drawn = [stream[start : start + 32] for start in range(0, len(stream), 32)]
    hashes = sorted(sha256(b"\0" + each.encode()).digest() for each in digests)
    row = [*hashes, *drawn[width + len(digests) : 2 * width]]
    row = [row[number] for number in sorted(range(width), key=drawn.__getitem__)]
    while len(row) > 1:
        row = [sha256(b"\1" + row[place] + row[place + 1]).digest() for place in range(0, len(row), 2)]
    [node], place = row, secret[0] // width
    for level in range(width.bit_length() - 1, 8):
        filler = drawn[2 * width + level]
        node = sha256(b"\1" + (filler + node if place % 2 else node + filler)).digest()
        place //= 2
    return node


@given(st.lists(st.sampled_from(DIGESTS[:20]), min_size=1, unique=True), st.integers(0, 255))
def test_the_root_matches_the_definition(digests: list[str], drawn: int) -> None:
    """Computed independently here; the order of the records does not matter."""
    secret = bytes([drawn]) * 32
    root = naive_root(secret, set(digests))
    assert commit(secret, digests) == commit(secret, digests[::-1]) == encode_base64url(root)


def test_known_commitments_do_not_change() -> None:
    """A changed encoding would make existing leaves unprovable."""
    assert commit(SECRET, DIGESTS[:1]) == "xWwI0J7OwnFK6HLjISTn7k1Op-V0HHpjDAdfclzSlJw"
    assert commit(SECRET, DIGESTS) == "pdvDDa-kg73hy4ohNIshxvsknEMSMBqNX2h0XZrPWUE"
    assert commit(SECRET, []) is None


@pytest.mark.parametrize(("count", "depth"), [(1, 8), (4, 8), (5, 8), (200, 8), (256, 8), (257, 9), (500, 9)])
def test_every_record_of_an_answer_has_an_inclusion_proof(count: int, depth: int) -> None:
    """The proof has the same length for all that a search or a page of a list shows: up to 256 records."""
    tree = build_tree(SECRET, DIGESTS[:count])
    for each in DIGESTS[:count]:
        path = tree.path(each)
        assert [len(path), *map(len, path)] == [depth, *[32] * depth]
        assert root_from_path(each, tree.slot(each), path) == tree.root == commit(SECRET, DIGESTS[:count])


def test_another_record_slot_or_path_does_not_lead_to_the_root() -> None:
    tree, own = build_tree(SECRET, DIGESTS[:9]), DIGESTS[0]
    slot, path = tree.slot(own), tree.path(own)
    assert root_from_path(DIGESTS[9], slot, path) != tree.root
    assert root_from_path(own, slot ^ 1, path) != tree.root
    for level in range(MIN_DEPTH):
        assert root_from_path(own, slot, [*path[:level], bytes(32), *path[level + 1 :]]) != tree.root


def test_filler_hashes_are_derived_from_the_secret_and_never_repeat() -> None:
    """The path of a single record consists of fillers alone."""
    paths = [set(build_tree(secret, DIGESTS[:1]).path(DIGESTS[0])) for secret in (SECRET, OTHER_SECRET)]
    assert [len(each) for each in paths] == [MIN_DEPTH, MIN_DEPTH]
    assert paths[0].isdisjoint(paths[1])


@pytest.mark.parametrize("shown", [1, 5, 100, 256])
def test_the_slot_of_a_record_does_not_reveal_the_number_of_records(shown: int) -> None:
    """For any number, each sixteenth of the tree and each place within a sixteenth is as likely."""
    slots = [build_tree(sha256(bytes([n])).digest(), DIGESTS[:shown]).slot(DIGESTS[0]) for n in range(256)]
    for part in (Counter(slot // 16 for slot in slots), Counter(slot % 16 for slot in slots)):
        assert all(4 <= part[number] <= 32 for number in range(16))


@pytest.mark.parametrize("shown", [1, 5, 100, 256])
def test_the_sibling_hash_of_a_record_does_not_reveal_the_number_of_records(shown: int) -> None:
    """The order is random: in hash order a sibling would be closer, the more records there are."""
    own = sha256(b"\0" + DIGESTS[0].encode()).digest()
    others = [build_tree(sha256(bytes([n])).digest(), DIGESTS[:shown]).path(DIGESTS[0])[0] for n in range(256)]
    assert 64 <= sum(abs(each[0] - own[0]) > 85 for each in others) <= 192


def test_several_records_reveal_their_number_only_within_a_factor_of_two() -> None:
    """They share one aligned subtree, whose width is the next power of two, and at least 4."""
    for shown, width in ((2, 4), (4, 4), (5, 8), (9, 16), (200, 256)):
        slots = [build_tree(OTHER_SECRET[:1] + SECRET[1:], DIGESTS[:shown]).slot(each) for each in DIGESTS[:shown]]
        assert {slot // width for slot in slots} == {slots[0] // width}
        assert len(set(slots)) == shown


def test_the_slots_suffice_for_the_largest_answer_and_more_records_are_refused() -> None:
    """The largest answer is that to a batch of checks: its hits, those of its last line, and what is near."""
    assert MAX_HITS + SHOWN_HITS + MAX_NEAR * SHOWN_NEAR <= MAX_SLOTS
    with pytest.raises(ValueError, match="no answer shows more than 65536 records"):
        commit(SECRET, [f"{number:043}" for number in range(MAX_SLOTS + 1)])
