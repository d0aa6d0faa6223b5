"""What each alarm means, and what an auditor does about it. The meanings are those of `docs/reference/alarms.md`."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from gateway.console.listing import Column


def _(text: str) -> str:
    return text


COLUMNS: Final = (
    Column("last", _("Last raised"), lambda alarm: alarm["last"]),
    Column("service", _("About"), lambda alarm: alarm["service"]),
    Column("fault", _("Alarm"), lambda alarm: alarm["fault"]),
    Column("says", _("What was seen"), lambda alarm: alarm["says"]),
    Column("first", _("First raised"), lambda alarm: alarm["first"]),
    Column("times", _("How often"), lambda alarm: alarm["times"]),
)
_KEEP: Final = _(
    "Keep the two checkpoints: both are signed, and together they prove it. Compare them with those of other "
    "witnesses, and ask the General Secretariat to explain."
)
_BROKER: Final = _("Ask who runs the broker what was changed, and who did it.")
_CAPACITY: Final = _("Ask who runs the broker whether the participant or its program is at fault.")
_DIRECTORY: Final = _(
    "Trust no new key until it is explained: compare the directory with that of another bureau, and call the General "
    "Secretariat."
)
_CLOCK: Final = _("Ask who runs the machine to set its clock.")
_UNKNOWN: Final = _("The meaning of this alarm is not known here.")
_UNKNOWN_ADVICE: Final = _("Ask who administers your gateway.")


class Meaning(NamedTuple):
    """What an alarm means, and what to do; in English: the keys of their translations."""

    says: str
    advice: str


OF_SERVICE: Final = {
    "shrunk": Meaning(_("The audit log showed fewer entries than its service had signed."), _KEEP),
    "forked": Meaning(_("The service signed two different logs of one size."), _KEEP),
    "rewritten": Meaning(_("The larger log does not begin with the smaller one."), _KEEP),
    "unproven": Meaning(
        _("For a minute the service did not prove that its log only grew."),
        _("Wait for some minutes: a restart can cause it. If it lasts, ask the operator of the service."),
    ),
    "unsigned": Meaning(
        _("A checkpoint is not signed by the service."), _("Ask the operator of the service which key signed it.")
    ),
    "unreadable": Meaning(
        _("What the service returned is no checkpoint."), _("Ask the operator of the service what it sent.")
    ),
    "new-log": Meaning(
        _("The log was retired and another one opened. Entries that your bureau had seen may be lost."),
        _("Read the reason in the first entry of the new log, and ask the operator of the service what was lost."),
    ),
    "altered": Meaning(
        _("An entry is not the one that the service signed."),
        _("Download the evidence, and verify it offline. It proves to anybody that the log was altered."),
    ),
    "disclosure-gap": Meaning(
        _("It is not proven that the list of disclosures of your bureau has no gap."),
        _("Your bureau may not know of all who saw its records. Ask the operator of the service to prove the list."),
    ),
    "forged-answer": Meaning(
        _("An answer to an officer of your bureau was not one that the service may give, and was refused."),
        _("Ask the operator of the service whether its program and your gateway are of the same version."),
    ),
}
OF_BROKER: Final = {
    "stream-changed": Meaning(_("The configuration of a stream was wrong, and was corrected."), _BROKER),
    "stream-unknown": Meaning(_("A stream was not planned, and was removed."), _BROKER),
    "stream-lost": Meaning(_("A stream was missing, and was made again."), _BROKER),
    "consumer-changed": Meaning(_("The configuration of a consumer was wrong, and was corrected."), _BROKER),
    "consumer-unknown": Meaning(_("A consumer was not planned, and was removed."), _BROKER),
    "consumer-lost": Meaning(_("A consumer was missing, and was made again."), _BROKER),
    "post-over-quota": Meaning(_("A sender sent more than it may. The rest is still in its outbox."), _CAPACITY),
    "rate-exceeded": Meaning(_("A participant sent faster than it may, and is paused."), _CAPACITY),
    "server-missing": Meaning(
        _("A server of the broker does not reply. If another one fails, nothing is stored."),
        _("Ask who runs the broker to start the server again."),
    ),
    "unattended": Meaning(
        _("For 15 seconds nobody could check the broker, or no relay answered."),
        _("Ask who runs the broker whether the relay runs."),
    ),
}
OF_DIRECTORY: Final = {
    "forked": Meaning(_("The root key signed two directories that contradict each other."), _DIRECTORY),
    "false-entry": Meaning(_("A key was entered for your bureau that its gateway does not have."), _DIRECTORY),
    "not-vouched": Meaning(_("A key was entered that no key in force countersigned."), _DIRECTORY),
    "not-logged": Meaning(_("An entry of the directory is not in its log."), _DIRECTORY),
    "withheld": Meaning(_("Entries of the log of the directory are not shown."), _DIRECTORY),
    "shrunk": Meaning(_("An older directory is shown."), _DIRECTORY),
    "unreadable": Meaning(_("An entry of the log of the directory cannot be read."), _DIRECTORY),
    "unwitnessed": Meaning(_("Too few other bureaus cosigned the directory."), _DIRECTORY),
}
OF_CLOCK: Final = {
    "clock-off": Meaning(_("The clock is wrong by more than 30 seconds."), _CLOCK),
    "clock-not-proven": Meaning(_("Too few clocks answered to decide it. What cannot be undone waits."), _CLOCK),
}
_OF: Final[Mapping[str, Mapping[str, Meaning]]] = {
    "broker": OF_BROKER,
    "directory": OF_DIRECTORY,
    "gateway": OF_CLOCK,
}


def meaning_of(alarm: Mapping[str, Any]) -> Meaning:
    """Return what an alarm means, and what to do about it."""
    about, fault = alarm["service"], alarm["fault"]
    known = {**OF_CLOCK, **_OF.get(about, OF_SERVICE)}
    return known.get(fault, Meaning(_UNKNOWN, _UNKNOWN_ADVICE))
