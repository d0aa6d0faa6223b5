"""The prints that bureaus sought and keep, so that candidates can be compared with them."""

from datetime import UTC, datetime
from typing import NamedTuple

from services.fingerprints.prints import Print
from services.fingerprints.store import sought_prints, template_of
from shared.bureaus import BureauCode
from shared.identity import Caller
from shared.records import service_kit as kit


class Kept(NamedTuple):
    """A print that is kept, and its picture, a PNG."""

    taken: Print
    png: bytes


class WithoutPicture(NamedTuple):
    """A print that is kept."""

    taken: Print
    until: datetime


async def keep(session: kit.Session, kept: Kept, bureau: BureauCode, revision: kit.Revision) -> None:
    """Keep a print under the id of a revision."""
    taken = kept.taken
    content = {"width": taken.width, "height": taken.height, "template": taken.template.to_bytes(), "png": kept.png}
    await sought_prints.keep(session, bureau, revision, **content)


class SoughtPrints:
    """The prints that the caller's bureau sought and kept."""

    def __init__(self, session: kit.Session, caller: Caller, at: datetime) -> None:
        self._session = session
        self._bureau = caller.bureau
        self._at = at

    async def read(self, print_id: str) -> WithoutPicture:
        """Return a print without its picture. Raises NotFound."""
        columns = "at", "width", "height", "template"
        row = await sought_prints.read(self._session, print_id, self._bureau, self._at, *columns)
        until = kit.kept_until(datetime.fromtimestamp(row.at, UTC))
        return WithoutPicture(Print(row.width, row.height, template_of(row.template)), until)

    async def picture(self, print_id: str) -> bytes:
        """Return the picture of a print. Raises NotFound."""
        png: bytes = (await sought_prints.read(self._session, print_id, self._bureau, self._at, "png")).png
        return png
