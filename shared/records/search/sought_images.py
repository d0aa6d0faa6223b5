"""The images that bureaus sought, kept for them so that what is found can be shown beside them.

As long as a search is saved, for the bureau that sought, and so many of it: the oldest give way. They are encoded anew.
No other bureau, nor the owner of what was found, is shown one.
"""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa

from shared.bureaus import MAX_CODE, BureauCode
from shared.errors import NotFound
from shared.records.policy import Revision
from shared.records.row_expiry import keep_rows_for
from shared.storage import Session

KEPT_FOR: Final = timedelta(hours=72)

_bureau: Final[sa.BindParameter[str]] = sa.bindparam("of_bureau", type_=sa.String)
_id: Final[sa.BindParameter[str]] = sa.bindparam("of_id", type_=sa.String)


class SoughtImages:
    """The images of one kind that bureaus sought, such as prints: a table of a service, and what it does with it."""

    def __init__(self, kind: str, metadata: sa.MetaData, *content: "sa.Column[Any]", at_most: int) -> None:
        """Declare the table `sought_<kind>s`, with the columns of its content, the image last."""
        name = f"sought_{kind}s"
        self.table = sa.Table(
            name,
            metadata,
            # Of a later image it is greater.
            sa.Column("id", sa.String(36), primary_key=True),
            sa.Column("bureau", sa.String(MAX_CODE), nullable=False),
            sa.Column("at", sa.BigInteger, nullable=False, index=True),
            sa.Column("width", sa.Integer, nullable=False),
            sa.Column("height", sa.Integer, nullable=False),
            *content,
            sa.Index(f"{name}_bureau", "bureau", "id"),
        )
        keep_rows_for(self.table, KEPT_FOR)
        self.kind: Final = kind
        self.at_most = at_most
        columns = self.table.c
        newest = sa.select(columns.id).where(columns.bureau == _bureau).order_by(columns.id.desc())
        newest = newest.limit(sa.bindparam("most", type_=sa.Integer))
        self._add = sa.insert(self.table)
        self._give_way = sa.delete(self.table).where(columns.bureau == _bureau, columns.id.not_in(newest))
        self._present = sa.select(columns.id).where(columns.id == _id)
        self._own = columns.id == _id, columns.bureau == _bureau, columns.at > sa.bindparam("since")

    async def keep(self, session: Session, bureau: BureauCode, revision: Revision, **content: Any) -> None:
        """Keep an image of a width and a height under the id of a revision, and delete what gives way."""
        row = {"id": revision.id, "bureau": bureau, "at": int(revision.at.timestamp()), **content}
        await session.execute(self._add, row)
        await session.execute(self._give_way, {"of_bureau": bureau, "most": self.at_most})

    async def is_kept(self, session: Session, image_id: str) -> bool:
        """Return whether an image is kept, for whichever bureau."""
        return bool(await session.fetch(self._present, {"of_id": image_id}))

    async def read(
        self, session: Session, image_id: str, bureau: BureauCode, at: datetime, *columns: str
    ) -> "sa.Row[Any]":
        """Return these columns of an image that a bureau sought. Raises NotFound."""
        wanted = sa.select(*(self.table.c[name] for name in columns)).where(*self._own)
        asked = {"of_id": image_id, "of_bureau": bureau, "since": int((at - KEPT_FOR).timestamp())}
        rows = await session.fetch(wanted, asked, in_thread=True)
        if not rows:
            kept = f"that your bureau sought within {KEPT_FOR // timedelta(hours=1)} hours"
            raise NotFound(f"no {self.kind} {image_id} {kept}, or {self.at_most} were kept since")
        return rows[0]


def kept_until(at: datetime) -> datetime:
    """Return when an image that is kept at a time is deleted."""
    return at.astimezone(UTC).replace(microsecond=0) + KEPT_FOR
