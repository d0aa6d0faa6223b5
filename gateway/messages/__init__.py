"""Bureau to bureau: sealed messages that are never lost, and can be proven."""

from shared.service import Service

SERVICE = Service(
    package=__name__,
    name="messages",
    summary="Sealed messages from bureau to bureau, with signed receipts.",
)
