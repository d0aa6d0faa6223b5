"""Styles of synthetic works of art: types, periods, materials, sizes, and words for titles. No title is a real one."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from services.cultural_property.measurements import Dimension

Sizes = Sequence[tuple[Dimension, tuple[float, float]]]
_FLAT: Final[Sizes] = ((Dimension.HEIGHT, (12, 160)), (Dimension.WIDTH, (10, 210)))
_SHEET: Final[Sizes] = ((Dimension.HEIGHT, (8, 60)), (Dimension.WIDTH, (6, 80)))
_FIGURE: Final[Sizes] = ((Dimension.HEIGHT, (6, 140)), (Dimension.WIDTH, (4, 60)), (Dimension.DEPTH, (3, 50)))
_VESSEL: Final[Sizes] = ((Dimension.HEIGHT, (5, 70)), (Dimension.DIAMETER, (4, 50)))
_LARGE: Final[Sizes] = ((Dimension.HEIGHT, (50, 240)), (Dimension.WIDTH, (40, 260)), (Dimension.DEPTH, (20, 90)))
_SMALL: Final[Sizes] = ((Dimension.DIAMETER, (0.8, 9)), (Dimension.WEIGHT, (2, 120)))
_LONG: Final[Sizes] = ((Dimension.LENGTH, (20, 130)), (Dimension.WIDTH, (3, 45)))

_LANDS: Final = (
    *("River Bend", "Windmill", "Harbour", "Hay Wagon", "Frozen Canal", "Ruined Abbey", "Mountain Pass", "Ferry"),
    *("Ford with Cattle", "Village Street", "Fishing Fleet", "Lighthouse", "Orchard", "Stone Bridge", "Watermill"),
    *("Quarry", "Heath", "Estuary", "Vineyard", "Avenue of Poplars"),
)
_LIGHTS: Final = (
    *("at Dusk", "in a Storm", "in Winter", "in Early Morning Light", "under a Rainbow", "by Moonlight", "in Fog"),
    *("after Rain", "in the Snow", "at Low Tide", "before Harvest", "with Resting Travellers", "with a Shepherd"),
    *("with a White Horse", "with Distant Hills", "in Autumn", "with Two Anglers", "in Full Sail"),
)
_SITTERS: Final = (
    *("Portrait of a Merchant", "Portrait of a Scholar", "Portrait of a Widow", "Portrait of a Young Musician"),
    *("Portrait of a Surgeon", "Portrait of an Admiral", "Portrait of Two Sisters", "Portrait of a Bishop"),
    *("Portrait of a Girl", "Portrait of a Goldsmith", "Portrait of an Old Man", "Portrait of a Boy"),
)
_WITH: Final = (
    *("with a Letter", "with a Red Cap", "in a Ruff", "with a Globe", "holding a Carnation", "with a Dog"),
    *("before a Curtain", "in a Fur Collar", "with a Lute", "in Profile", "with a Skull", "in Black Silk"),
    *("with Gloves", "at a Window", "with a Pearl Chain", "with a Book"),
)
_TABLES: Final = (
    *("Still Life", "Breakfast Piece", "Flower Piece", "Vanitas", "Kitchen Piece", "Hunting Piece"),
    *("Bouquet", "Fruit Piece"),
)
_LAID: Final = (
    *("with a Lobster", "with Tulips and Shells", "with a Peeled Lemon", "with a Pewter Jug", "with Peaches"),
    *("with a Snuffed Candle", "with Oysters", "with a Nautilus Cup", "with Grapes and a Snail", "with a Violin"),
    *("with Poppies", "with a Hare", "with Cheese and Bread"),
)
_SAINTS: Final = (
    *("Adoration of the Shepherds", "Flight into Egypt", "Annunciation", "Crucifixion", "Entombment"),
    *("Saint with a Dragon", "Saint in the Desert", "Holy Family", "Last Supper", "Resurrection", "Visitation"),
)
_ON: Final = (
    *("in a Landscape", "with Donors", "on a Gold Ground", "with Four Angels", "in an Arch", "from a Triptych"),
    *("with a Kneeling Monk", "by Night", "with a Walled City", "on Copper"),
)
_FIGURES: Final = (
    *("Dancing Faun", "Reclining Figure", "Seated Goddess", "Standing Warrior", "Horse and Rider", "Mother and Child"),
    *("Bust of a Senator", "Head of a Youth", "Lion", "Bather", "Guardian", "Owl", "Wrestlers", "Flute Player"),
)
_POSED: Final = (
    *("on a Plinth", "with Raised Arm", "with a Shield", "fragment", "on a Shell", "with Inlaid Eyes"),
    *("in Motion", "with a Diadem", "on a Marble Base", "with Drapery", "without Arms"),
)
_WARES: Final = (
    *("Jar", "Bowl", "Vase", "Plate", "Ewer", "Amphora", "Flask", "Tureen", "Krater", "Portrait Head Jar"),
)
_ADORNED: Final = (
    *("with Dragons", "with Blue Flowers", "with Palmettes", "with a Chariot Race", "with Cranes", "with Fish"),
    *("with Geometric Bands", "with Stirrup Spout", "with Hunting Scene", "with Lotus", "with Mask Handles"),
)
_PIECES: Final = ("Chest", "Cabinet", "Armchair", "Table Clock", "Longcase Clock", "Mirror", "Desk", "Candelabrum")
_BUILT: Final = (
    *("with Marquetry", "with Lion Feet", "with Brass Inlay", "with Secret Drawer", "with Painted Panels"),
    *("with Carved Crest", "with Gilt Mounts", "with Cabriole Legs"),
)
_SACRED: Final = ("Chalice", "Monstrance", "Reliquary", "Censer", "Processional Cross", "Icon", "Ciborium")
_BLESSED: Final = (
    *("with Enamel Medallions", "with Grape Vines", "of a Martyr", "of the Four Evangelists", "with Rock Crystal"),
    *("with Silver Cover", "of the Guiding Mother", "with Engraved Foot"),
)
_STRUCK: Final = ("Tetradrachm", "Ducat", "Solidus", "Thaler", "Brooch", "Signet Ring", "Medal", "Fibula", "Pendant")
_SHOWN: Final = (
    *(
        "with an Owl",
        "with a Ship",
        "with a Crowned Eagle",
        "with a Kneeling King",
        "with Garnets",
        "with Entwined Snakes",
    ),
    *("with a Winged Horse", "with a Sheaf", "with a Double Portrait"),
)
_WRITTEN: Final = (
    "Psalter",
    "Herbal",
    "Portolan Chart",
    "Book of Hours",
    "Atlas",
    "Prayer Scroll",
    "Deed",
    "Chronicle",
)
_BOUND: Final = (
    *("in Red Morocco", "with Gilt Edges", "with Marginal Notes", "on Vellum", "with Hand-Coloured Plates"),
    *("lacking Two Leaves", "with Clasps", "with a Wax Seal"),
)
_HELD: Final = ("Violin", "Sabre", "Helmet", "Astrolabe", "Dagger", "Flute", "Telescope", "Lute", "Shield")
_WORKED: Final = (
    *("with Scroll Head", "with Damascened Blade", "in its Case", "with Ivory Pegs", "with Engraved Limb"),
    *("with Silver Wire", "with Lacquered Back", "with a Crest"),
)


class Style(NamedTuple):
    """One style: what its works are, when and of what they are made, and what their titles are made of."""

    type: str
    subtype: str | None
    period: str | None
    years: tuple[int, int]
    materials: tuple[str, ...]
    techniques: tuple[str, ...]
    sizes: Sizes
    motifs: Sequence[str]
    settings: Sequence[str]
    has_makers: bool = True


STYLES: Final = (
    Style("painting", "landscape", None, (1610, 1930), ("oil paint", "canvas"), ("painted",), _FLAT, _LANDS, _LIGHTS),
    Style("painting", "marine", "Golden Age", (1610, 1700), ("oil paint", "oak"), ("painted",), _FLAT, _LANDS, _LIGHTS),
    Style("painting", "portrait", None, (1500, 1960), ("oil paint", "wood"), ("painted",), _FLAT, _SITTERS, _WITH),
    Style("painting", "still life", None, (1600, 1940), ("oil paint", "canvas"), ("painted",), _FLAT, _TABLES, _LAID),
    Style(
        "painting",
        "religious scene",
        None,
        (1300, 1750),
        ("tempera", "wood"),
        ("painted", "gilded"),
        _FLAT,
        _SAINTS,
        _ON,
    ),
    Style("drawing", "watercolour", None, (1750, 1960), ("watercolour paint", "paper"), (), _SHEET, _LANDS, _LIGHTS),
    Style("drawing", "sketch", None, (1480, 1960), ("chalk", "paper"), (), _SHEET, _FIGURES, _POSED),
    Style("print", "etching", None, (1500, 1970), ("ink", "paper"), ("etched", "printed"), _SHEET, _LANDS, _LIGHTS),
    Style("print", "lithograph", None, (1810, 1990), ("ink", "paper"), ("printed",), _SHEET, _SITTERS, _WITH),
    Style(
        "icon", None, None, (1500, 1900), ("tempera", "limewood"), ("painted",), _SHEET, _SAINTS, _ON, has_makers=False
    ),
    Style("sculpture", "statuette", None, (1500, 1980), ("bronze",), ("cast",), _FIGURE, _FIGURES, _POSED),
    Style(
        "sculpture", "bust", "Roman", (-50, 300), ("marble",), ("carved",), _FIGURE, _FIGURES, _POSED, has_makers=False
    ),
    Style(
        "sculpture",
        "relief",
        "Khmer",
        (900, 1250),
        ("sandstone",),
        ("carved",),
        _FIGURE,
        _FIGURES,
        _POSED,
        has_makers=False,
    ),
    Style(
        "pottery",
        "amphora",
        "Attic",
        (-560, -400),
        ("terracotta",),
        ("thrown", "painted"),
        _VESSEL,
        _WARES,
        _ADORNED,
        has_makers=False,
    ),
    Style(
        "pottery",
        "portrait head jar",
        "Moche",
        (200, 700),
        ("earthenware",),
        ("moulded",),
        _VESSEL,
        _WARES,
        _ADORNED,
        has_makers=False,
    ),
    Style(
        "porcelain",
        "porcelain vase",
        "Qing",
        (1644, 1911),
        ("porcelain paste",),
        ("glazed",),
        _VESSEL,
        _WARES,
        _ADORNED,
        has_makers=False,
    ),
    Style("furniture", "chest", None, (1650, 1850), ("oak", "brass"), ("carved",), _LARGE, _PIECES, _BUILT),
    Style("clock", "bracket clock", None, (1680, 1900), ("ebony", "gilt metal"), ("inlaid",), _FIGURE, _PIECES, _BUILT),
    Style(
        "religious object", "chalice", None, (1200, 1900), ("silver-gilt",), ("embossed",), _VESSEL, _SACRED, _BLESSED
    ),
    Style(
        "religious object",
        "reliquary",
        None,
        (1100, 1700),
        ("gold", "enamel"),
        ("enamelled",),
        _FIGURE,
        _SACRED,
        _BLESSED,
        has_makers=False,
    ),
    Style(
        "coin",
        "silver coin",
        "Hellenistic",
        (-330, -60),
        ("silver",),
        ("struck",),
        _SMALL,
        _STRUCK,
        _SHOWN,
        has_makers=False,
    ),
    Style("jewellery", "brooch", None, (1780, 1970), ("gold", "diamond"), ("cut",), _SMALL, _STRUCK, _SHOWN),
    Style(
        "manuscript",
        "illuminated leaf",
        None,
        (1150, 1550),
        ("parchment", "ink"),
        ("illuminated",),
        _SHEET,
        _WRITTEN,
        _BOUND,
        has_makers=False,
    ),
    Style("map", "nautical chart", None, (1450, 1750), ("ink", "parchment"), ("printed",), _SHEET, _WRITTEN, _BOUND),
    Style("textile", "tapestry", None, (1480, 1780), ("wool", "silk"), ("woven",), _LARGE[:2], _SAINTS, _ON),
    Style("arms and armour", "sword", None, (1400, 1880), ("steel", "silver"), ("engraved",), _LONG, _HELD, _WORKED),
    Style("musical instrument", "violin", None, (1650, 1930), ("wood",), (), _LONG, _HELD, _WORKED),
    Style(
        "ethnographic object",
        "mask",
        None,
        (1850, 1960),
        ("wood",),
        ("carved",),
        _FIGURE,
        _FIGURES,
        _POSED,
        has_makers=False,
    ),
    Style(
        "archaeological object",
        "stele",
        "South Arabian",
        (-300, 300),
        ("alabaster",),
        ("carved",),
        _FIGURE,
        _FIGURES,
        _POSED,
        has_makers=False,
    ),
)
