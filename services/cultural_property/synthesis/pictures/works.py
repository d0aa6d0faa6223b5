"""A store of drawn works: of several styles, half of them in series whose works look alike."""

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from PIL import Image

from services.cultural_property.synthesis.pictures.abstracts import draw_abstract
from services.cultural_property.synthesis.pictures.carpets import draw_carpet
from services.cultural_property.synthesis.pictures.ceramics import draw_ceramic
from services.cultural_property.synthesis.pictures.engravings import draw_engraving
from services.cultural_property.synthesis.pictures.hands import Hand, hand_of
from services.cultural_property.synthesis.pictures.landscapes import draw_landscape
from services.cultural_property.synthesis.pictures.portraits import draw_portrait
from services.cultural_property.synthesis.pictures.still_lifes import draw_still_life

STYLES: Final[Mapping[str, Callable[[Hand], Image.Image]]] = {
    "abstract": draw_abstract,
    "still life": draw_still_life,
    "portrait": draw_portrait,
    "landscape": draw_landscape,
    "engraving": draw_engraving,
    "ceramic": draw_ceramic,
    "carpet": draw_carpet,
}
HELD_OUT: Final = "carpet"
"""The style that no threshold was chosen on."""

SERIES: Final = 3
"""So many works of a series are in a store; more can be drawn, which are not in it."""
BY_ONE_HAND: Final = 4
"""So many motifs are drawn by one hand."""
_SEEDS: Final = 1_000_003


class DrawnWork(NamedTuple):
    """A work of a style: works with one number are a series, of which each has another detail."""

    style: str
    seed: int
    number: int
    detail: int

    def draw(self) -> Image.Image:
        """Return the picture: always the same."""
        base = self.seed * len(STYLES) + list(STYLES).index(self.style)
        hand, motif = base * _SEEDS + self.number // BY_ONE_HAND, base * _SEEDS + self.number
        return STYLES[self.style](hand_of(hand, motif, motif * _SEEDS + self.detail))

    def sibling(self, detail: int) -> "DrawnWork":
        """Return another work of the series."""
        return self._replace(detail=detail)


def work_of(seed: int, place: int) -> DrawnWork:
    """Return the work at a place of the store of a seed: styles take turns; every other series has three works."""
    styles = list(STYLES)
    style, place = styles[place % len(styles)], place // len(styles)
    round_, within = divmod(place, SERIES + SERIES)
    if within < SERIES:
        return DrawnWork(style, seed, round_ * (SERIES + 1), within)
    return DrawnWork(style, seed, round_ * (SERIES + 1) + 1 + within - SERIES, 0)
