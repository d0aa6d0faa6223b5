"""Agreements under which international entities use the network (Constitution article 41, RPD article 27)."""

from datetime import date
from typing import Final

import msgspec

from shared.bureaus import PUBLIC, kind_of

READ: Final = "read"
MESSAGE: Final = "message"
SCREEN: Final = "screen"
REFER: Final = "refer"
WRITE: Final = "write"
VERBS: Final = (READ, MESSAGE, SCREEN, REFER, WRITE)
"""What an agreement can allow: to read and search records, to exchange messages with participants, to send what it saw
to be screened without an answer, to be told then whether to refer somebody to the police, and to enter records of its
own in services that let partners. Whoever enters needs messages as well, as owners are notified of hits."""


class Agreement(msgspec.Struct, frozen=True, kw_only=True):
    """What a partner may do, and nothing beyond it."""

    services: tuple[str, ...]
    """The services that it may read, screen by, or enter records in."""

    verbs: tuple[str, ...]
    """Of `VERBS`."""

    purposes: tuple[str, ...]
    """The purposes for which it may use the network."""

    until: date
    """The last day, in UTC."""

    resolution: str
    """The resolution of the General Assembly that approved it."""

    def faults(self, verb: str, service: str, purpose: str, today: date) -> list[str]:
        """Return what of a use of the network on a day it does not allow: its verb, service, purpose or day.

        Messages belong to no service; who enters records takes messages.
        """
        is_named = verb == MESSAGE or service in self.services
        allowed = {
            f"the verb {MESSAGE}": verb != WRITE or MESSAGE in self.verbs,
            f"the verb {verb}": verb in self.verbs,
            f"the service {service}": is_named,
            f"the purpose {purpose}": purpose in self.purposes,
            f"{today}, after its end": today <= self.until,
        }
        return [what for what, is_allowed in allowed.items() if not is_allowed]

    def __str__(self) -> str:
        services = f" of {', '.join(self.services)}" if self.services else ""
        uses = ", ".join(f"{verb}{services if verb in (READ, SCREEN, WRITE) else ''}" for verb in self.verbs)
        return f"{self.resolution} allows {uses} for {', '.join(self.purposes)} until {self.until}"


def takes_messages(participant: str, agreement: Agreement | None, today: date) -> bool:
    """Return whether messages may be sent to a participant: to a partner as its agreement says."""
    if kind_of(participant) != "partner":
        return participant != PUBLIC
    return agreement is not None and MESSAGE in agreement.verbs and today <= agreement.until


def may_send(participant: str, agreement: Agreement | None, purpose: str, today: date) -> bool:
    """Return whether a participant may send messages for a purpose: a partner as its agreement says."""
    is_for_it = agreement is None or purpose in agreement.purposes
    return is_for_it and takes_messages(participant, agreement, today)
