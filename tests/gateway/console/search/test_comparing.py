"""What was asked beside what was found."""

from gateway.console.search.comparing import fits_of, written


def test_the_signs_that_were_read_as_others_stand_out() -> None:
    why = {"field": "plate", "asked": "GA 4I7-XR", "found": "GA417XR", "score": 0.97, "reading": "the 4th sign"}
    [fit] = fits_of([why])
    assert (fit.fit, fit.read_as) == ("near", [("I", "1")])
    assert [(piece.text, piece.differs) for piece in fit.asked] == [("GA 4", False), ("I", True), ("7-XR", False)]
    assert fits_of([{**why, "found": None, "score": 0.0}])[0].fit == "differs"
    assert fits_of([{**why, "found": "GA4I7XR", "score": 1.0, "reading": None}])[0].fit == "exact"


def test_a_name_in_another_script_is_written_in_latin_letters_too() -> None:
    assert written("Каренин Алексей") == ("Каренин Алексей", "und-Cyrl", "Karenin Aleksey")
    assert written("Karénine") == ("Karénine", None, None)
