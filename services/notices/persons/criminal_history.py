"""The criminal history of a person: of what they are accused, and how it ended."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

from pydantic import Field

from services.notices.offences import Offence
from services.notices.subjects.models import Part
from services.notices.warrants import Months
from shared.codes import Country
from shared.dates import PartialDate
from shared.people import LongText, Text


class CaseOutcome(StrEnum):
    """How a case ended."""

    PENDING = "pending"
    """It has not ended."""

    CONVICTED = "convicted"
    ACQUITTED = "acquitted"
    DISCONTINUED = "discontinued"
    """Closed without a judgment, or the judgment was set aside."""


# RPD article 51: what a person was cleared of is no ground to keep data about them.
CLEARED: Final = frozenset({CaseOutcome.ACQUITTED, CaseOutcome.DISCONTINUED})


class Sentence(Part):
    """What a court imposed: one of its members at the least."""

    imprisonment_months: Months | None = Field(None, description="In months; 1200 stands for life.", examples=[54])
    suspended: bool = Field(False, description="Whether the imprisonment is suspended.", examples=[False])
    fine: Text | None = Field(None, description="Amount and currency.", examples=["12,000 EUR"])
    other: LongText | None = Field(
        None, description="Community service, disqualification, treatment and the like.", examples=[None]
    )

    @property
    def is_stated(self) -> bool:
        """Whether it says what was imposed."""
        return bool(self.imprisonment_months or self.fine or self.other)


class HistoryEntry(Part):
    """One case: the offence, and what became of it."""

    offence: Offence = Field(description="What kind of offence it is.", examples=[{"category": "robbery"}])
    charge: LongText | None = Field(None, description="In the words of the court.", examples=["Vol à main armée"])
    charge_translation: LongText | None = Field(None, description="In English.", examples=["Armed robbery"])
    law: Text | None = Field(None, description="The provision that makes it a crime.", examples=["Code pénal 311-8"])
    date: PartialDate = Field(
        description="When it was committed, as far as is known; not in the future, not before the birth.",
        examples=["2019-06-14"],
    )
    country: Country = Field(description="Whose authorities have the case.", examples=["FR"])
    court: Text | None = Field(
        None, description="Court or authority that decided; a conviction needs it.", examples=["TJ de Vernbourg"]
    )
    reference: Text | None = Field(None, description="Of the case.", examples=["TJ-VERNBOURG-2019-881"])
    decided: PartialDate | None = Field(
        None, description="When it was decided; every outcome but `pending` needs it.", examples=["2020-02-03"]
    )
    outcome: CaseOutcome = Field(
        CaseOutcome.PENDING,
        description="`acquitted` and `discontinued` end the entry: only the owner sees it from then on.",
        examples=["convicted"],
    )
    sentence: Sentence | None = Field(
        None,
        description="A conviction is entered and shown only with its sentence.",
        examples=[{"imprisonment_months": 54}],
    )
    source: Text = Field(
        description="The authority that vouches for the entry.", examples=["Casier judiciaire national"]
    )

    @property
    def is_in_force(self) -> bool:
        """Whether the person was not cleared of it."""
        return self.outcome not in CLEARED


def in_force(history: Iterable[HistoryEntry]) -> tuple[HistoryEntry, ...]:
    """Return the entries of which the person was not cleared: those that others are shown."""
    return tuple(entry for entry in history if entry.is_in_force)


def convictions(history: Iterable[HistoryEntry]) -> tuple[HistoryEntry, ...]:
    """Return the entries of which the person was convicted."""
    return tuple(entry for entry in history if entry.outcome is CaseOutcome.CONVICTED)
