"""What a notice says in detail in the public notices API, as programs written for INTERPOL's own expect it."""

from collections.abc import Sequence
from typing import Final

from pydantic import BaseModel, Field

DATE: Final = Field(description="`YYYY/MM/DD`, `YYYY/MM` or `YYYY`, as far as it is known.", examples=["1987/04/19"])
CODES: Final = Field(description="ISO 3166-1 alpha-2; null if unknown.", examples=[["FR"]])


class PublicWarrant(BaseModel):
    """A charge of a warrant."""

    issuing_country_id: str | None = Field(examples=["FR"])
    charge: str | None = Field(examples=["Vol avec arme"])
    charge_translation: str | None = Field(examples=["Armed robbery"])


class PersonMembers(BaseModel):
    """What notices of all three kinds say of a person; of an entity the name alone is known."""

    forename: str | None = Field(examples=["Jean Marie"])
    name: str | None = Field(examples=["Dupont"])
    date_of_birth: str | None = DATE
    nationalities: list[str] | None = CODES
    sex_id: str | None = Field(description="M, F or U.", examples=["M"])
    country_of_birth_id: str | None = Field(examples=["FR"])
    place_of_birth: str | None = Field(examples=["Marville"])
    height: float = Field(description="In metres; 0 if unknown.", examples=[1.72])
    weight: int = Field(description="In kilograms; 0 if unknown.", examples=[64])
    distinguishing_marks: str | None = Field(examples=["scar on the left forearm"])
    eyes_colors_id: list[str] | None = Field(examples=[["BRO"]])
    hairs_id: list[str] | None = Field(examples=[["BLA"]])
    languages_spoken_ids: list[str] | None = Field(description="ISO 639-2/B.", examples=[["FRE"]])


class FamilyMembers(PersonMembers):
    """What yellow and UN notices say of the parents."""

    father_forename: str | None = Field(examples=["Marcel"])
    mother_forename: str | None = Field(examples=["Alice"])
    mother_name: str | None = Field(examples=["Morel"])


class RedMembers(PersonMembers):
    """What a red notice says."""

    arrest_warrants: Sequence[PublicWarrant] = Field(description="One for each charge.")


class YellowMembers(FamilyMembers):
    """What a yellow notice says."""

    birth_name: str | None = Field(examples=["Martin"])
    date_of_event: str | None = DATE
    place: str | None = Field(description="Where the person was last.", examples=["Marville, railway station"])
    country: str | None = Field(examples=["FR"])


class UnMembers(FamilyMembers):
    """What an INTERPOL-United Nations Security Council special notice says."""

    un_reference: str | None = Field(examples=["QDi.999"])
    un_resolution: int | str | None = Field(description="A number if it is one.", examples=[1267])
    aliases: list[str] = Field(examples=[["Blue Harbour"]])
    name_at_birth: str | None = Field(examples=["Martin"])
    name_in_original_script: str | None = Field(examples=["Жан Дюпон"])
