"""Stolen motor vehicles: entered by the bureau that searches for them, checked at borders and on roads."""

from shared.service import Service

SERVICE = Service(
    package=__name__,
    name="stolen-vehicles",
    summary="Stolen motor vehicles, found by VIN, plate or engine number.",
    verbs=("read", "write", "decide", "copy"),
)
