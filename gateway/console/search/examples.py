"""Examples of what can be typed into the box: of the synthetic records that a mesh has from its start."""

from typing import Final, NamedTuple

from gateway.console.api import target_of


class Example(NamedTuple):
    """Something to type."""

    text: str
    read_as: str
    """One of the readings."""

    lang: str | None = None

    @property
    def address(self) -> str:
        """The address that searches it."""
        return target_of("/", {"q": self.text})


EXAMPLES: Final = (
    Example("Delacroisière Étienne 02.11.1979", "name"),
    Example("Этьен Делакруазьер 1979", "name", "ru"),
    Example("FZ 512 KL IT", "plate"),
    Example("FZ51*", "plate"),
    Example("ZAR 937000 05123456", "vin"),
    Example("FRA 26XX00417", "document"),
    Example("Glock GXK 204 881", "serial"),
    Example("GB-XX100042-C3-13", "hull"),
    Example('"Harbour in a Storm"', "work"),
    Example("2026/52514", "notice-number"),
    Example("2026/DCPJ/00417", "reference"),
)
