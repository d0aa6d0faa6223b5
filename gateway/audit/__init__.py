"""The audit logs of all services, and the alarms of a bureau's witness."""

from shared.service import Service

SERVICE = Service(
    package=__name__,
    name="audit",
    summary="The audit logs of all services, and the alarms of the bureau's witness.",
    # Its scope is that of the logs of all services.
    verbs=(),
)
