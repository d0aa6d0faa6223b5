"""The operations that a timeline can be narrowed to, in words: what was done, and with which records. Pure.

These are the operations that each kind of record has, and what services do unasked. Another one can be stated in the
address of a timeline, as the API names it.
"""

from collections.abc import Collection
from typing import Final, NamedTuple

from gateway.console.kinds import KINDS, Kind


def _(text: str) -> str:
    return text


# What the operations of the API call one record of each kind, and several.
_NAMES: Final = {
    "notices": ("notice", "notices"),
    "persons": ("person_file", "person_files"),
    "missing-persons": ("missing_person", "missing_persons"),
    "bodies": ("body", "bodies"),
    "travel-documents": ("travel_document", "travel_documents"),
    "stolen-vehicles": ("vehicle", "vehicles"),
    "vessels": ("vessel", "vessels"),
    "firearms": ("firearm", "firearms"),
    "works": ("work", "works"),
    "valuables": ("valuable", "valuables"),
    "fingerprints": ("fingerprint_record", "fingerprint_records"),
}
_ACTS: Final = (
    ("search_{many}", _("searched")),
    ("get_{one}", _("read")),
    ("list_{many}", _("listed")),
    ("list_{one}_versions", _("history read")),
    ("list_{one}_disclosures", _("asked who has seen it")),
    ("create_{one}", _("entered")),
    ("update_{one}", _("changed")),
    ("withdraw_{one}", _("withdrawn")),
    ("delete_{one}", _("deleted")),
    ("restrict_{one}", _("readers changed")),
    ("create_{one}_subscription", _("subscribed to")),
)
# One kind is searched by a print alone.
_OTHERWISE: Final = {"search_fingerprint_records": "identify_print"}
_UNASKED: Final = (
    ("publish_record", _("sent when published or changed")),
    ("match_inquiry", _("compared with earlier searches")),
    ("match_duplicate", _("compared with records of others")),
    ("expire_record", _("deleted at its end")),
)


class Choice(NamedTuple):
    """An operation to choose."""

    operation: str
    """As the API names it."""

    text: str
    """What is done, in English: the key of its translations."""


class Group(NamedTuple):
    """The operations of a kind of record, or those that services do unasked."""

    kind: Kind | None
    """None for what services do unasked."""

    choices: tuple[Choice, ...]


def groups_of(services: Collection[str], service: str = "") -> list[Group]:
    """Return what can be chosen of the services that a gateway has, or of one of them."""
    wanted = {service} & set(services) or set(services)
    groups = [Group(kind, tuple(_choices(kind))) for kind in KINDS if kind.service in wanted]
    return [*groups, Group(None, tuple(Choice(*each) for each in _UNASKED))]


def _choices(kind: Kind) -> list[Choice]:
    one, many = _NAMES[kind.name]
    named = ((pattern.format(one=one, many=many), text) for pattern, text in _ACTS)
    return [Choice(_OTHERWISE.get(operation, operation), text) for operation, text in named]
