"""Makers of vehicles with their world manufacturer identifiers (ISO 3780) and some of their models."""

from typing import Final, NamedTuple

from services.drawn_texts import Pattern, pattern
from services.stolen_vehicles.models import VehicleKind

# Of a model year before 2010, and from then on: a figure or a letter in position 7 (49 CFR 565.15, table).
_FULL: Final = (pattern("VVV9V"), pattern("VVVLV"))
# Of European makers, who leave places out that they do not use.
_FILLED: Final = (pattern("ZZZ9V"), pattern("ZZZLV"))


class Maker(NamedTuple):
    """One of a maker's identifiers, what it makes under it, and in which years."""

    wmi: str
    make: str
    models: tuple[str, ...]
    kind: VehicleKind = VehicleKind.CAR
    years: tuple[int, int] = (1998, 2026)
    descriptors: tuple[Pattern, Pattern] = _FULL


_MOTORCYCLE: Final = VehicleKind.MOTORCYCLE
_LORRY: Final = VehicleKind.LORRY

# How often each is drawn follows roughly how many of them are on the roads.
MAKERS: Final = (
    *((Maker("WVW", "Volkswagen", ("Golf", "Passat", "Polo", "Tiguan"), descriptors=_FILLED),) * 4),
    *((Maker("JTD", "Toyota", ("Corolla", "Yaris", "RAV4")),) * 3),
    *((Maker("JTE", "Toyota", ("Land Cruiser", "Hilux", "4Runner")),) * 2),
    *((Maker("WBA", "BMW", ("320d", "530i", "X3")),) * 2),
    *((Maker("WDB", "Mercedes-Benz", ("C 220", "E 300", "Sprinter")),) * 2),
    *((Maker("VF1", "Renault", ("Clio", "Megane", "Trafic")),) * 2),
    *((Maker("VF3", "Peugeot", ("208", "308", "3008")),) * 2),
    *((Maker("ZFA", "Fiat", ("500", "Panda", "Tipo")),) * 2),
    *((Maker("KMH", "Hyundai", ("i30", "Tucson", "Accent")),) * 2),
    *((Maker("1FT", "Ford", ("F-150", "Ranger")),) * 2),
    Maker("W1K", "Mercedes-Benz", ("A 180", "C 200", "GLC"), years=(2019, 2026)),
    Maker("WAU", "Audi", ("A3", "A4", "A6", "Q5"), descriptors=_FILLED),
    Maker("WP0", "Porsche", ("911", "Panamera"), descriptors=_FILLED),
    Maker("W0L", "Opel", ("Astra", "Corsa", "Insignia")),
    Maker("WF0", "Ford", ("Fiesta", "Focus", "Transit")),
    Maker("WMW", "MINI", ("Cooper", "Countryman")),
    Maker("WMA", "MAN", ("TGX", "TGS"), _LORRY),
    Maker("ZAR", "Alfa Romeo", ("147", "156", "Giulia", "Stelvio")),
    Maker("ZFF", "Ferrari", ("458", "Portofino")),
    Maker("ZCF", "Iveco", ("Daily", "Stralis"), _LORRY),
    Maker("ZDM", "Ducati", ("Monster", "Multistrada"), _MOTORCYCLE),
    Maker("VF7", "Citroën", ("C3", "C4", "Berlingo")),
    Maker("VSS", "Seat", ("Ibiza", "Leon"), descriptors=_FILLED),
    Maker("TMB", "Skoda", ("Fabia", "Octavia", "Superb")),
    Maker("UU1", "Dacia", ("Duster", "Logan", "Sandero")),
    Maker("YV1", "Volvo", ("V60", "XC60", "XC90")),
    Maker("YS2", "Scania", ("R 450", "S 500"), _LORRY),
    Maker("XLR", "DAF", ("XF", "CF"), _LORRY),
    Maker("SAL", "Land Rover", ("Defender", "Discovery", "Range Rover")),
    Maker("SAJ", "Jaguar", ("XE", "F-Pace")),
    Maker("XTA", "Lada", ("Niva", "Granta", "Vesta")),
    Maker("NMT", "Toyota", ("C-HR", "Corolla")),
    Maker("JHM", "Honda", ("Civic", "Jazz", "CR-V")),
    Maker("JH2", "Honda", ("CB 650", "Africa Twin"), _MOTORCYCLE),
    Maker("JYA", "Yamaha", ("MT-07", "XSR 700"), _MOTORCYCLE),
    Maker("JN1", "Nissan", ("Qashqai", "X-Trail", "Navara")),
    Maker("JMZ", "Mazda", ("2", "3", "CX-5")),
    Maker("JF1", "Subaru", ("Forester", "Outback")),
    Maker("KNA", "Kia", ("Ceed", "Sportage", "Picanto")),
    Maker("LSV", "Volkswagen", ("Lavida", "Santana")),
    Maker("LFV", "Volkswagen", ("Jetta", "Sagitar")),
    Maker("LGX", "BYD", ("Han", "Song"), years=(2010, 2026)),
    Maker("LRW", "Tesla", ("Model 3", "Model Y"), years=(2020, 2026)),
    Maker("MA3", "Suzuki", ("Alto", "Swift", "Baleno")),
    Maker("MAT", "Tata", ("Nexon", "Tiago")),
    Maker("MR0", "Toyota", ("Hilux", "Fortuner")),
    Maker("AAV", "Volkswagen", ("Polo", "Vivo")),
    Maker("AHT", "Toyota", ("Hilux", "Fortuner", "Quantum")),
    Maker("1HG", "Honda", ("Accord", "Civic")),
    Maker("1G1", "Chevrolet", ("Malibu", "Camaro")),
    Maker("1GC", "Chevrolet", ("Silverado", "Colorado")),
    Maker("1C4", "Jeep", ("Wrangler", "Grand Cherokee")),
    Maker("1HD", "Harley-Davidson", ("Sportster", "Road King"), _MOTORCYCLE),
    Maker("2T1", "Toyota", ("Corolla",)),
    Maker("3VW", "Volkswagen", ("Jetta", "Tiguan")),
    Maker("3N1", "Nissan", ("Sentra", "Versa")),
    Maker("4T1", "Toyota", ("Camry", "Avalon")),
    Maker("5YJ", "Tesla", ("Model S", "Model 3"), years=(2012, 2026)),
    Maker("8AJ", "Toyota", ("Hilux",)),
    Maker("9BW", "Volkswagen", ("Gol", "Saveiro")),
    Maker("9BG", "Chevrolet", ("Onix", "S10")),
    Maker("93Y", "Renault", ("Kwid", "Logan")),
)
