"""Searches for a print, and keeps it where its bureau asks for that: what several routes do."""

from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Annotated, NamedTuple

from fastapi import Depends, Request

from services.fingerprints import sought_prints
from services.fingerprints.current_gallery import CurrentGallery
from services.fingerprints.models import FingerprintRecord, IdentificationQuery, PrintSought
from services.fingerprints.sought_prints import Kept, SoughtPrints
from services.fingerprints.store import FingerprintStore
from services.fingerprints.uploads import Gallery
from shared.bureaus import BureauCode
from shared.records import service_kit as kit

if TYPE_CHECKING:
    from services.fingerprints.minutiae import Template

Records = Annotated[FingerprintStore, Depends(kit.reading(FingerprintStore))]
Sought = Annotated[SoughtPrints, Depends(kit.reading(SoughtPrints))]


class Search(NamedTuple):
    """Searches among all prints on file that the caller may know of."""

    records: FingerprintStore
    gallery: CurrentGallery

    async def among_all(self, template: "Template", wanted: IdentificationQuery) -> kit.Hits[FingerprintRecord]:
        """Return the candidates for a print, and save the search. Raises Busy."""
        hidden = partial(self.records.hidden, wanted.person_status)
        candidates = await self.gallery.identify(template, hidden=hidden, finger=wanted.position)
        found = await self.records.hits(candidates, wanted)
        return self.records.concluded(PrintSought(template=template.to_bytes(), wanted=wanted), found)


class Keeping(NamedTuple):
    """Keeps what the caller's bureau sought."""

    database: kit.Database
    bureau: BureauCode
    revision: kit.Revision

    @property
    def until(self) -> datetime:
        """When what is kept now is deleted."""
        return kit.kept_until(self.revision.at)

    async def keep(self, kept: Kept) -> str:
        """Keep a print with its picture, and return the id under which it is."""
        async with self.database.writing() as session:
            await sought_prints.keep(session, kept, self.bureau, self.revision)
        return self.revision.id


async def _search_of(records: Records, gallery: Gallery) -> Search:
    return Search(records, gallery)


async def _keeping_of(request: Request, records: Records, revision: kit.NewRevision) -> Keeping:
    return Keeping(request.app.state.context.database, records.caller.bureau, revision)


Seek = Annotated[Search, Depends(_search_of)]
Keep = Annotated[Keeping, Depends(_keeping_of)]
