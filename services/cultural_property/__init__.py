"""Stolen works of art and valuables: entered by the bureau that searches for them, asked by customs and the trade."""

from shared.service import Service

SERVICE = Service(
    package=__name__,
    name="cultural-property",
    summary="Stolen works of art, found by words, maker, size, period or picture, and valuables, found by number.",
    verbs=("read", "write", "decide", "copy"),
    deadline_seconds=20.0,
    partners_enter=True,
)
