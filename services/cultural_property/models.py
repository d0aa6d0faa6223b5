"""The records of works of art by Object ID (ICOM), and what their owners enter."""

from enum import StrEnum

from pydantic import ConfigDict, Field

from services.cultural_property.measurements import ComparedMeasurement
from services.cultural_property.objects import Feature, ObjectDescription
from services.cultural_property.words import Attribution, SubtypeName, Technique, TypeName
from shared.dates import PartialDate
from shared.numbers.stated import Number
from shared.people import Text, require_visible
from shared.records import service_kit as kit
from shared.validation import wrong


class WorkStatus(StrEnum):
    """The state of a record: what is stolen, or was seized without a known owner, is a hit."""

    STOLEN = "stolen"
    ORIGIN_SOUGHT = "origin-sought"
    RECOVERED = "recovered"
    WITHDRAWN = "withdrawn"


class WorkDescription(ObjectDescription):
    """A work of art as its owner bureau describes it, without personal data of holders, victims and insurers."""

    type: TypeName
    subtype: SubtypeName | None = None
    title: Text | None = Field(None, description="As it is catalogued.", examples=["Harbour in a Storm"])
    other_titles: tuple[Text, ...] = Field(
        (), max_length=5, description="In other languages, and former ones.", examples=[["Hafen im Sturm"]]
    )
    maker: Text | None = Field(
        None, description="Who made it, or the workshop or culture.", examples=["Jan van Nergens"]
    )
    other_makers: tuple[Text, ...] = Field(
        (),
        max_length=5,
        description="Other names of the maker, and further makers.",
        examples=[["Johannes van Nergens"]],
    )
    attribution: Attribution = Field(Attribution.BY, description="How surely it is by the maker.", examples=["by"])
    subject: Text | None = Field(None, description="What it shows.", examples=["two ships off a rocky coast"])
    period: Text | None = Field(None, description="As it is catalogued.", examples=["Dutch Golden Age"])
    techniques: tuple[Technique, ...] = Field((), max_length=8, examples=[["painted"]])
    place_of_origin: Text | None = Field(None, description="Where it was made or found.", examples=["Haarlem"])
    inventory_number: Number | None = Field(None, description="Of its keeper.", examples=["NM 1932-17"])
    written_material: Feature | None = Field(
        None, description="Publications and papers about it.", examples=["catalogue of 1998, number 44"]
    )
    related_objects: Feature | None = Field(None, examples=["pendant of Harbour in Calm Weather"])
    documented: PartialDate | None = Field(
        None, description="When this description was made, as before the theft.", examples=["2019-05"]
    )
    origin_sought: bool = Field(
        False,
        description="It was found or seized, and whose it is is not known: the date, place and country are those of "
        "the find. Looted from the ground, it was never recorded, so it is not found by being absent.",
    )
    photograph_follows: bool = Field(
        False,
        description="Its photograph is added next. Without this it needs a marking or feature, and two measurements; "
        "with it the owner alone sees it until it has one.",
    )
    public: bool = Field(False, description="Whether everybody may find it in the public register while it is sought.")

    @property
    def is_public(self) -> bool:
        """Whether its owner wants everybody to see it."""
        return self.public

    def require_sound(self) -> None:
        """Require what tells it from all others. Raises PydanticCustomError."""
        super().require_sound()
        listed = {"other_titles": self.other_titles, "other_makers": self.other_makers}
        several = {f"/{name}/{at}": text for name, texts in listed.items() for at, text in enumerate(texts)}
        require_visible({"/title": self.title, "/maker": self.maker, "/subject": self.subject, **several})
        if self.maker is None and (self.other_makers or self.attribution is not Attribution.BY):
            raise wrong("/maker", "other_makers and attribution need a maker")
        if not self.is_described and not self.photograph_follows:
            raise wrong(
                "/features",
                "only what can be told from all others is entered: state a marking or feature and two measurements, "
                "or photograph_follows, and add a photograph",
            )

    def public_fault(self) -> str | None:
        """Return why not everybody may see an extract of it, or None."""
        if self.restricted:
            return "whoever is barred would see what is public: bar nobody, or set public to false"
        return super().public_fault()

    def free_texts(self) -> dict[str, str | None]:
        """Return its free texts, by their pointers, in which no person may be named."""
        members = ("subtype", "period", "place_of_origin", "written_material", "related_objects")
        return {**super().free_texts(), **{f"/{member}": getattr(self, member) for member in members}}

    def quoted_texts(self) -> dict[str, str | None]:
        """Return what may have names: titles name who is shown, and a maker is named in its own field."""
        texts = {f"/{member}": getattr(self, member) for member in ("title", "maker", "subject", "inventory_number")}
        for member in ("other_titles", "other_makers", "techniques"):
            texts |= {f"/{member}/{place}": text for place, text in enumerate(getattr(self, member))}
        return {**super().quoted_texts(), **texts}


class Work(WorkDescription, kit.Record):
    """A work of art as the network knows it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    public_fields = frozenset(
        {"type", "subtype", "title", "other_titles", "maker", "other_makers", "attribution", "subject", "made"}
        | {"period", "materials", "techniques", "measurements", "compared", "markings", "features", "description"}
        | {"place_of_origin", "event_date", "event_country", "status", "photographs", "public", "origin_sought"}
    )
    public_filters = frozenset(
        {"owner", "status", "type", "title", "maker", "material", "made", "words", "height_mm", "width_mm", "depth_mm"}
        | {"diameter_mm", "length_mm", "weight_g"}
    )

    status: WorkStatus
    compared: tuple[ComparedMeasurement, ...] = Field((), description="The measurements in millimetres and grams.")
    photographs: kit.Photographs = ()
    warnings: tuple[kit.EntryWarning, ...] = Field(
        (), description="What is not in the list of codes. It was accepted all the same."
    )


class WorkFilter(kit.RecordPageQuery):
    """Which records a list shows."""

    status: WorkStatus | None = None
    type: TypeName | None = Field(None, description="Only those of this type of the first level.")
