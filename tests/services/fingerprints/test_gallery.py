"""A gallery finds the right record, and never one that was removed or is hidden from the searching bureau."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.fingerprints.gallery import SHORTLIST, Gallery
from services.fingerprints.minutiae import Template
from services.fingerprints.models import LIKELY_SAME_FINGER
from services.fingerprints.synthetic_templates import draw_template, impression_of

POOL = [draw_template(seed) for seed in range(12)]
names = st.integers(0, len(POOL) - 1)


def probe(seed: int) -> Template:
    """Return another impression of a finger."""
    return impression_of(draw_template(seed), np.random.default_rng(seed))


@pytest.fixture(scope="module")
def large() -> Gallery:
    gallery = Gallery()
    for seed in range(300):
        gallery.add(f"r{seed}", draw_template(seed))
    return gallery


@pytest.mark.thorough
def test_the_right_record_comes_first(large: Gallery) -> None:
    """Among 300 fingers, an impression finds its own with a clear lead."""
    for seed in (0, 99, 256, 299):
        best, second = large.identify(probe(seed), 2)
        assert best.record_id == f"r{seed}"
        assert best.score > LIKELY_SAME_FINGER > second.score


def test_a_finger_that_was_never_entered_has_no_likely_candidate(large: Gallery) -> None:
    """Candidates are always listed, but none of them is above the threshold."""
    assert large.identify(probe(5000), 1)[0].score < LIKELY_SAME_FINGER


def test_candidates_are_ranked_and_limited(large: Gallery) -> None:
    """No more than the limit, best first, each record once."""
    candidates = large.identify(probe(7), 20)
    assert len(candidates) == 20 == len({candidate.record_id for candidate in candidates})
    assert candidates == sorted(candidates, key=lambda candidate: -candidate.score)


@pytest.mark.thorough
@settings(deadline=None, max_examples=25)
@given(
    acts=st.lists(st.tuples(st.sampled_from(["add", "remove"]), names), max_size=20),
    excluded=st.sets(names),
    searched=names,
)
def test_removed_and_excluded_records_never_appear(
    acts: list[tuple[str, int]], excluded: set[int], searched: int
) -> None:
    """Whatever was added and removed before, exactly the present records that are not excluded are listed."""
    gallery, present = Gallery(), set[int]()
    for act, number in acts:
        if act == "add":
            gallery.add(f"r{number}", POOL[number])
            present.add(number)
        else:
            gallery.remove(f"r{number}")
            present.discard(number)
    candidates = gallery.identify(POOL[searched], 50, excluded=[f"r{number}" for number in excluded])
    assert len(gallery) == len(present)
    assert {candidate.record_id for candidate in candidates} == {f"r{number}" for number in present - excluded}
    if searched in present - excluded:
        assert candidates[0].record_id == f"r{searched}"


@pytest.mark.thorough
def test_excluded_records_do_not_displace_others_from_the_shortlist() -> None:
    """Many hidden copies of the searched finger change nothing for a bureau that may not see them."""
    gallery = Gallery()
    hidden = [f"hidden{number}" for number in range(SHORTLIST)]
    for record_id in hidden:
        gallery.add(record_id, probe(1))
    gallery.add("shown", draw_template(1))
    alone = Gallery()
    alone.add("shown", draw_template(1))
    assert gallery.identify(probe(1), 5, excluded=hidden) == alone.identify(probe(1), 5)


def test_candidates_with_equal_scores_are_ordered_by_record_id() -> None:
    """The order of entry makes no difference, even at the end of the shortlist."""
    ids = [f"r{number:03}" for number in range(SHORTLIST + 5)]
    gallery = Gallery()
    for record_id in reversed(ids):
        gallery.add(record_id, POOL[0])
    assert [candidate.record_id for candidate in gallery.identify(POOL[0], SHORTLIST)] == ids[:SHORTLIST]


def test_a_record_is_found_by_any_of_its_fingers_and_listed_once() -> None:
    """The candidate names the finger that is most similar."""
    gallery = Gallery()
    for finger in (1, 2, 3):
        gallery.add("r", POOL[finger], finger=finger)
    assert [(found.record_id, found.finger) for found in gallery.identify(probe(2), 5)] == [("r", 2)]
    gallery.remove("r")
    assert len(gallery) == 0
    assert "r" not in gallery


def test_a_new_print_of_a_finger_replaces_the_former() -> None:
    """The former finds the record no longer."""
    gallery = Gallery()
    gallery.add("r", POOL[1])
    gallery.add("r", POOL[2])
    assert len(gallery) == 1
    assert gallery.identify(POOL[1], 1)[0].score < LIKELY_SAME_FINGER < gallery.identify(POOL[2], 1)[0].score


def test_nothing_is_found_in_an_empty_gallery_or_with_an_empty_template() -> None:
    """Neither is an error."""
    gallery = Gallery()
    assert gallery.identify(POOL[0], 5) == []
    gallery.add("r", POOL[0])
    assert gallery.identify(Template.of([], [], [], []), 5) == []


def test_a_template_without_minutiae_can_be_entered_and_removed() -> None:
    """It is similar to nothing, and does not affect other records."""
    gallery = Gallery()
    gallery.add("empty", Template.of([], [], [], []))
    gallery.add("r", POOL[0])
    assert [found.record_id for found in gallery.identify(POOL[0], 5)] == ["r", "empty"]
    gallery.remove("empty")
    gallery.remove("never entered")
    assert [found.record_id for found in gallery.identify(POOL[0], 5)] == ["r"]


def test_a_search_for_one_finger_compares_that_finger_only() -> None:
    """A more similar print of another finger does not count for its record."""
    gallery = Gallery()
    gallery.add("both", POOL[1], finger=2)
    gallery.add("both", POOL[2], finger=7)
    gallery.add("other", POOL[1], finger=3)
    found = gallery.identify(probe(1), 5, finger=7)
    assert [(candidate.record_id, candidate.finger) for candidate in found] == [("both", 7)]
    assert found[0].score < LIKELY_SAME_FINGER < gallery.identify(probe(1), 5, finger=2)[0].score
