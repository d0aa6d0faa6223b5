"""Lines of firearms: a make with some of its models, their calibres, and the form of their serial numbers."""

from typing import Final, NamedTuple

from services.drawn_texts import Pattern, pattern
from shared.firearms.words import Action, FirearmKind


class Line(NamedTuple):
    """Firearms of a make that have one form of serial numbers."""

    make: str
    country: str
    kind: FirearmKind
    action: Action
    models: tuple[str, ...]
    calibres: tuple[str, ...]
    serial: Pattern
    years: tuple[int, int] = (1970, 2026)


_PISTOL: Final = (FirearmKind.PISTOL, Action.SEMI_AUTOMATIC)
_REVOLVER: Final = (FirearmKind.REVOLVER, Action.REVOLVING)
_BOLT: Final = (FirearmKind.RIFLE, Action.BOLT)
_SELF_LOADING: Final = (FirearmKind.RIFLE, Action.SEMI_AUTOMATIC)
_ASSAULT: Final = (FirearmKind.ASSAULT_RIFLE, Action.SELECTIVE)
_PUMP: Final = (FirearmKind.SHOTGUN, Action.PUMP)
_BREAK: Final = (FirearmKind.SHOTGUN, Action.BREAK)
_NINE: Final = ("9 mm Luger",)

# How often each is drawn follows roughly how many of them are sought.
LINES: Final = (
    *((Line("Glock", "AT", *_PISTOL, ("17", "19", "26", "43X"), _NINE, pattern("LLL999"), (1982, 2026)),) * 4),
    Line("Glock", "AT", *_PISTOL, ("22", "23", "27"), (".40 S&W",), pattern("LLLL999"), (1990, 2026)),
    *((Line("Beretta", "IT", *_PISTOL, ("92", "Px4 Storm", "APX"), _NINE, pattern("L99999Z"), (1976, 2026)),) * 3),
    Line("Beretta", "IT", *_PISTOL, ("70", "81", "950"), (".32 ACP", ".25 ACP"), pattern("L99999"), (1958, 1992)),
    *((Line("Smith & Wesson", "US", *_REVOLVER, ("10", "36", "686"), (".38 Special",), pattern("LLL9999")),) * 3),
    Line("Smith & Wesson", "US", *_PISTOL, ("Shield", "M&P 9", "SD9 VE"), _NINE, pattern("LLL9999"), (2005, 2026)),
    Line("Colt", "US", *_PISTOL, ("Government", "Commander"), (".45 ACP",), pattern("9999999L"), (1911, 2026)),
    Line(
        "Colt", "US", *_REVOLVER, ("Python", "Cobra"), (".357 Magnum", ".38 Special"), pattern("L99999"), (1955, 2005)
    ),
    *((Line("Ruger", "US", *_PISTOL, ("LCP", "LC9", "SR9"), (".380 ACP", "9 mm Luger"), pattern("399-99999")),) * 2),
    Line("Ruger", "US", *_SELF_LOADING, ("10/22", "Mini-14"), (".22 LR", ".223 Remington"), pattern("199-99999")),
    *((Line("Taurus", "BR", *_PISTOL, ("PT 92", "G2", "G3"), _NINE, pattern("LLL99999"), (1983, 2026)),) * 2),
    Line("Taurus", "BR", *_REVOLVER, ("82", "85", "605"), (".38 Special", ".357 Magnum"), pattern("LL999999")),
    *((Line("CZ", "CZ", *_PISTOL, ("75", "85", "P-10"), _NINE, pattern("L999999"), (1975, 2026)),) * 2),
    Line(
        "CZ",
        "CZ",
        FirearmKind.SUBMACHINE_GUN,
        Action.SELECTIVE,
        ("Vz. 61",),
        (".32 ACP",),
        pattern("99999"),
        (1961, 1979),
    ),
    Line("Walther", "DE", *_PISTOL, ("PP", "PPK", "P22"), (".32 ACP", ".22 LR"), pattern("199999L"), (1929, 2026)),
    Line("Walther", "DE", *_PISTOL, ("P99", "PPQ", "PDP"), _NINE, pattern("FLL9999"), (1997, 2026)),
    Line("Heckler & Koch", "DE", *_PISTOL, ("USP", "P30", "SFP9"), _NINE, pattern("999-999999"), (1993, 2026)),
    Line("Heckler & Koch", "DE", *_ASSAULT, ("G3", "G36"), ("7.62x51 NATO", "5.56x45 NATO"), pattern("99-999999")),
    Line("SIG Sauer", "CH", *_PISTOL, ("P226", "P229", "P320"), _NINE, pattern("LL 999 999"), (1984, 2026)),
    Line(
        "FN Herstal", "BE", *_PISTOL, ("GP 35", "1910"), ("9 mm Luger", ".32 ACP"), pattern("999LL99999"), (1910, 2017)
    ),
    Line(
        "FN Herstal", "BE", *_ASSAULT, ("FAL", "FNC"), ("7.62x51 NATO", "5.56x45 NATO"), pattern("999999"), (1953, 2026)
    ),
    *(
        (Line("Izhmash", "RU", *_ASSAULT, ("AKM", "AK-74"), ("7.62x39", "5.45x39"), pattern("999999"), (1959, 2026)),)
        * 3
    ),
    *((Line("Zastava", "RS", *_ASSAULT, ("M70", "M92"), ("7.62x39",), pattern("\\C-999999"), (1970, 2026)),) * 3),
    Line(
        "Zastava", "RS", *_PISTOL, ("CZ 99", "M57"), ("9 mm Luger", "7.62x25 Tokarev"), pattern("L-99999"), (1957, 2026)
    ),
    Line("Norinco", "CN", *_ASSAULT, ("Type 56",), ("7.62x39",), pattern("19999999"), (1956, 2010)),
    Line("Norinco", "CN", *_PISTOL, ("Type 54",), ("7.62x25 Tokarev",), pattern("19999999"), (1954, 2010)),
    Line("Tokarev", "RU", *_PISTOL, ("TT-33",), ("7.62x25 Tokarev",), pattern("КК 9999"), (1933, 1954)),
    Line("Makarov", "RU", *_PISTOL, ("PM",), ("9x18 Makarov",), pattern("KK 9999"), (1951, 2012)),
    Line(
        "Zoraki",
        "TR",
        FirearmKind.GAS_OR_BLANK_PISTOL,
        Action.SEMI_AUTOMATIC,
        ("906", "914"),
        ("9 mm P.A.K.",),
        pattern("9999-999999"),
        (2002, 2026),
    ),
    Line(
        "Ekol",
        "TR",
        FirearmKind.GAS_OR_BLANK_PISTOL,
        Action.SEMI_AUTOMATIC,
        ("Firat",),
        ("9 mm P.A.K.",),
        pattern("\\E\\V-99999999"),
        (2002, 2026),
    ),
    Line("Mauser", "DE", *_BOLT, ("K98", "M98"), ("8x57 IS",), pattern("9999L"), (1935, 1970)),
    Line(
        "Remington",
        "US",
        *_BOLT,
        ("700",),
        (".308 Winchester", ".30-06 Springfield"),
        pattern("L9999999"),
        (1962, 2026),
    ),
    Line("Remington", "US", *_PUMP, ("870",), ("12 gauge", "20 gauge"), pattern("L999999\\M"), (1950, 2026)),
    Line("Mossberg", "US", *_PUMP, ("500", "590"), ("12 gauge", ".410 bore"), pattern("L999999"), (1961, 2026)),
    Line("Baikal", "RU", *_BREAK, ("IZH-27",), ("12 gauge", "16 gauge"), pattern("L99999"), (1973, 2026)),
    Line(
        "Winchester",
        "US",
        FirearmKind.RIFLE,
        Action.LEVER,
        ("1894",),
        (".30-30 Winchester",),
        pattern("1999999"),
        (1894, 2006),
    ),
    Line("Tikka", "FI", *_BOLT, ("T3",), (".308 Winchester", "6.5x55 SE"), pattern("999999"), (2003, 2026)),
    Line("IMI", "IL", FirearmKind.SUBMACHINE_GUN, Action.SELECTIVE, ("Uzi",), _NINE, pattern("999999"), (1954, 2010)),
)
