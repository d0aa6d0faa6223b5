"""The audit logs of all services at once, and what a bureau's witness found against one of them."""

from shared.service import Service

SERVICE = Service(
    package=__name__,
    name="audit",
    summary="The audit logs of all services at once, and alarms of the bureau's own witness.",
    # The scope that is needed is that of the logs of all services.
    verbs=(),
)
