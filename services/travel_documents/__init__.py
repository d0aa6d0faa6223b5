"""Stolen, lost and revoked travel documents and blanks: entered by the issuing country alone, checked at borders."""

from shared.service import Service

SERVICE = Service(
    package=__name__,
    name="travel-documents",
    summary="Stolen, lost and revoked travel documents and ranges of blanks, found by number or machine-readable zone.",
    verbs=("read", "write", "decide", "copy", "screen"),
)
