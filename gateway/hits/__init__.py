"""Hits: both bureaus are notified when one finds a record of the other, and the owner confirms it."""

from shared.service import Service

SERVICE = Service(
    package=__name__, name="hits", summary="Hits on records of other bureaus, and their confirmation in time."
)
