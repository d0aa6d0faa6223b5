"""Stolen works of art and valuables: entered by the bureau that searches for them, asked by customs and the trade."""

from shared.service import Service

SERVICE = Service(
    package=__name__,
    name="cultural-property",
    summary="Stolen works of art, found by words, maker, size and period, and valuables, found by their numbers.",
    verbs=("read", "write", "decide"),
)
