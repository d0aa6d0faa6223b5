"""Draws photographs of synthetic works, each of one work alone, in the style that fits its type."""

from collections.abc import Mapping, Sequence
from random import Random
from typing import Final

from services.cultural_property.models import Work
from services.cultural_property.synthesis.pictures.retaken import as_jpeg, opened
from services.cultural_property.synthesis.pictures.works import STYLES, DrawnWork
from shared.images.picture import THUMBNAIL_SIDE, Picture

PICTURED_IN: Final = 40
"""One in so many works has a photograph: to draw and describe one takes as long as 100 works."""

_STYLE_OF: Final[Mapping[str, str]] = {
    "print": "engraving",
    "map": "engraving",
    "pottery": "ceramic",
    "porcelain": "ceramic",
    "textile": "carpet",
    "landscape": "landscape",
    "marine": "landscape",
    "watercolour": "landscape",
    "portrait": "portrait",
    "icon": "portrait",
    "still life": "still life",
}


def draw_photographs(random: Random, works: Sequence[Work]) -> dict[str, Picture]:
    """Return the photographs of some works, by their ids; other works have none."""
    pictured = [work for work in works if not random.randrange(PICTURED_IN)]
    return {work.id: photograph_of(picture_of(random, work)) for work in pictured}


def picture_of(random: Random, work: Work) -> DrawnWork:
    """Return a picture of a work, in the style of its type; one that no style fits is drawn in any."""
    fitting = (_STYLE_OF.get(each) for each in (work.subtype or "", work.type))
    style = next(filter(None, fitting), None) or random.choice(list(STYLES))
    return DrawnWork(style, random.getrandbits(32), random.randrange(1_000), 0)


def photograph_of(drawn: DrawnWork) -> Picture:
    """Return the photograph of a picture as the service stores one, with what it is found by."""
    from services.cultural_property.likeness.description import describe

    jpeg = as_jpeg(drawn.draw())
    image = opened(jpeg)
    small = image.copy()
    small.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE))
    return Picture(jpeg, as_jpeg(small), *image.size, describe(image).to_bytes())
