"""The lists of the public notices API: their paths, their filters, and what the notices service calls them."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from gateway.public_notices.parameters import FILTERS


class Kind(NamedTuple):
    """One list, and the notices below it."""

    path: str
    """Below the root, such as `un/persons`."""

    list: str
    """The kind of the list of the service."""

    colour: str
    subject: str | None
    """The kind of subject that a notice of the list has; None if the list has all kinds."""

    filters: Mapping[str, str]
    name: str
    """Of one notice, in the names of operations."""

    title: str


RED: Final = Kind("red", "red", "red", None, FILTERS["red"], "red_notice", "public red notices")
YELLOW: Final = Kind("yellow", "yellow", "yellow", None, FILTERS["yellow"], "yellow_notice", "public yellow notices")
UN: Final = Kind("un", "un", "un-special", None, FILTERS["un"], "un_notice", "public UN special notices")
UN_PERSONS: Final = UN._replace(
    path="un/persons",
    list="un-persons",
    subject="person",
    name="un_person_notice",
    title="public UN notices of persons",
)
UN_ENTITIES: Final = UN._replace(
    path="un/entities",
    list="un-entities",
    subject="entity",
    name="un_entity_notice",
    title="public UN notices of entities",
)
# Those with the longer paths first, as `un/persons` is no notice of `un`.
KINDS: Final = (RED, YELLOW, UN_PERSONS, UN_ENTITIES, UN)
# Of a line or of a notice: where it is found.
PATH_OF: Final[Mapping[str, str]] = {kind.list: kind.path for kind in KINDS}
