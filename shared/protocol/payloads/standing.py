"""The form by which the Secretariat tells a bureau its standing."""

from shared.protocol.payloads.forms import BaseForm, Seconds
from shared.standing import MeasureReason, MeasureServices, Resolution, Standing


class StandingNotice(BaseForm, frozen=True, kw_only=True):
    """From the Secretariat to a bureau: its standing from now on, as the directory states it, and the measure."""

    standing: Standing
    reason: MeasureReason | None = None
    """None of a member, which is under no measure."""

    since: Seconds | None = None
    until: Seconds | None = None
    """When the measure ends without another decision; none if that is open."""

    resolution: Resolution | None = None
    """The resolution of the Executive Committee; none if the Secretary General decided."""

    services: MeasureServices = ()
    """The services that a restriction is for; all if there are none."""
