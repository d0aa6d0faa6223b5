"""Codes of messages, each with a name of its own: generators of clients make one enumeration of it."""

from typing import Literal

from typing_extensions import TypeAliasType

from shared.protocol import messages

Urgency = TypeAliasType("Urgency", messages.Urgency)
EventKind = TypeAliasType("EventKind", Literal["message", "state"])
