"""Links between files of several bureaus that are about the same person: nothing is merged.

A link is read with the visibility of both files, so it reveals none to a bureau that may not see it. One that the
owner of the other file has not confirmed is a claim, and is shown to the two owners and the Commission alone.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from pydantic import AwareDatetime, BaseModel, Field

from services.notices.persons.entries import PersonFile, PersonFileStatus
from services.notices.persons.store import PersonFileStore, person_files, same_person
from services.notices.subjects.models import Part
from shared.bureaus import Bureau
from shared.clock import time_at
from shared.disclosure import Disclosing, Disclosure, How
from shared.errors import IllegalStep, Invalid, NotFound
from shared.identity import Caller, examines
from shared.ids import RecordId
from shared.records import service_kit as kit

MAX_LINKS: Final = 50
# Of one bureau about one file of another, until that confirms them.
MAX_CLAIMS: Final = 10
MATCH: Final = "same person"

_links: Final = same_person.c
_of: Final[sa.BindParameter[str]] = sa.bindparam("of_record", type_=sa.String)
_other: Final[sa.BindParameter[str]] = sa.bindparam("of_other", type_=sa.String)
_is_stated: Final = sa.and_(_links.record_id == _of, _links.other_id == person_files.c.id)
_is_of_other: Final = sa.and_(_links.other_id == _of, _links.record_id == person_files.c.id)
_visible: Final = (
    sa.select(person_files.c.content, _links.record_id, _links.stated, _links.confirmed)
    .join_from(same_person, person_files, sa.or_(_is_stated, _is_of_other))
    .where(
        kit.visible(person_files),
        sa.or_(
            _links.confirmed.is_not(None),
            sa.bindparam("is_party", type_=sa.Boolean),
            person_files.c.owner == sa.bindparam("visible_to"),
        ),
    )
)
_shown: Final = _visible.order_by(_links.confirmed.is_(None), person_files.c.id.desc()).limit(2 * MAX_LINKS)
_pair: Final = _visible.where(person_files.c.id == _other)
_stated_of: Final = (
    sa.select(sa.func.count().label("found"))
    .join_from(same_person, person_files, _is_stated)
    .where(kit.visible(person_files))
)
_claims_about: Final = (
    sa.select(sa.func.count().label("found"))
    .join_from(same_person, person_files, _links.record_id == person_files.c.id)
    .where(_links.other_id == _other, _links.confirmed.is_(None), person_files.c.owner == sa.bindparam("visible_to"))
)
_state: Final = kit.insert(same_person).on_conflict_do_nothing()
_confirm: Final = (
    sa.update(same_person)
    .where(_links.record_id == _other, _links.other_id == _of, _links.confirmed.is_(None))
    .values(confirmed=sa.bindparam("confirmed_at"))
)
_end: Final = sa.delete(same_person).where(
    sa.or_(
        sa.and_(_links.record_id == _of, _links.other_id == _other),
        sa.and_(_links.record_id == _other, _links.other_id == _of),
    )
)


class SamePerson(Part):
    """The file of another bureau that is about the same person."""

    record: RecordId = Field(description="The id of the other file.")


class LinkedFile(BaseModel, Disclosing):
    """A file of another bureau on the same person."""

    record: RecordId = Field(description="Its id: read it at `/api/notices/persons/{record_id}`.")
    owner: Bureau = Field(description="The bureau whose file it is.")
    version: int = Field(ge=1, description="The version that it has now.", examples=[1])
    stated_by: Bureau = Field(description="The bureau that states it: one of the two owners.")
    stated: AwareDatetime = Field(description="When it was stated.", examples=["2026-06-01T12:00:00Z"])
    confirmed: AwareDatetime | None = Field(
        description="When the other owner confirmed it; null until then.", examples=["2026-06-02T08:30:00Z"]
    )

    def disclosed(self, how: How) -> Iterator[Disclosure]:
        """Yield the disclosure of the file: that it exists, and is about the person."""
        yield Disclosure(PersonFile.record_kind(), self.record, self.version, self.owner, how, 1.0, MATCH)


class LinkedFiles(BaseModel):
    """The files of other bureaus on the same person."""

    items: list[LinkedFile] = Field(description="Confirmed ones first, of these and the others the newest files first.")
    withheld: int = Field(0, ge=0, description="How many confidential ones are left out.", examples=[0])


class SamePersonStore:
    """The links between criminal files that the caller's bureau may know of. Never commits."""

    def __init__(self, session: kit.Session, caller: Caller, at: datetime) -> None:
        self._session, self._caller, self._at = session, caller, at
        self._files = PersonFileStore(session, caller, at)

    async def of(self, record_id: str) -> LinkedFiles:
        """Return the files that are linked with one. Raises NotFound, HandlingConfidential."""
        file = await self._files.get(record_id)
        found = [_linked(row, file) for row in await self._rows(file)]
        shown = [link for other, link in found if not self._files.is_withheld(other)]
        return LinkedFiles(items=shown, withheld=len(found) - len(shown))

    async def state(self, record_id: str, other_id: str) -> LinkedFile:
        """Link a file of the caller's bureau with one of another; one that the other linked is confirmed by that.

        Raises NotFound, NotTheOwner, Invalid, IllegalStep, HandlingConfidential.
        """
        file = await self._own(record_id)
        other = await self._files.get_whole(other_id)
        if other.owner == file.owner:
            raise Invalid("must be the file of another bureau: correct your own instead", at="/record")
        _require_in_force(file)
        link = await self._find(file, other_id)
        if link is None:
            await self._require_space(file, other)
            stated = {"record_id": file.id, "other_id": other.id, "stated": int(self._at.timestamp())}
            await self._session.execute(_state, stated)
        elif link.stated_by != file.owner:
            return await self.confirm(record_id, other_id)
        return await self._link(file, other_id)

    async def confirm(self, record_id: str, other_id: str) -> LinkedFile:
        """Confirm that another bureau's file is about the same person, as that bureau states.

        Raises NotFound, NotTheOwner, HandlingConfidential.
        """
        file = await self._own(record_id)
        link = await self._link(file, other_id)
        _require_in_force(file)
        if link.stated_by == file.owner:
            raise IllegalStep(f"{file.owner} stated this itself: {link.owner} may confirm it")
        confirmed = {"of_record": file.id, "of_other": other_id, "confirmed_at": int(self._at.timestamp())}
        await self._session.execute(_confirm, confirmed)
        return await self._link(file, other_id)

    async def end(self, record_id: str, other_id: str) -> None:
        """End the link of a file of the caller's bureau with another, whichever of the two owners stated it.

        Also where the other is hidden from the bureau, and alike where there is no link: nothing is learned from it.

        Raises NotFound, NotTheOwner, HandlingConfidential.
        """
        file = await self._own(record_id)
        await self._session.execute(_end, {"of_record": file.id, "of_other": other_id})

    async def _own(self, record_id: str) -> PersonFile:
        file = await self._files.get_whole(record_id)
        kit.require_owner(file, self._caller)
        return file

    async def _link(self, file: PersonFile, other_id: str) -> LinkedFile:
        if (link := await self._find(file, other_id)) is None:
            raise NotFound(f"file {file.id} is linked with no record {other_id} that your bureau may see")
        return link

    async def _find(self, file: PersonFile, other_id: str) -> LinkedFile | None:
        """Return the link of two files, however many others there are."""
        rows = await self._session.fetch(_pair, {**self._asked(file), "of_other": other_id})
        return _linked(rows[0], file)[1] if rows else None

    async def _require_space(self, file: PersonFile, other: PersonFile) -> None:
        """Require that a bureau states no more than it may: nobody could find the other links. Raises IllegalStep."""
        asked = {"of_record": file.id, "of_other": other.id, **self._files.visibility}
        [stated] = await self._session.fetch(_stated_of, asked)
        if stated.found >= MAX_LINKS:
            raise IllegalStep(f"{MAX_LINKS} files are linked with {file.id}: end one of the links")
        [claims] = await self._session.fetch(_claims_about, asked)
        if claims.found >= MAX_CLAIMS:
            raise IllegalStep(
                f"{file.owner} links {MAX_CLAIMS} files with {other.id} that {other.owner} has not confirmed: end one"
            )

    async def _rows(self, file: PersonFile) -> kit.Rows:
        """Return the links of a file that the caller may see, with the files at their other ends."""
        return await self._session.fetch(_shown, self._asked(file))

    def _asked(self, file: PersonFile) -> Mapping[str, Any]:
        is_party = self._caller.bureau == file.owner or examines(self._caller.bureau, self._caller.purpose)
        return {"of_record": file.id, "is_party": is_party, **self._files.visibility}


def _linked(row: sa.Row[Any], file: PersonFile) -> tuple[PersonFile, LinkedFile]:
    """Return the file at the other end of a link, and the link."""
    other = PersonFile.of_json(row.content)
    confirmed = None if row.confirmed is None else time_at(row.confirmed)
    stated_by = file.owner if row.record_id == file.id else other.owner
    return other, LinkedFile(
        record=other.id,
        owner=other.owner,
        version=other.version,
        stated_by=stated_by,
        stated=time_at(row.stated),
        confirmed=confirmed,
    )


def _require_in_force(file: PersonFile) -> None:
    if file.status is not PersonFileStatus.IN_FORCE:
        raise IllegalStep(f"file {file.id} is {file.status}: only one in force can be linked")
