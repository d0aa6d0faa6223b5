"""Data subject requests to the Commission for the Control of INTERPOL's Files (CCF)."""

from shared.service import Service

SERVICE = Service(
    package=__name__,
    name="subject-requests",
    summary="Requests of persons for access to their data, its correction or deletion: for the Commission alone.",
)
