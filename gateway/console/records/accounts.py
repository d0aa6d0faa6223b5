"""The account of a record, for its owner and the Commission: its versions with what differs, and who has seen it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Route

from gateway.console.defences import HEADERS
from gateway.console.kinds import Kind, Record
from gateway.console.listing import Column, arranged, as_file, is_file
from gateway.console.page import Page
from gateway.console.records.descriptions import NOTICES, description_of
from gateway.console.records.document import document_of
from gateway.console.records.history import Change, changes
from gateway.console.records.reading import MOST_VERSIONS, kind_of, path_of, versions, view
from gateway.console.routing import get
from shared.bureaus import COMMISSION

_RECORD: Final = "/records/{kind}/{record:uuid}"
_JSON: Final = "json"


class Line(NamedTuple):
    """A version of a record, with what it changed."""

    version: int
    record: Record
    made: Mapping[str, Any] | None
    reason: str | None
    changes: Sequence[Change] | None
    """None of the first version, which changed nothing."""

    @property
    def act(self) -> str:
        """What made it, as a code: the verb of the operation of the API."""
        operation = str((self.made or {}).get("operation", ""))
        return f"act-{operation.partition('_')[0]}"

    @property
    def is_by_commission(self) -> bool:
        """Whether a decision of the Commission made it."""
        return (self.made or {}).get("bureau") == COMMISSION


def _(text: str) -> str:
    return text


def _when(act: str) -> Any:
    return lambda item: ((item.get("recall") or {}).get(act) or {}).get("at")


READERS: Final = (
    Column("bureau", _("Bureau"), lambda item: item["bureau"]),
    Column("first", _("First seen"), lambda item: item["first"]),
    Column("last", _("Last seen"), lambda item: item["last"]),
    Column("times", _("Times"), lambda item: item["times"]),
    Column("versions", _("Versions"), lambda item: item["versions"]),
    Column("purposes", _("Purposes"), lambda item: item["purposes"]),
    Column("officers", _("Officers"), lambda item: item["officers"]),
    Column("sent", _("Sent unasked"), lambda item: item["sent"]),
    Column("asked", _("Asked to remove"), lambda item: (item["recall"] or {}).get("at")),
    Column("applied", _("Signed that it has"), _when("applied")),
    Column("refused", _("Refused"), _when("refused")),
)

_SHOWN: Final = frozenset({"bureau", "first", "last", "times", "officers", "applied"})


def routes() -> list[Route]:
    """Return the routes of this page."""
    return [
        get(f"{_RECORD}/history", _show_history),
        get(f"{_RECORD}/history/{{version:number}}", _show_version),
        get(f"{_RECORD}/readers", _show_readers),
    ]


def lines_of(items: Sequence[Mapping[str, Any]], kind: Kind, most: int) -> list[Line]:
    """Return versions, newest first, with what each changed: `items` may have one more, to compare the last with."""
    former: Iterable[Mapping[str, Any] | None] = [*items[1:], None]
    return [_line(each, before, kind) for each, before in zip(items, former, strict=True)][:most]


def _line(item: Mapping[str, Any], before: Mapping[str, Any] | None, kind: Kind) -> Line:
    record = item["record"]
    changed = None if before is None else changes(before["record"], record, description_of(kind, record))
    return Line(item["version"], record, item.get("made"), item.get("reason"), changed)


async def _show_history(page: Page) -> Response:
    """Show the versions of a record, and what differs between two of them."""
    kind, path = kind_of(page), path_of(page, kind_of(page))
    before = _number(page.query.get("before"))
    answer = await versions(page, path, before=before, limit=MOST_VERSIONS + 1)
    lines = lines_of(answer["items"], kind, MOST_VERSIONS)
    chosen = _number(page.query.get("from")), _number(page.query.get("to"))
    compared = await _compared(page, kind, path, *chosen) if None not in chosen else None
    more = lines[-1].version if len(answer["items"]) > MOST_VERSIONS or answer["next"] is not None else None
    return page.show(
        "records/history.html",
        kind=kind,
        record=str(page.path["record"]),
        title=kind.title(lines[0].record) if lines else "",
        lines=lines,
        withheld=answer["withheld"],
        more=more,
        compared=compared,
        chosen=chosen,
    )


async def _compared(page: Page, kind: Kind, path: str, first: int | None, last: int | None) -> list[Change] | None:
    """Return what differs between two versions; None if one of them is not there."""
    old, new = [await _version(page, path, each) for each in (first, last)]
    if old is None or new is None:
        return None
    return changes(old["record"], new["record"], description_of(kind, new["record"]))


async def _version(page: Page, path: str, number: int | None) -> Mapping[str, Any] | None:
    items = (await versions(page, path, before=(number or 0) + 1, limit=1))["items"]
    found: Mapping[str, Any] | None = items[0] if items and items[0]["version"] == number else None
    return found


async def _show_version(page: Page) -> Response:
    """Show a record as it was in one version."""
    kind, path = kind_of(page), path_of(page, kind_of(page))
    seen = await view(page, f"{path}/versions?before={page.path['version'] + 1}&limit=1")
    items = seen.read["items"]
    if not items or items[0]["version"] != page.path["version"]:
        raise HTTPException(404)
    document = document_of(kind, items[0]["record"])
    line = _line(items[0], None, kind)
    return page.show(
        "records/version.html", document=document, reader=page.grant.bureau, colours=NOTICES, seen=seen, line=line
    )


async def _show_readers(page: Page) -> Response:
    """Show which bureaus have seen a record, and which have signed that they removed it."""
    kind, path = kind_of(page), path_of(page, kind_of(page))
    record = str(page.path["record"])
    if page.query.get("format") == _JSON:
        return await _send_readers(page, path, f"{kind.name}-{record}-readers")
    account = await page.api.get(f"{path}/disclosures")
    if is_file(page):
        return as_file(arranged(page, account["recipients"], READERS), page, f"{kind.name}-{record}-readers")
    listing = arranged(page, account["recipients"], [each for each in READERS if each.name in _SHOWN])
    return page.show("records/readers.html", kind=kind, record=record, account=account, listing=listing)


async def _send_readers(page: Page, path: str, name: str) -> Response:
    """Send the list as the API has it, with the signatures."""
    answer = await page.api.exchange("GET", f"{path}/disclosures")
    headers = {**HEADERS, "Content-Disposition": f'attachment; filename="{name}.json"'}
    return Response(answer.body, headers=headers, media_type="application/json")


def _number(text: str | None) -> int | None:
    """Return a number of a version that an address states; None if it states none that can be."""
    is_one = text is not None and text.isascii() and text.isdigit() and 0 < len(text) < 10
    return int(text) if is_one and text is not None and int(text) else None
