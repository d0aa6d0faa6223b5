"""The lists of codes as the service answers them: kinds, makes with their models, calibres, each with its synonyms."""

from typing import Final

from pydantic import BaseModel, Field

from shared.codes.listed_names import ListedName, listed_names
from shared.firearms.vocabulary.calibres import CALIBRES
from shared.firearms.vocabulary.kinds import SYNONYMS
from shared.firearms.vocabulary.makes import MAKES


class ListedFirearmMake(ListedName):
    """A make of firearms, the country of its maker, and its models."""

    country: str | None = Field(description="Of the seat of the maker; null if it tells no maker.", examples=["AT"])
    models: tuple[ListedName, ...]


class ListedCalibre(ListedName):
    """A calibre, and for what it is made."""

    made_for: str | None = Field(
        description="`handgun`, `rifle`, `rimfire` (both), `shotgun` or `other`; null if it tells no calibre.",
        examples=["handgun"],
    )


class FirearmCodes(BaseModel):
    """The kinds, makes and calibres that have a standard name; no other make and calibre is accepted."""

    kinds: tuple[ListedName, ...]
    makes: tuple[ListedFirearmMake, ...]
    calibres: tuple[ListedCalibre, ...]


CODES: Final = FirearmCodes(
    kinds=listed_names(SYNONYMS),
    makes=tuple(
        ListedFirearmMake(
            name=make.name, synonyms=tuple(make.synonyms), country=make.country, models=listed_names(make.models)
        )
        for make in MAKES
    ),
    calibres=tuple(
        ListedCalibre(name=each.name, synonyms=tuple(each.synonyms), made_for=each.made_for or None)
        for each in CALIBRES
    ),
)
