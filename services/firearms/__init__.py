"""Firearms lost, stolen, trafficked or smuggled: found by their numbers."""

from shared.service import Service

SERVICE = Service(
    package=__name__,
    name="firearms",
    summary="Lost, stolen, trafficked and smuggled firearms, found by serial number, make and calibre.",
    verbs=("read", "write", "decide", "copy"),
)
