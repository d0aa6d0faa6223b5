"""What a kind of record has in field copies, as it declares: the least that a check needs."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from shared.identity import Purpose


class Copied(NamedTuple):
    """What a kind of record has in field copies: the least that a check needs."""

    members: frozenset[str]
    """The members of its content; others are left out, or have their default."""

    where: Mapping[str, Any]
    """The values of columns of the records that are copied, such as their state."""

    purposes: tuple[Purpose, ...]
    """For which a copy may be taken."""
