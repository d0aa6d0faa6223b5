"""Stolen vehicles, vessels and engines: entered by the bureau that searches for them, checked at borders."""

from shared.service import Service

SERVICE = Service(
    package=__name__,
    name="stolen-vehicles",
    summary="Stolen vehicles, vessels and outboard engines, found by their numbers.",
    verbs=("read", "write", "decide", "copy"),
)
