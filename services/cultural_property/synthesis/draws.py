"""Draws what the owner of a synthetic work of art enters: a style with its makers, motifs, materials and sizes."""

from datetime import date
from functools import cache
from random import Random
from typing import Any, Final

from services.cultural_property.measurements import Dimension, Measurement, MeasuringUnit
from services.cultural_property.objects import Marking
from services.cultural_property.synthesis.styles import STYLES, Style
from services.cultural_property.words import Attribution, MarkingKind
from services.synthetic_names.drawing import LANGUAGES, draw_name
from shared.bureaus import BureauCode

# As many hands as a register has, so that each has several works.
MAKERS: Final = 4_000
_UNKNOWN_MAKER: Final = 0.35
_ORIGIN_SOUGHT: Final = 0.06
_PUBLIC: Final = 0.4
_DAMAGES: Final = (
    *("tear", "scratch", "loss of paint", "crack", "dent", "stain", "burn", "old repair", "worm holes", "chip"),
    *("craquelure", "overpainting", "missing corner", "worn gilding", "broken edge", "replaced screw", "verdigris"),
)
_PLACES: Final = (
    *("lower left", "lower right", "upper left", "upper right", "at the centre", "on the back", "on the base"),
    *("beside the handle", "below the rim", "along the left edge", "along the upper edge", "inside the lid"),
)
_SIZES: Final = ("small", "short", "long", "deep", "faint", "old", "round", "horizontal", "vertical", "branched")
_SITES: Final = (
    *("town hall", "parish church", "private house", "museum store", "chapel", "excavation", "gallery", "library"),
    *("castle", "customs shed", "auction house", "monastery"),
)


def drawn_work(random: Random, owner: BureauCode, missed: date) -> dict[str, Any]:
    """Return what the owner of a work enters."""
    style = random.choice(STYLES)
    year = random.randint(*style.years)
    is_sought, maker = random.random() < _ORIGIN_SOUGHT, None
    if random.random() >= _UNKNOWN_MAKER and style.has_makers:
        maker = _makers()[int(random.random() ** 2 * MAKERS)]
    return {
        "type": style.type,
        "subtype": style.subtype,
        "title": _title(random, style),
        "maker": maker,
        "attribution": Attribution.BY if maker is None else random.choice(tuple(Attribution)),
        "made": _written(year) if random.random() < 0.5 else f"{_written(year)}/{_written(year + 25)}",
        "period": style.period,
        "materials": style.materials,
        "techniques": style.techniques,
        "measurements": _measurements(random, style),
        "markings": _markings(random, year, maker),
        "features": (_feature(random), _feature(random)),
        "origin_sought": is_sought,
        "event_date": missed.isoformat() if random.random() < 0.6 else missed.strftime("%Y-%m"),
        "event_place": random.choice(_SITES),
        "event_country": owner,
        "public": random.random() < _PUBLIC,
    }


def _title(random: Random, style: Style) -> str:
    return f"{random.choice(style.motifs)} {random.choice(style.settings)}"


def _written(year: int) -> str:
    return f"{year:05d}" if year < 0 else f"{year:04d}"


def _measurements(random: Random, style: Style) -> tuple[Measurement, ...]:
    return tuple(_measurement(random, dimension, *bounds) for dimension, bounds in style.sizes)


def _measurement(random: Random, dimension: Dimension, least: float, greatest: float) -> Measurement:
    unit = MeasuringUnit.GRAM if dimension is Dimension.WEIGHT else MeasuringUnit.CENTIMETRE
    value = round(least + (greatest - least) * random.random(), 1)
    return Measurement.model_construct(dimension=dimension, value=value, unit=unit)


def _markings(random: Random, year: int, maker: str | None) -> tuple[Marking, ...]:
    if maker is None:
        kind, text = MarkingKind.INVENTORY_MARK, f"No. {random.randrange(10_000)}"
    else:
        initials = "".join(word[0] for word in maker.split())
        kind, text = MarkingKind.MONOGRAM, f"{initials} {_written(year)}"
    return (Marking.model_construct(kind=kind, text=text, place=random.choice(_PLACES)),)


def _feature(random: Random) -> str:
    length = int(random.random() * 90) + 3
    return f"{random.choice(_SIZES)} {random.choice(_DAMAGES)} {random.choice(_PLACES)}, {length} mm"


@cache
def _makers() -> tuple[str, ...]:
    """Return the makers, the same in all processes: names of nobody, in Latin letters."""
    random, languages = Random(1632), tuple(LANGUAGES.values())  # noqa: S311 - nothing secret is drawn
    drawn = (draw_name(random, random.choice(languages), of_woman=random.random() < 0.3) for _ in range(MAKERS))
    return tuple(f"{each.forename.latin} {each.name.latin}"[:120] for each in drawn)
