"""Searches the pack of a post by the code of the service that it is of, and logs each search before it is answered."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, StringConstraints

from deploy.post.folder import Post, close_all
from services import SERVICES
from shared.bureaus import BureauCode
from shared.clock import time_at
from shared.errors import Invalid, PurposeNotAllowed
from shared.fieldpack.blocks import PackBroken
from shared.fieldpack.database import Overlay, SealedReading, read_sealed
from shared.fieldpack.manifest import SignedManifest
from shared.fieldpack.pack_file import PackFile
from shared.fieldpack.refusals import PostUnusable
from shared.fieldpack.search_log import MAX_FOUND, MAX_MATCH, MAX_OFFICER, FoundRecord, SearchEntry
from shared.identity import HANDLING_CONFIDENTIAL, PURPOSE_SCOPES, Caller, Purpose, is_purpose_open_to
from shared.ids import uuid7
from shared.patterns import in_words
from shared.records.results import Hit, Hits, NumberHits, reference_in
from shared.records.search.number_results import best_of
from shared.records.search.number_search import NEAR_CUT, SHOWN_HITS, SHOWN_NEAR, NumberSearchStore
from shared.records.search.searchable_store import SearchableStore

Kind = type[SearchableStore[Any, Any]]


OfficerName = Annotated[
    str,
    StringConstraints(
        min_length=1,
        max_length=MAX_OFFICER,
        pattern=in_words(r"^[^\x00-\x1f\x7f-\x9f]*$", "must have no control characters"),
    ),
]


class Officer(BaseModel):
    """Who searches, and for what purpose."""

    name: OfficerName
    purpose: Purpose


class PackSearch:
    """The records of a post, open to be searched."""

    def __init__(self, post: Post) -> None:
        """Open the files of a post. Raises Refusal."""
        self._post = post
        files = post.open_files()
        try:
            self.last: SignedManifest = files[-1].signed
            post.require_valid(self.last)
            self.kind: Kind = _kind_of(self.last)
            self._base = _read(files[0], post, self.kind)
            self._overlay = Overlay(self.kind.table, self._base) if files[1:] else None
            for file in files[1:]:
                self._apply(file)
        except PackBroken as broken:
            close_all(files)
            raise PostUnusable(str(broken)) from broken
        except BaseException:
            close_all(files)
            raise

    def _apply(self, file: PackFile) -> None:
        differential = _read(file, self._post, self.kind)
        if self._overlay is not None:
            self._overlay.apply(differential)
        differential.close()

    async def search(self, query: BaseModel, officer: Officer) -> Hits[Any]:
        """Return what a search finds, as the service answers it, once the search is logged. Raises Refusal."""
        self._require_copied(query)
        if not is_purpose_open_to(BureauCode(self.last.head.sender), officer.purpose):
            raise PurposeNotAllowed(f"{self.last.head.sender} does not search for {officer.purpose}")
        at = self._post.require_valid(self.last)
        try:
            found = await self._found(query, officer, at)
        except PackBroken as broken:
            raise PostUnusable(str(broken)) from broken
        self._log(query, officer, at, found)
        return found

    def _require_copied(self, query: BaseModel) -> None:
        """Require a search for what is copied alone: that nothing else is found would be no answer. Raises Invalid."""
        if reference_in(query) is not None:
            raise Invalid("no field pack has the references of owners", at="/reference", place="query")
        for member in self.kind.copied.unsought if self.kind.copied else ():
            if getattr(query, member) is not None:
                raise Invalid(
                    f"no field pack has the {member} of a record: search online", at=f"/{member}", place="query"
                )

    async def _found(self, query: BaseModel, officer: Officer, at: datetime) -> Hits[Any]:
        caller = self._caller(officer, at)
        of_pack = self.kind(self._base, caller, at)
        found = await of_pack.search(query)
        if self._overlay is not None:
            newer = await self.kind(self._overlay.session, caller, at).search(query)
            found = self.kind.summed_up(query, merged(self.kind, query, found, newer))
        return found.model_copy(update={name: _whole(getattr(found, name), of_pack) for name in _hit_lists(found)})

    def _caller(self, officer: Officer, at: datetime) -> Caller:
        scopes = {f"{self.last.manifest.service}:read", PURPOSE_SCOPES[officer.purpose]}
        if self.last.manifest.confidential:
            scopes.add(HANDLING_CONFIDENTIAL)
        return Caller(BureauCode(self.last.head.sender), officer.name, frozenset(scopes), officer.purpose, uuid7(at))

    def _log(self, query: BaseModel, officer: Officer, at: datetime, found: Hits[Any]) -> None:
        near = [_logged(hit, is_near=True) for hit in getattr(found, "near", ())]
        shown = [*map(_logged, found.hits), *near]
        self._post.log_search(
            SearchEntry(
                at=at.timestamp(),
                officer=officer.name,
                purpose=officer.purpose.value,
                query=query.model_dump(mode="json", exclude_defaults=True),
                copy=self.last.manifest.number,
                found=tuple(shown[:MAX_FOUND]),
                total=found.total,
            )
        )

    @property
    def taken(self) -> datetime:
        """When the field copy was taken."""
        return time_at(self.last.manifest.taken)

    @property
    def expires(self) -> datetime:
        """From when on nothing is answered."""
        return time_at(self.last.head.exp)

    def age_hours(self, at: datetime) -> float:
        """Return how old the records are, in hours."""
        return (at - self.taken).total_seconds() / 3600

    def close(self) -> None:
        """Close the files."""
        self._base.close()


class CurrentSearch:
    """The records of a post, opened again when it was updated meanwhile."""

    def __init__(self, post: Post) -> None:
        """Open them. Raises Refusal."""
        self._post = post
        self._opened = PackSearch(post)

    def get(self) -> PackSearch:
        """Return the records as the post has them now. Raises Refusal."""
        if self._post.is_outdated():
            self._post.reload()
            self.close()
            self._opened = PackSearch(self._post)
        return self._opened

    def close(self) -> None:
        """Close the files."""
        self._opened.close()


def merged(kind: Kind, query: BaseModel, base: Hits[Any], newer: Hits[Any]) -> Hits[Any]:
    """Return what a search found in a pack and in what changed since, which have no record in common.

    In the order of the service, and as many as it shows.
    """
    warnings = [*base.warnings, *(each for each in newer.warnings if each not in base.warnings)]
    changes: dict[str, Any] = {
        "hits": best_of([*base.hits, *newer.hits], SHOWN_HITS),
        "total": base.total + newer.total,
        "warnings": warnings,
    }
    if isinstance(base, NumberHits) and isinstance(newer, NumberHits) and issubclass(kind, NumberSearchStore):
        changes["near"] = best_of([*base.near, *newer.near], SHOWN_NEAR)
        # Of each alone it would say too few.
        cut = kind.near_warnings(query, base.near_found + newer.near_found)
        changes["warnings"] = [*(each for each in warnings if each.code != NEAR_CUT.code), *cut]
    return base.model_copy(update=changes)


def _hit_lists(found: Hits[Any]) -> list[str]:
    return [name for name in ("hits", "near") if hasattr(found, name)]


def _whole(hits: Sequence[Hit[Any]], store: SearchableStore[Any, Any]) -> list[Hit[Any]]:
    """Return hits whose records have what follows from them, which no pack holds."""
    records = [hit.record.model_copy(update=store.derived(hit.record)) for hit in hits]
    return [hit.model_copy(update={"record": record}) for hit, record in zip(hits, records, strict=True)]


def _logged(hit: Hit[Any], *, is_near: bool = False) -> FoundRecord:
    record = hit.record
    return FoundRecord(record.id, record.version, record.owner, hit.score, hit.match[:MAX_MATCH], near=is_near)


def _kind_of(signed: SignedManifest) -> Kind:
    """Return the store of the kind of record in a pack. Raises PostUnusable."""
    manifest = signed.manifest
    for service in SERVICES:
        if service.name == manifest.service:
            for store in service.metadata.info["stores"]:
                if store.model.record_kind() == manifest.kind and store.copied is not None:
                    found: Kind = store
                    return found
    raise PostUnusable(f"this program knows no {manifest.kind} of {manifest.service}: update it")


def _read(file: PackFile, post: Post, kind: Kind) -> SealedReading:
    return read_sealed(file.unsealed(post.key.sealing), kind.table, file.manifest.columns)
