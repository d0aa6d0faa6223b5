"""Warrants of arrest and judgments, with their charges."""

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Annotated, Final, Self

from pydantic import Field

from services.notices.offences import Offence
from services.notices.subjects.models import Part
from shared.codes import Country
from shared.dates import PartialDate
from shared.people import LongText, Text

# Of a red notice (RPD article 83(1)(b)).
LEAST_MAXIMUM_PENALTY_MONTHS: Final = 24
LEAST_SENTENCE_MONTHS: Final = 6
Months = Annotated[int, Field(ge=0, le=1800, description="In months; 1200 stands for life.", examples=[60])]


class Stage(StrEnum):
    """The purpose for which a person is wanted."""

    PROSECUTION = "prosecution"
    SENTENCE = "sentence"


class Charge(Part):
    """A charge: the offence that a person is accused of or was convicted of."""

    charge: LongText | None = Field(None, description="In the words of the court.", examples=["Vol avec arme"])
    charge_translation: LongText | None = Field(None, description="In English.", examples=["Armed robbery"])
    law: Text | None = Field(None, description="The provision that makes it a crime.", examples=["Code pénal 311-8"])
    offence: Offence | None = Field(None, description="Its category.", examples=[{"category": "robbery"}])
    maximum_penalty_months: Months | None = Field(None, description="For prosecution: red needs 24 at the least.")


class Warrant(Charge):
    """A warrant of arrest, or a judgment to be served: its main charge, and the others."""

    stage: Stage = Field(Stage.PROSECUTION, description="Wanted to be prosecuted, or to serve a sentence.")
    issuing_country: Country | None = Field(None, description="ISO 3166-1 alpha-2.", examples=["FR"])
    reference: Text | None = Field(None, description="Of the warrant or judgment.", examples=["TJ-PARIS-2026-1187"])
    issued: PartialDate | None = Field(None, description="When it was issued or given.", examples=["2026-03-02"])
    court: Text | None = Field(None, description="Which court or authority issued it.", examples=["TJ de Marville"])
    further_charges: tuple[Charge, ...] = Field((), max_length=20, description="The other charges.", examples=[[]])
    sentence_imposed_months: Months | None = Field(
        None, description="To serve: what the court imposed; red needs 6 at the least, imposed or remaining."
    )
    sentence_remaining_months: Months | None = Field(
        None, description="To serve: what remains of it; not more than was imposed."
    )

    @property
    def charges(self) -> tuple[Charge, ...]:
        """All charges, the main one first."""
        return (self, *self.further_charges)

    def public(self) -> Self:
        """Return what the public is shown of it: who issued it, and the charges in words."""
        further = tuple(_in_words(charge) for charge in self.further_charges)
        return type(self)(issuing_country=self.issuing_country, further_charges=further, **_words_of(self))


def charges_by_pointer(warrants: Sequence[Warrant]) -> Iterator[tuple[str, Warrant, Charge]]:
    """Yield each charge of warrants, with its JSON pointer in the notice and its warrant."""
    for position, warrant in enumerate(warrants):
        pointer = f"/warrants/{position}"
        yield pointer, warrant, warrant
        for place, charge in enumerate(warrant.further_charges):
            yield f"{pointer}/further_charges/{place}", warrant, charge


def _in_words(charge: Charge) -> Charge:
    return Charge(**_words_of(charge))


def _words_of(charge: Charge) -> dict[str, str | None]:
    return {"charge": charge.charge, "charge_translation": charge.charge_translation}
