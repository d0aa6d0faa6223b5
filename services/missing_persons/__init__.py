"""Missing persons and unidentified bodies: reported by the bureau that searches for a person or an identity."""

from shared.service import Service

SERVICE = Service(
    package=__name__,
    name="missing-persons",
    summary="Missing persons and unidentified bodies, found by name, description, place and date.",
    verbs=("read", "write", "decide"),
)
