"""Notices: requested by a bureau, reviewed and published by the General Secretariat, read by all."""

from shared.service import Service

SERVICE = Service(
    package=__name__,
    name="notices",
    summary="Notices of all colours: drafted by a bureau, reviewed by the General Secretariat, found by name.",
    # Of a thousand checks in one request.
    deadline_seconds=20.0,
    verbs=("read", "write", "review", "decide"),
)
