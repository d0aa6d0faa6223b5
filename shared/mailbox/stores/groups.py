"""Stores the groups of bureaus that this bureau has made. Never commits."""

from typing import Final

import sqlalchemy as sa

from shared.mailbox.group_models import Group
from shared.mailbox.tables import groups
from shared.storage import Session, first_or_none

_group: Final = sa.select(groups.c.content).where(groups.c.name == sa.bindparam("of"))
_all_groups: Final = sa.select(groups.c.content).order_by(groups.c.name)
_drop_group: Final = sa.delete(groups).where(groups.c.name == sa.bindparam("of"))
_add_group: Final = sa.insert(groups)


class GroupStore:
    """The groups, in one session."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def get(self, name: str) -> Group | None:
        """Return a group."""
        row = first_or_none(await self._session.fetch(_group, {"of": name}))
        return None if row is None else Group.model_validate_json(row.content)

    async def all(self) -> list[Group]:
        """Return all groups, by name."""
        return [Group.model_validate_json(row.content) for row in await self._session.fetch(_all_groups)]

    async def put(self, group: Group) -> None:
        """Store a group, in place of one of the same name."""
        await self.drop(group.name)
        await self._session.execute(_add_group, {"name": group.name, "content": group.model_dump_json()})

    async def drop(self, name: str) -> bool:
        """Delete a group; return whether there was one."""
        return await self._session.execute(_drop_group, {"of": name}) > 0
