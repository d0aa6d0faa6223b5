"""The crimes of synthetic notices: charge, gravity and facts, all under ordinary law."""

from random import Random
from typing import Final, NamedTuple

from services.notices.offences import OffenceCategory
from services.notices.screening.provisions import PROVISIONS

# Of ordinary law: the screening knows others.
_KNOWN: Final = {section for of_country in PROVISIONS.values() for section in of_country}
_SECTIONS: Final = [section for section in map(str, range(100, 400)) if section not in _KNOWN]


class Crime(NamedTuple):
    """An offence, its charge, and what happened; `{n}` stands for a number."""

    category: OffenceCategory
    charge: str
    maximum_months: int
    facts: str
    in_french: str


CRIMES: Final = (
    Crime(
        OffenceCategory.ROBBERY,
        "Armed robbery",
        120,
        "Held up a jeweller's shop with two others and fled by car.",
        "A attaqué une bijouterie avec deux complices.",
    ),
    Crime(
        OffenceCategory.DRUGS,
        "Trafficking in narcotics",
        180,
        "Organised the transport of {n} kg of cocaine in a container of fruit.",
        "A organisé le transport de {n} kg de cocaïne.",
    ),
    Crime(
        OffenceCategory.FRAUD,
        "Fraud",
        60,
        "Sold holiday flats that were never built to {n} buyers.",
        "A vendu à {n} acheteurs des appartements jamais construits.",
    ),
    Crime(
        OffenceCategory.HUMAN_TRAFFICKING,
        "Trafficking in human beings",
        240,
        "Recruited {n} workers with false promises and kept their passports.",
        "A recruté {n} ouvriers par de fausses promesses.",
    ),
    Crime(
        OffenceCategory.MONEY_LAUNDERING,
        "Money laundering",
        96,
        "Moved the proceeds of burglaries through {n} car washes.",
        "A fait passer le produit de vols par {n} stations de lavage.",
    ),
    Crime(
        OffenceCategory.HOMICIDE,
        "Manslaughter",
        180,
        "Struck a guest in a quarrel at a bar, who died in hospital.",
        "A frappé un client d'un bar, mort à l'hôpital.",
    ),
    Crime(
        OffenceCategory.BURGLARY,
        "Theft by burglary",
        84,
        "Broke into {n} warehouses at night and took telephones by the pallet.",
        "A cambriolé {n} entrepôts la nuit.",
    ),
    Crime(
        OffenceCategory.FIREARMS,
        "Trafficking in firearms",
        120,
        "Sold {n} converted pistols from a workshop.",
        "A vendu {n} pistolets transformés.",
    ),
    Crime(
        OffenceCategory.KIDNAPPING,
        "Kidnapping",
        240,
        "Held a merchant in a cellar for {n} days and asked for money.",
        "A retenu un marchand {n} jours dans une cave.",
    ),
    Crime(
        OffenceCategory.MIGRANT_SMUGGLING,
        "Smuggling of migrants",
        120,
        "Took {n} people over the border in a lorry without air.",
        "A fait passer la frontière à {n} personnes dans un camion.",
    ),
    Crime(
        OffenceCategory.CYBERCRIME,
        "Computer fraud",
        72,
        "Encrypted the files of {n} clinics and asked for money.",
        "A chiffré les fichiers de {n} cliniques.",
    ),
    Crime(
        OffenceCategory.VEHICLE_CRIME,
        "Theft of vehicles",
        60,
        "Exported {n} stolen cars under copied papers.",
        "A exporté {n} voitures volées.",
    ),
    Crime(
        OffenceCategory.COUNTERFEITING,
        "Counterfeiting of currency",
        120,
        "Printed {n} thousand notes of 50 EUR.",
        "A imprimé {n} mille billets de 50 EUR.",
    ),
    Crime(
        OffenceCategory.EXTORTION,
        "Extortion",
        96,
        "Threatened {n} shopkeepers with fire.",
        "A menacé {n} commerçants d'incendie.",
    ),
    Crime(
        OffenceCategory.CULTURAL_PROPERTY,
        "Theft of cultural property",
        84,
        "Took {n} figures from a church by night.",
        "A volé {n} statues dans une église.",
    ),
)


def synthetic_law(random: Random) -> str:
    """Return the provision of a charge."""
    return f"Criminal code, section {random.choice(_SECTIONS)}"
