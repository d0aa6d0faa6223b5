"""Messages: sealed, from bureau to bureau, never lost, and provable."""

from shared.service import Service

SERVICE = Service(
    package=__name__, name="messages", summary="Sealed messages from bureau to bureau, with signed receipts."
)
