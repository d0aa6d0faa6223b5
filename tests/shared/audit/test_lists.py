"""List lengths: one hash for the lengths of all lists; each participant proves its own and learns of no other."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.audit.format.lists import PARTICIPANTS, Lengths, OpenedLength, bound, list_key, require_length, tag
from shared.crypto.merkle import ProofBroken
from tests.shared.audit.notices_log import DIGESTS

SECRET, OTHER = bytes(range(32)), bytes(32)
LENGTHS = {"FR": 247, "DE": 1, "IPSG": 3}


@given(st.dictionaries(st.sampled_from(PARTICIPANTS), st.integers(0, 2**40)), st.integers(0, 2**53))
def test_each_participant_proves_the_length_of_its_list(lengths: dict[str, int], size: int) -> None:
    """Also one without disclosures, whose length is 0."""
    all_lists = Lengths(SECRET, lengths, size)
    for each in (*sorted(lengths)[:3], "FR"):
        opened = all_lists.opened(each)
        assert opened.length == lengths.get(each, 0)
        require_length(all_lists.root, each, list_key(SECRET, each), size, opened)


def test_a_wrong_length_key_size_position_or_path_is_refused() -> None:
    """A checkpoint without list lengths proves none either."""
    all_lists, key = Lengths(SECRET, LENGTHS, 9), list_key(SECRET, "FR")
    lists, opened = all_lists.root, all_lists.opened("FR")
    for wrong in (
        (lists, "FR", key, 9, opened._replace(length=246)),
        (lists, "FR", list_key(SECRET, "DE"), 9, opened),
        (lists, "FR", key, 10, opened),
        (lists, "FR", list_key(SECRET, "DE"), 9, all_lists.opened("DE")),
        (lists, "FR", key, 9, opened._replace(position=opened.position ^ 1)),
        (lists, "FR", key, 9, OpenedLength(247, 0, [])),
        (None, "FR", key, 9, opened),
    ):
        with pytest.raises(ProofBroken):
            require_length(*wrong)


def test_list_lengths_are_blinded_anew_for_each_checkpoint() -> None:
    """A sibling hash that repeats would reveal which list did not grow."""
    siblings = [set(Lengths(SECRET, LENGTHS, size).opened("FR").path) for size in range(20)]
    assert len(set.union(*siblings)) == sum(map(len, siblings))


def test_the_position_of_a_list_changes_between_checkpoints() -> None:
    assert len({Lengths(SECRET, LENGTHS, size).opened("FR").position for size in range(40)}) > 20


def test_list_keys_and_tags_are_unique_to_a_log_a_participant_and_a_number() -> None:
    keys = {list_key(secret, each) for secret in (SECRET, OTHER) for each in PARTICIPANTS}
    assert len(keys) == 2 * len(PARTICIPANTS)
    assert len({tag(key, number) for key in keys for number in range(1, 9)}) == 8 * len(keys)


def test_a_digest_is_bound_to_its_place_in_the_list() -> None:
    """Another place, or another disclosure in the same place, has another digest."""
    tags = [tag(list_key(SECRET, "FR"), number) for number in (1, 2)]
    assert len({bound(each, digest) for each in tags for digest in DIGESTS}) == 4
