"""Keeps the pictures that were sought, encoded anew, so that what was found can be shown beside them.

As long as a search is saved, for the bureau that sought, and at most 100 of it: the oldest give way. No other bureau,
nor the owner of what was found, is shown one.
"""

from datetime import datetime
from typing import Final

import sqlalchemy as sa

from services.cultural_property.likeness.side_by_side import Shown
from services.cultural_property.tables import SOUGHT_KEPT_FOR, sought_pictures
from shared.bureaus import BureauCode
from shared.errors import NotFound
from shared.images.picture import Picture
from shared.records import service_kit as kit

MAX_KEPT: Final = 100

_columns: Final = sought_pictures.c
_bureau: Final[sa.BindParameter[str]] = sa.bindparam("of_bureau", type_=sa.String)
_ADD: Final = sa.insert(sought_pictures)
_newest: Final = (
    sa.select(_columns.id)
    .where(_columns.bureau == _bureau)
    .order_by(_columns.id.desc())
    .limit(sa.bindparam("most", type_=sa.Integer))
)
_GIVE_WAY: Final = sa.delete(sought_pictures).where(_columns.bureau == _bureau, _columns.id.not_in(_newest))
_PRESENT: Final = sa.select(_columns.id).where(_columns.id == sa.bindparam("of_id", type_=sa.String))
_ONE: Final = sa.select(_columns.jpeg, _columns.width, _columns.height).where(
    _columns.id == sa.bindparam("of_id", type_=sa.String),
    _columns.bureau == _bureau,
    _columns.at > sa.bindparam("since"),
)


async def keep(session: kit.Session, picture: Picture, bureau: BureauCode, revision: kit.Revision) -> None:
    """Keep a picture under the id of a revision, and delete what gives way."""
    at = int(revision.at.timestamp())
    size = {"width": picture.width, "height": picture.height, "jpeg": picture.jpeg}
    await session.execute(_ADD, {"id": revision.id, "bureau": bureau, "at": at, **size})
    await session.execute(_GIVE_WAY, {"of_bureau": bureau, "most": MAX_KEPT})


async def is_kept(session: kit.Session, picture_id: str) -> bool:
    """Return whether a picture is kept, for whichever bureau."""
    return bool(await session.fetch(_PRESENT, {"of_id": picture_id}))


async def read(session: kit.Session, picture_id: str, bureau: BureauCode, at: datetime) -> Shown:
    """Return a picture that a bureau sought. Raises NotFound."""
    asked = {"of_id": picture_id, "of_bureau": bureau, "since": int((at - SOUGHT_KEPT_FOR).timestamp())}
    rows = await session.fetch(_ONE, asked, in_thread=True)
    if not rows:
        raise NotFound(f"no picture {picture_id} that your bureau sought within 72 hours, or 100 were sought since")
    return Shown(rows[0].jpeg, rows[0].width, rows[0].height)
