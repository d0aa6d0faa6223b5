"""Hits: what one bureau found of another's, made known to both, and confirmed by the owner before anyone acts on it."""

from shared.service import Service

SERVICE = Service(
    package=__name__,
    name="hits",
    summary="Hits on records of other bureaus, and their confirmation against the clock.",
)
