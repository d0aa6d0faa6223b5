"""Missing persons and unidentified bodies: reported by the bureau that seeks a person, or a name for a body."""

from shared.service import Service

SERVICE = Service(
    package=__name__,
    name="missing-persons",
    summary="Missing persons and unidentified bodies, found by what is known of them.",
    verbs=("read", "write", "decide"),
)
