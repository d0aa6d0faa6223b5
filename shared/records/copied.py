"""What a kind of record has in field copies, as it declares: the least that a check needs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from shared.identity import Purpose

_OF_ALL: Final = ("id", "owner", "purpose", "created", "updated", "expires", "version")
_TERMS: Final = ("handling", "conditions", "other_condition")


@dataclass(frozen=True, slots=True)
class Copied:
    """What a kind of record has in field copies: the least that a check needs."""

    described: frozenset[str]
    """The members of its content, besides those that all records have."""

    where: Mapping[str, Any]
    """The values of columns of the records that are copied, such as their state."""

    found_by: tuple[str, ...] = ()
    """Columns of which a record that is copied has a value in one: without it no post can find it."""

    unsought: tuple[str, ...] = ()
    """Members of a search that look for what is not copied: a post refuses such a search."""

    purposes: tuple[Purpose, ...] = (Purpose.BORDER_MANAGEMENT, Purpose.LOCATE, Purpose.CRIMINAL_INVESTIGATION)
    """For which a copy may be taken."""

    @property
    def members(self) -> frozenset[str]:
        """The members of the content that are copied; others are left out, or have their default."""
        return self.described.union(_OF_ALL, _TERMS)

    def conditions(self, table: sa.Table) -> tuple[sa.ColumnElement[bool], ...]:
        """Return which records of a table are copied."""
        found = [table.c[name].is_not(None) for name in self.found_by]
        return (*(table.c[name] == value for name, value in self.where.items()), *([sa.or_(*found)] if found else ()))
