"""Who issues travel documents: the codes that are printed in machine-readable zones, each with the bureau that enters.

ICAO Doc 9303, part 3, section 5: the three letters of ISO 3166-1, but D of Germany, and codes of organisations. UTO is
the country of the specimens in that document: it is searched, and nobody enters its documents.
"""

from collections.abc import Mapping
from functools import cache
from typing import Annotated, Final

from pydantic import AfterValidator, BaseModel, Field

from shared.bureaus import MEMBERS, SECRETARIAT, Bureau, BureauCode
from shared.codes import lists
from shared.codes.countries import ALPHA_2_OF, COUNTRIES
from shared.codes.documents import BRITISH, KOSOVO, ORGANISATIONS
from shared.patterns import in_words

GERMANY: Final = "D"
SPECIMEN: Final = "UTO"
INTERPOL: Final = "XPO"


class ListedIssuer(BaseModel):
    """An issuer of travel documents."""

    code: str = Field(description="As printed in the machine-readable zone.", examples=["FRA"])
    name: str = Field(examples=["France"])
    bureau: Bureau | None = Field(
        description="The only bureau that enters its documents; null if it has none in this network."
    )


def _bureau_of(country: str) -> BureauCode | None:
    return BureauCode(country) if country in MEMBERS else None


def _listed() -> Mapping[str, ListedIssuer]:
    issuers = [
        ListedIssuer(code=GERMANY if country == "DE" else code, name=COUNTRIES[country], bureau=_bureau_of(country))
        for code, country in ALPHA_2_OF.items()
    ]
    issuers += [ListedIssuer(code=code, name=name, bureau=BureauCode("GB")) for code, name in BRITISH.items()]
    others = {**KOSOVO, **ORGANISATIONS, SPECIMEN: "Utopia, the country of specimens"}
    issuers += [
        ListedIssuer(code=code, name=name, bureau=SECRETARIAT if code == INTERPOL else None)
        for code, name in others.items()
    ]
    return {issuer.code: issuer for issuer in sorted(issuers, key=lambda issuer: issuer.code)}


ISSUERS: Final = _listed()

DocumentIssuer = Annotated[
    str,
    Field(
        pattern=in_words("^[A-Z]{1,3}$", "must be a code of an issuer, such as FRA, or D of Germany"),
        description="As printed in the machine-readable zone (ICAO Doc 9303, part 3): three letters, but `D` of "
        "Germany; `GET /api/travel-documents/codes` lists them.",
        examples=["FRA"],
    ),
    AfterValidator(lists.PRINTED_ISSUER.checked),
]


def bureau_of(issuer: str) -> BureauCode | None:
    """Return the only bureau that enters the documents of an issuer, or None."""
    return ISSUERS[issuer].bureau


@cache
def first_issuer_of(bureau: BureauCode) -> str | None:
    """Return the issuer whose documents a bureau enters if it states none: its country, not a part of it."""
    if bureau == "GB":
        return "GBR"
    return next((issuer.code for issuer in ISSUERS.values() if issuer.bureau == bureau), None)
