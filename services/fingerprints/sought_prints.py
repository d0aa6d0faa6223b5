"""Keeps prints that were sought, where their bureau asks for it, so that candidates can be compared with them.

As long as a search is saved, for the bureau that sought, and at most 50 of it: the oldest give way. The picture is
encoded anew. No other bureau, nor the owner of what was found, is shown one.
"""

from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

import sqlalchemy as sa

from services.fingerprints.prints import Print
from services.fingerprints.store import SOUGHT_KEPT_FOR, sought_prints, template_of
from shared.bureaus import BureauCode
from shared.errors import NotFound
from shared.identity import Caller
from shared.records import service_kit as kit

MAX_KEPT: Final = 50

_columns: Final = sought_prints.c
_bureau: Final[sa.BindParameter[str]] = sa.bindparam("of_bureau", type_=sa.String)
_ADD: Final = sa.insert(sought_prints)
_newest: Final = (
    sa.select(_columns.id)
    .where(_columns.bureau == _bureau)
    .order_by(_columns.id.desc())
    .limit(sa.bindparam("most", type_=sa.Integer))
)
_GIVE_WAY: Final = sa.delete(sought_prints).where(_columns.bureau == _bureau, _columns.id.not_in(_newest))
_mine: Final = (
    _columns.id == sa.bindparam("of_id", type_=sa.String),
    _columns.bureau == _bureau,
    _columns.at > sa.bindparam("since"),
)
_PRESENT: Final = sa.select(_columns.id).where(_columns.id == sa.bindparam("of_id", type_=sa.String))
_PRINT: Final = sa.select(_columns.at, _columns.width, _columns.height, _columns.template).where(*_mine)
_PICTURE: Final = sa.select(_columns.png).where(*_mine)


class Kept(NamedTuple):
    """A print that is kept, and its picture, a PNG."""

    taken: Print
    png: bytes


class WithoutPicture(NamedTuple):
    """A print that is kept."""

    taken: Print
    until: datetime


async def keep(session: kit.Session, kept: Kept, bureau: BureauCode, revision: kit.Revision) -> None:
    """Keep a print under the id of a revision, and delete what gives way."""
    size = {"width": kept.taken.width, "height": kept.taken.height}
    content = {"template": kept.taken.template.to_bytes(), "png": kept.png}
    row = {"id": revision.id, "bureau": bureau, "at": int(revision.at.timestamp()), **size, **content}
    await session.execute(_ADD, row)
    await session.execute(_GIVE_WAY, {"of_bureau": bureau, "most": MAX_KEPT})


async def is_kept(session: kit.Session, print_id: str) -> bool:
    """Return whether a print is kept, for whichever bureau."""
    return bool(await session.fetch(_PRESENT, {"of_id": print_id}))


class SoughtPrints:
    """The prints that the caller's bureau sought and kept."""

    def __init__(self, session: kit.Session, caller: Caller, at: datetime) -> None:
        self._session = session
        self._bureau = caller.bureau
        self._since = int((at - SOUGHT_KEPT_FOR).timestamp())

    async def read(self, print_id: str) -> WithoutPicture:
        """Return a print without its picture. Raises NotFound."""
        row = await self._one(_PRINT, print_id)
        until = datetime.fromtimestamp(row.at, UTC) + SOUGHT_KEPT_FOR
        return WithoutPicture(Print(row.width, row.height, template_of(row.template)), until)

    async def picture(self, print_id: str) -> bytes:
        """Return the picture of a print. Raises NotFound."""
        png: bytes = (await self._one(_PICTURE, print_id)).png
        return png

    async def _one(self, statement: "sa.Select[Any]", print_id: str) -> "sa.Row[Any]":
        asked = {"of_id": print_id, "of_bureau": self._bureau, "since": self._since}
        rows = await self._session.fetch(statement, asked, in_thread=True)
        if not rows:
            raise NotFound(f"no print {print_id} that your bureau kept within 72 hours, or {MAX_KEPT} were kept since")
        return rows[0]
