"""The pages of hits: the lists of each side, a hit with its conversation, and the steps of an officer."""

from collections.abc import Sequence
from datetime import UTC, timedelta
from functools import partial
from operator import itemgetter
from typing import Any, Final

from starlette.responses import Response
from starlette.routing import Route

from gateway.console.api import part, target_of
from gateway.console.hits import rules
from gateway.console.hits.conclusions import conclude
from gateway.console.hits.records import facts_of, line_of, record_of, records_of
from gateway.console.in_process import ApiRefused, Problem
from gateway.console.kinds import kinds_of
from gateway.console.listing import Column, Listing, arranged, as_file, fetched, is_file, listed, most_of
from gateway.console.page import Page
from gateway.console.participants import code_named
from gateway.console.receipts import sign_read
from gateway.console.records.document import Document, document_of
from gateway.console.records.values import Node
from gateway.console.references import kind_named
from gateway.console.routing import get, post
from gateway.console.sent_forms import Form
from shared.bureaus import SECRETARIAT

SOURCE: Final = "/api/hits"
HERE: Final = "/hits"
_SETTLED: Final = ("confirmed", "not-confirmed")
_NO_BUREAU: Final = ""
"""Stands for what was typed as a bureau, and is none."""


def _(text: str) -> str:
    return text


_CLOCK: Final = Column("due", _("Clock"), lambda hit: hit["due"])
_STATE: Final = Column("state", _("State"), lambda hit: hit["state"])
_REQUEST: Final = Column("urgency", _("Request"), lambda hit: hit["urgency"] and f"{hit['urgency']} {hit['requests']}")
_FOUND: Final = (
    Column("kind", _("Record"), lambda hit: hit["kind"]),
    Column("bureau", _("Bureau"), rules.other_bureau),
    Column("score", _("Score"), lambda hit: hit["score"]),
)
_OF_SEARCH: Final = (
    Column("purpose", _("Purpose"), lambda hit: hit["purpose"]),
    Column("officer", _("Officer"), lambda hit: hit["officer"]),
    Column("last", _("Found"), lambda hit: hit["last"]),
)
BELOW_SEARCH: Final = {rules.NOT_ASKED: _FOUND}
"""The columns of hits below their search, whose heading says the rest."""

COLUMNS: Final = (_CLOCK, _STATE, *_FOUND, _REQUEST, *_OF_SEARCH)
OF_FILE: Final = (
    *COLUMNS,
    *(
        Column(name, text, itemgetter(name))
        for name, text in (
            ("how", _("How it was found")),
            ("times", _("Times shown")),
            ("service", _("Service")),
            ("record", _("Number of the record")),
            ("request", _("Number of the search")),
        )
    ),
)


def routes() -> list[Route]:
    """Return the routes of these pages."""
    return [
        get(HERE, _show_hits),
        # What the script of a page asks for when a message has come.
        get(f"{HERE}/live", _show_list, counts_as_use=False),
        get(f"{HERE}/{{hit}}", _show_hit),
        get(f"{HERE}/{{hit}}/live", _show_conversation, counts_as_use=False),
        post(f"{HERE}/{{hit}}/answer", _answer),
        post(f"{HERE}/{{hit}}/requests", _request),
        post(f"{HERE}/{{hit}}/conclusions", _conclude),
    ]


# --- lists


async def _show_hits(page: Page) -> Response:
    """Show the hits of one side."""
    side = await _side(page)
    listing = await _listing(page, side)
    if is_file(page):
        return as_file(listing, page, "hits")
    return page.show("hits/list.html", **await _list_values(page, side, listing))


async def _show_list(page: Page) -> Response:
    """Show the list alone, as it is now."""
    side = await _side(page)
    return page.show("hits/table.html", **await _list_values(page, side, await _listing(page, side)))


async def _list_values(page: Page, side: str, listing: Listing) -> dict[str, Any]:
    state = _state(page)
    is_by_search = _is_by_search(page)
    searches = rules.searches(listing.items, page.query.get("whole", "")) if is_by_search else []
    shown = [hit for search in searches for hit in search.shown] if is_by_search else listing.items
    return {
        "listing": listing,
        "searches": searches,
        "side": side,
        "sides": _sides(page),
        "states": rules.STATES,
        "state": state,
        "rules": rules,
        "services": dict.fromkeys(kind.service for kind in kinds_of(page.context.services)),
        "kind_named": kind_named,
        "line_of": line_of,
        "named": await records_of(page, shown) if page.query.get("named") else None,
        "is_unknown_bureau": _bureau(page) == _NO_BUREAU,
        "address": partial(_address, page, side),
        "may_write": page.may("hits:write"),
    }


def _is_by_search(page: Page) -> bool:
    """Return whether hits stand below their search: not by their clocks, or as an officer sorts them."""
    return _state(page) != rules.OPEN and not page.query.get("sort")


def _address(page: Page, present: str, *without: str, **changed: str) -> str:
    """Return the address of this list, with what is asked for changed, and from its beginning if that was."""
    left_out = {"format", "cursor", *without} if without or "side" in changed else {"format"}
    kept = {name: value for name, value in page.query.items() if name not in left_out and value}
    return target_of(HERE, {**kept, "side": present, **changed})


async def _listing(page: Page, side: str) -> Listing:
    state, bureau = _state(page), _bureau(page)
    columns = _columns(page, state)
    if bureau == _NO_BUREAU:
        return arranged(page, [], columns, list_path=HERE)
    filters = {name: page.query.get(name, "").strip() or None for name in ("service", "record")}
    if state in (rules.OPEN, rules.ANSWERED):
        states = rules.OPEN_STATES.get(side, ()) if state == rules.OPEN else _SETTLED
        found = await _hits_in(page, side, states, most_of(page), bureau=bureau, **filters)
        hits = rules.most_urgent_first(found) if state == rules.OPEN else _newest_first(found)
        return arranged(page, hits, columns, list_path=HERE)
    wanted = None if state == rules.ALL else state
    return await listed(page, SOURCE, columns, list_path=HERE, side=side, state=wanted, bureau=bureau, **filters)


def _columns(page: Page, state: str) -> Sequence[Column]:
    if is_file(page):
        return OF_FILE
    return BELOW_SEARCH.get(state, (_STATE, *_FOUND, _REQUEST)) if _is_by_search(page) else COLUMNS


async def _hits_in(page: Page, side: str, states: Sequence[str], most: int, **filters: str | None) -> list[rules.Hit]:
    """Return the hits in some states; of each state the newest, where there are very many."""
    asked = (fetched(page, SOURCE, most, side=side, state=state, **filters) for state in states)
    return [hit for found, _cursor in await page.together(*asked) for hit in found]


def _newest_first(hits: Sequence[rules.Hit]) -> list[rules.Hit]:
    return sorted(hits, key=itemgetter("stored"), reverse=True)


def _bureau(page: Page) -> str | None:
    """Return the bureau that a list is narrowed to, by its code or name; None if to none."""
    typed = page.query.get("bureau", "").strip()
    return (code_named(typed) or _NO_BUREAU) if typed else None


async def _side(page: Page) -> str:
    """Return the side that is asked for; of a record the one that has its hits, else the usual one."""
    usual = rules.OVERSIGHT if page.grant.bureau == SECRETARIAT else rules.OWNER
    if page.query.get("side") or not page.query.get("record"):
        return page.query.get("side") or usual
    found, _cursor = await fetched(page, SOURCE, 1, record=page.query["record"])
    return str(found[0]["side"]) if found else usual


def _sides(page: Page) -> dict[str, str]:
    is_informed = page.grant.bureau == SECRETARIAT
    return {name: text for name, text in rules.SIDES.items() if is_informed or name != rules.OVERSIGHT}


def _state(page: Page) -> str:
    # A record is looked for whatever became of its hits.
    return page.query.get("state") or (rules.ALL if page.query.get("record") else rules.OPEN)


# --- a hit


async def _show_hit(page: Page) -> Response:
    """Show a hit with its conversation, and what may be done now."""
    return await _show(page, await _hit(page))


async def _show_conversation(page: Page) -> Response:
    """Show what has become of a hit; with what may be done now, if that is not what the page has."""
    hit = await _hit(page)
    is_new = page.query.get("seen") != seen(hit)
    return page.show("hits/live.html", **_hit_values(page, hit), is_new=is_new)


async def _show(page: Page, hit: Any, *, problem: Problem | None = None, form: Form | None = None) -> Response:
    kind, record = kind_named(hit["service"], hit["kind"]), await record_of(page, hit)
    document = None if record is None or kind is None else document_of(kind, record)
    return page.show(
        "hits/hit.html",
        200 if problem is None else problem.status,
        **_hit_values(page, hit),
        document=document,
        facts=() if document is None else _facts(document),
        may_message=page.may("messages:write"),
        answered=page.query.get("answered", ""),
        problem=problem,
        form=form or Form(()),
    )


def _facts(document: Document) -> list[tuple[str, Node]]:
    """Return what an officer compares first and the card of the record, each field once."""
    facts = dict(facts_of(document.kind, document.record))
    return [*({each.name: each.node for each in document.card} | facts).items()]


def _hit_values(page: Page, hit: Any) -> dict[str, Any]:
    return {
        "hit": hit,
        "rules": rules,
        "states": rules.STATES,
        "may_write": page.may("hits:write"),
        "seen": seen(hit),
    }


def seen(hit: rules.Hit) -> str:
    """Return what tells whether a page still offers the right steps for a hit."""
    return f"{hit['state']}-{hit['requests']}"


async def _hit(page: Page) -> Any:
    return await page.api.get(f"{SOURCE}/{part(page.path['hit'])}", side=page.query.get("side"))


# --- steps


async def _answer(page: Page) -> Response:
    """Answer a request, and go on to the hit that is due next."""
    form = await page.form()
    said = form.one("answer")
    draft: dict[str, Any] = {"answer": said, "remark": form.one("remark")}
    if said == "later":
        draft["at"] = _in_hours(page, form.one("hours"))
    try:
        answered = await page.api.post(f"{SOURCE}/{part(page.path['hit'])}/answer", draft)
    except ApiRefused as refused:
        return await _refused(page, refused, form)
    # Who answers a request has read the message that carried it.
    for asked in answered["confirmations"]:
        if asked["message"]:
            await sign_read(page, asked["message"], answered["finder"])
    return await _next(page, said)


async def _request(page: Page) -> Response:
    """Ask the owner for confirmation."""
    form = await page.form()
    draft = {"urgency": form.one("urgency"), "remark": form.one("remark")}
    path = f"{SOURCE}/{part(page.path['hit'])}"
    try:
        await page.api.post(f"{path}/requests", draft)
    except ApiRefused as refused:
        return await _refused(page, refused, form)
    return page.go(f"{HERE}/{part(page.path['hit'])}", side=rules.FINDER, answered="asked")


async def _conclude(page: Page) -> Response:
    """Add what an examiner concludes."""
    form = await page.form()
    try:
        await conclude(page, page.path["hit"], form)
    except ApiRefused as refused:
        return await _refused(page, refused, form)
    return page.go(f"{HERE}/{part(page.path['hit'])}", side=page.query.get("side"))


async def _refused(page: Page, refused: ApiRefused, form: Form) -> Response:
    """Show the hit as it is now with what was wrong, and the form as it was sent. Raises other refusals."""
    if refused.status not in (409, 422):
        raise refused
    return await _show(page, await _hit(page), problem=refused.problem, form=form)


async def _next(page: Page, said: str) -> Response:
    """Go to the hit that is to be answered next; to the list if there is none."""
    found = await _hits_in(page, rules.OWNER, rules.WAITING[rules.OWNER], most_of(page))
    waiting = rules.most_urgent_first(found)
    others = (hit for hit in waiting if hit["id"] != page.path["hit"])
    due = next(others, None)
    target = HERE if due is None else f"{HERE}/{part(due['id'])}"
    return page.go(target, side=rules.OWNER, answered=said)


def _in_hours(page: Page, hours: str) -> str | None:
    """Return a time ahead, as the API takes it; None for what is no number of hours."""
    if not hours.isascii() or not hours.isdigit():
        return None
    now = page.context.clock.now().astimezone(UTC)
    return (now + timedelta(hours=int(hours[:3]))).isoformat()
