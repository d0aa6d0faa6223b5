"""Measurements of objects: as given, with their unit, and as they are compared, in millimetres and grams."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from shared.validation import wrong

MOST: Final = 100_000
COMPARED_DIGITS: Final = 2
# A frame, a tape measure held askew and rounding make less of a difference than this.
TOLERANCE: Final = 0.1


class Dimension(StrEnum):
    """What was measured."""

    HEIGHT = "height"
    WIDTH = "width"
    DEPTH = "depth"
    LENGTH = "length"
    DIAMETER = "diameter"
    THICKNESS = "thickness"
    CIRCUMFERENCE = "circumference"
    WEIGHT = "weight"


class MeasuringUnit(StrEnum):
    """The unit of a length or a weight; `ct` is the metric carat."""

    MILLIMETRE = "mm"
    CENTIMETRE = "cm"
    METRE = "m"
    INCH = "in"
    FOOT = "ft"
    GRAM = "g"
    KILOGRAM = "kg"
    OUNCE = "oz"
    POUND = "lb"
    CARAT = "ct"


# In millimetres (international yard and pound agreement, 1959) and in grams.
_LENGTHS: Final = {
    MeasuringUnit.MILLIMETRE: 1.0,
    MeasuringUnit.CENTIMETRE: 10.0,
    MeasuringUnit.METRE: 1000.0,
    MeasuringUnit.INCH: 25.4,
    MeasuringUnit.FOOT: 304.8,
}
_WEIGHTS: Final = {
    MeasuringUnit.GRAM: 1.0,
    MeasuringUnit.KILOGRAM: 1000.0,
    MeasuringUnit.OUNCE: 28.349523125,
    MeasuringUnit.POUND: 453.59237,
    MeasuringUnit.CARAT: 0.2,
}


class Measurement(BaseModel):
    """One measurement of an object, without its frame or base."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    dimension: Dimension
    value: float = Field(gt=0, le=MOST, description="In the unit.", examples=[92.5])
    unit: MeasuringUnit

    @model_validator(mode="after")
    def _has_a_fitting_unit(self) -> "Measurement":
        fitting = _WEIGHTS if self.dimension is Dimension.WEIGHT else _LENGTHS
        if self.unit not in fitting:
            raise wrong("/unit", f"must be a unit of {self.dimension}: {', '.join(fitting)}")
        return self

    def __str__(self) -> str:
        return f"{self.value:g} {self.unit}"


class ComparedMeasurement(BaseModel):
    """A measurement as it is compared."""

    model_config = ConfigDict(frozen=True)

    dimension: Dimension
    value: float = Field(examples=[925.0])
    unit: Literal["mm", "g"]


def as_compared(measurements: Iterable[Measurement]) -> tuple[ComparedMeasurement, ...]:
    """Return measurements in millimetres and grams."""
    return tuple(_compared(each) for each in measurements)


def _compared(measurement: Measurement) -> ComparedMeasurement:
    is_weight = measurement.dimension is Dimension.WEIGHT
    factor = (_WEIGHTS if is_weight else _LENGTHS)[measurement.unit]
    value = round(measurement.value * factor, COMPARED_DIGITS)
    return ComparedMeasurement(dimension=measurement.dimension, value=value, unit="g" if is_weight else "mm")


def require_each_once(measurements: Iterable[Measurement]) -> None:
    """Require of each dimension one measurement. Raises PydanticCustomError."""
    seen = set[Dimension]()
    for place, each in enumerate(measurements):
        if each.dimension in seen:
            raise wrong(f"/measurements/{place}", f"must have each dimension once: {each.dimension} is stated already")
        seen.add(each.dimension)


def bounds_of(asked: float) -> tuple[float, float]:
    """Return the least and the greatest measurement that fits one that is sought."""
    return asked * (1 - TOLERANCE), asked * (1 + TOLERANCE)
