"""All records of an answer in one hash: each can be shown to be in it, and nobody can tell of others."""

from collections.abc import Mapping
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.stolen_vehicles.models import VehicleChecks
from services.stolen_vehicles.store import SHOWN_HITS
from shared.audit.format import commitment
from shared.audit.format.commitment import MAX_SLOTS, MIN_DEPTH, Commitment, commit, root_from_path
from shared.crypto.ed25519 import encode_base64url

SECRET = bytes(range(32))
OTHER_SECRET = bytes(32)


def digest(number: int) -> str:
    """Return a digest, of whatever."""
    return encode_base64url(sha256(number.to_bytes(4, "big")).digest())


DIGESTS = [digest(number) for number in range(500)]
# Two that are drawn into one slot, and into none that is the next after another's.
DRAWN: dict[int, list[str]] = {}
for each in DIGESTS[:30]:
    DRAWN.setdefault(sha256(SECRET + each.encode()).digest()[0], []).append(each)
COLLIDING = next(both for both in DRAWN.values() if len(both) == 2)


def depth_of(count: int) -> int:
    """Return how deep the tree of so many is."""
    return next(depth for depth in range(8, 17) if count <= 2**depth)


def naive_root(secret: bytes, slots: Mapping[int, str], place: int = 1) -> bytes:
    """Return the hash of a place as the definition has it, from the root down."""
    depth, bottom = place.bit_length() - 1, depth_of(len(slots))
    if not any((1 << bottom | slot) >> (bottom - depth) == place for slot in slots):
        return sha256(secret + place.to_bytes(3, "big")).digest()
    if depth == bottom:
        return sha256(b"\x02" + slots[place - (1 << bottom)].encode()).digest()
    below = naive_root(secret, slots, 2 * place) + naive_root(secret, slots, 2 * place + 1)
    return sha256(b"\x03" + below).digest()


def naive_slots(secret: bytes, digests: set[str]) -> dict[int, str]:
    """Return what is in which slot: by their order each takes the one drawn for it, or the next that is free."""
    slots: dict[int, str] = {}
    depth = depth_of(len(digests))
    for each in sorted(digests):
        slot = int.from_bytes(sha256(secret + each.encode()).digest()[:2], "big") // 2 ** (16 - depth)
        while slot in slots:
            slot = (slot + 1) % 2**depth
        slots[slot] = each
    return slots


@given(st.lists(st.sampled_from([*DIGESTS[:20], *COLLIDING]), min_size=1, unique=True))
def test_the_root_is_what_others_can_make(digests: list[str]) -> None:
    """By the definition alone, and whatever the order in which the records are handed over."""
    root = naive_root(SECRET, naive_slots(SECRET, set(digests)))
    assert commit(SECRET, digests) == commit(SECRET, digests[::-1]) == encode_base64url(root)


def test_the_very_bytes_do_not_change() -> None:
    """Or old leaves would not prove any more what they proved."""
    assert commit(SECRET, DIGESTS[:1]) == "I4CcL27jt_nFukfjDD6b1LQR78QTnsj2Q4gaoONxPu4"
    assert commit(SECRET, DIGESTS) == "GTOV3ZfZge0_fAjICtvsBhwLdsA8acoGt2wvdaRDDmg"
    assert commit(SECRET, []) is None


def test_the_short_way_for_one_record_leads_to_the_same() -> None:
    """Nearly all answers show one, so no tree is made for it; in every slot."""
    assert all(commit(SECRET, [each]) == Commitment(SECRET, [each]).root for each in DIGESTS)


@pytest.mark.parametrize(("count", "depth"), [(1, 8), (2, 8), (200, 8), (256, 8), (257, 9), (500, 9)])
def test_every_record_is_shown_to_be_held(count: int, depth: int) -> None:
    """By what stands beside its way to the root, which is as long for all that a search or a page of a list shows."""
    tree = Commitment(SECRET, DIGESTS[:count])
    for each in DIGESTS[:count]:
        path = tree.path(each)
        assert [len(path), *map(len, path)] == [depth, *[32] * depth]
        assert root_from_path(each, tree.slot(each), path) == tree.root == commit(SECRET, DIGESTS[:count])


def test_no_other_record_is_shown_to_be_held() -> None:
    """Nor the same in another slot, or by another way."""
    tree, own = Commitment(SECRET, DIGESTS[:9]), DIGESTS[0]
    slot, path = tree.slot(own), tree.path(own)
    assert root_from_path(DIGESTS[9], slot, path) != tree.root
    assert root_from_path(own, slot ^ 1, path) != tree.root
    for level in range(MIN_DEPTH):
        assert root_from_path(own, slot, [*path[:level], bytes(32), *path[level + 1 :]]) != tree.root


def test_two_that_are_drawn_into_one_slot_are_both_held() -> None:
    """The later in order takes the next; after the last slot comes the first."""
    first, second = sorted(COLLIDING)
    tree = Commitment(SECRET, COLLIDING)
    assert tree.slot(second) == tree.slot(first) + 1
    assert {root_from_path(each, tree.slot(each), tree.path(each)) for each in COLLIDING} == {tree.root}


def test_after_the_last_slot_comes_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where all are drawn into the last."""
    monkeypatch.setattr(commitment, "_drawn", lambda _secret, _digest, depth: 2**depth - 1)
    tree = Commitment(SECRET, DIGESTS[:3])
    assert [tree.slot(each) for each in sorted(DIGESTS[:3])] == [255, 0, 1]
    assert {root_from_path(each, tree.slot(each), tree.path(each)) for each in DIGESTS[:3]} == {tree.root}


def test_what_stands_beside_a_record_is_drawn_from_the_secret() -> None:
    """All of it where it is alone: no hash of an empty part is known to anybody beforehand, or stands there twice."""
    beside = [set(Commitment(secret, DIGESTS[:1]).path(DIGESTS[0])) for secret in (SECRET, OTHER_SECRET)]
    assert [len(each) for each in beside] == [MIN_DEPTH, MIN_DEPTH]
    assert beside[0].isdisjoint(beside[1])


def test_nobody_can_tell_that_his_record_was_moved() -> None:
    """Which slot would be its own depends on the secret: who has the digest alone does not know of one in its way."""
    slots = {Commitment(bytes([number]) * 32, DIGESTS[:1]).slot(DIGESTS[0]) for number in range(50)}
    assert len(slots) > 40


def test_as_many_fit_as_one_answer_can_show() -> None:
    """The largest is a batch of checks, each with its hits; and more than there are slots are refused, not endless."""
    [bound] = [each.max_length for each in VehicleChecks.model_fields["checks"].metadata if hasattr(each, "max_length")]
    assert bound * SHOWN_HITS <= MAX_SLOTS
    with pytest.raises(ValueError, match="no answer shows more than 65536 records"):
        commit(SECRET, [f"{number:043}" for number in range(MAX_SLOTS + 1)])
