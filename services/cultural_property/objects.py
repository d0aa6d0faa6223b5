"""What works of art and valuables have in common: what they are made of, their marks, and the theft."""

from datetime import date
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.cultural_property.measurements import Measurement, require_each_once
from services.cultural_property.periods import MadeIn
from services.cultural_property.words import MarkingKind, Material
from shared.codes import Country
from shared.dates import FUTURE_ALLOWED, PartialDate, certainly_before
from shared.errors import Refusal
from shared.identity import Purpose
from shared.people import LongText, Text, require_visible
from shared.records import service_kit as kit

PURPOSES: Final = (Purpose.LOCATE, Purpose.CRIMINAL_INVESTIGATION)
LEAST_MEASUREMENTS: Final = 2
Feature = Annotated[Text, StringConstraints(max_length=300)]
Description = Annotated[LongText, StringConstraints(max_length=2000)]


class EventInFuture(Refusal, status=422, code="event-in-future", title="The theft is in the future"):
    """Each day on which the theft or find may have been is more than a day after today."""


class Marking(BaseModel):
    """An inscription or marking, as it stands on the object."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    kind: MarkingKind
    text: Feature = Field(description="As written, in its own script.", examples=["J. Nobody f. 1632"])
    place: Text | None = Field(None, description="Where on the object.", examples=["lower left"])


class ObjectDescription(kit.RecordInput):
    """An object as its owner bureau describes it, without personal data of holders, victims and insurers."""

    made: MadeIn | None = None
    materials: tuple[Material, ...] = Field((), max_length=8, examples=[["oil paint", "canvas"]])
    measurements: tuple[Measurement, ...] = Field(
        (),
        max_length=8,
        description="Of each dimension one, without a frame or base.",
        examples=[
            [{"dimension": "height", "value": 62.5, "unit": "cm"}, {"dimension": "width", "value": 36.5, "unit": "in"}]
        ],
    )
    markings: tuple[Marking, ...] = Field(
        (),
        max_length=10,
        description="Inscriptions and markings.",
        examples=[[{"kind": "signature", "text": "J. v. N. 1632", "place": "lower left"}]],
    )
    features: tuple[Feature, ...] = Field(
        (),
        max_length=10,
        description="Distinguishing features: damage, repairs, defects. No person.",
        examples=[["old tear repaired above the mast"]],
    )
    description: Description | None = Field(None, description="Whatever else tells it from others. No person.")
    event_date: PartialDate = Field(
        description="Of the theft, or of the find: day, month, year, or a range of two. Not in the future.",
        examples=["2026-03-13/2026-03-16"],
    )
    event_place: Text | None = Field(None, examples=["Haarlem, town hall"])
    event_country: Country

    @property
    def is_described(self) -> bool:
        """Whether words alone tell it from others: by a marking or feature, and two measurements."""
        return bool(self.markings or self.features) and len(self.measurements) >= LEAST_MEASUREMENTS

    def fitting_purposes(self) -> tuple[Purpose, ...]:
        """Return the purposes of a stolen object."""
        return PURPOSES

    def require_sound(self) -> None:
        """Require each dimension once, and no characters that nobody sees. Raises PydanticCustomError."""
        super().require_sound()
        require_each_once(self.measurements)
        require_visible({f"/features/{place}": text for place, text in enumerate(self.features)})

    def free_texts(self) -> dict[str, str | None]:
        """Return its free texts, by their pointers, in which no person may be named."""
        texts = {f"/{member}": getattr(self, member) for member in ("description", "event_place")}
        texts |= {f"/features/{place}": text for place, text in enumerate(self.features)}
        return texts | {f"/markings/{place}/place": each.place for place, each in enumerate(self.markings)}

    def quoted_texts(self) -> dict[str, str | None]:
        """Return what repeats words on the object, which may be names, as of its maker; also its materials."""
        texts: dict[str, str | None] = {
            f"/markings/{place}/text": each.text for place, each in enumerate(self.markings)
        }
        return texts | {f"/materials/{place}": text for place, text in enumerate(self.materials)}


def require_past(event: str, *, today: date) -> None:
    """Require a theft that is not in the future. Raises EventInFuture."""
    if certainly_before(today + FUTURE_ALLOWED, event):
        raise EventInFuture(f"{event} is in the future: state a day up to today", at="/event_date")
