"""Fingerprints: filed by the bureau that took them, and compared with those of all bureaus."""

from shared.service import Service

SERVICE = Service(
    package=__name__,
    name="fingerprints",
    summary="Fingerprints, found by an image of one finger.",
    verbs=("read", "write", "decide"),
    deadline_seconds=60.0,
)
