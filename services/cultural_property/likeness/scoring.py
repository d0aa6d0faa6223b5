"""Which pictures are hits, and in which order. Pure; the figures were chosen on drawn pictures, see ADR 114."""

from typing import Final

from services.cultural_property.likeness.messages import Score

MIN_AGREEING: Final = 24
MIN_SHARE: Final = 0.1
MAX_HITS: Final = 10
_DIGITS: Final = 4


def is_hit(score: Score) -> bool:
    """Return whether so many points agree as those of another work do not."""
    return score.agreeing >= MIN_AGREEING and share(score) >= MIN_SHARE


def share(score: Score) -> float:
    """Return how many of the points agree that both pictures should show, 0 to 1."""
    return round(score.agreeing / score.expected, _DIGITS) if score.expected else 0.0


def words(score: Score, *, is_mirrored: bool) -> str:
    """Return the score in words."""
    seen = ", in the mirror image" if is_mirrored else ""
    return f"{score.agreeing} of {score.expected} points agree{seen}"
