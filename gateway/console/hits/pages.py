"""The pages of hits: the lists of each side, a hit with its conversation, and the steps of an officer."""

from datetime import UTC, timedelta
from typing import Any, Final

from starlette.responses import Response
from starlette.routing import Route

from gateway.console.api import part
from gateway.console.hits import rules
from gateway.console.hits.conclusions import conclude
from gateway.console.in_process import ApiRefused, Problem
from gateway.console.listing import Column, Listing, arranged, as_file, fetched, is_file, listed, most_of
from gateway.console.page import Form, Page, get, post
from gateway.console.references import kind_named
from shared.bureaus import SECRETARIAT

SOURCE: Final = "/api/hits"
HERE: Final = "/hits"
# A record that is not shown says why, in these cases; others are failures.
_NOT_SHOWN: Final = frozenset({403, 404, 503, 504})


def _(text: str) -> str:
    return text


COLUMNS: Final = (
    Column("due", _("Clock"), lambda hit: hit["due"]),
    Column("state", _("State"), lambda hit: hit["state"]),
    Column("kind", _("Record"), lambda hit: hit["kind"]),
    Column("bureau", _("Bureau"), rules.other_bureau),
    Column("urgency", _("Request"), lambda hit: hit["urgency"] and f"{hit['urgency']} {hit['requests']}"),
    Column("purpose", _("Purpose"), lambda hit: hit["purpose"]),
    Column("officer", _("Officer"), lambda hit: hit["officer"]),
    Column("last", _("Found"), lambda hit: hit["last"]),
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
    listing = await _listing(page)
    if is_file(page):
        return as_file(listing, page, "hits")
    return page.show("hits/list.html", **_list_values(page, listing))


async def _show_list(page: Page) -> Response:
    """Show the list alone, as it is now."""
    return page.show("hits/table.html", **_list_values(page, await _listing(page)))


def _list_values(page: Page, listing: Listing) -> dict[str, Any]:
    return {
        "listing": listing,
        "side": _side(page),
        "sides": _sides(page),
        "states": rules.STATES,
        "state": _state(page),
        "rules": rules,
        "may_write": page.may("hits:write"),
    }


async def _listing(page: Page) -> Listing:
    side, state = _side(page), _state(page)
    filters = {name: page.query.get(name, "").strip() or None for name in ("service", "bureau", "record")}
    filters["bureau"] = filters["bureau"] and filters["bureau"].upper()
    if state == rules.OPEN:
        return arranged(page, await _open_hits(page, side, most_of(page), **filters), COLUMNS, list_path=HERE)
    wanted = None if state == rules.ALL else state
    return await listed(page, SOURCE, COLUMNS, list_path=HERE, side=side, state=wanted, **filters)


async def _open_hits(page: Page, side: str, most: int, **filters: str | None) -> list[rules.Hit]:
    """Return the hits that somebody has to do something about; of each state the newest, where there are very many."""
    asked = (
        fetched(page, SOURCE, most, side=side, state=state, **filters) for state in rules.OPEN_STATES.get(side, ())
    )
    return rules.most_urgent_first(hit for found, _cursor in await page.together(*asked) for hit in found)


def _side(page: Page) -> str:
    usual = rules.OVERSIGHT if page.grant.bureau == SECRETARIAT else rules.OWNER
    return page.query.get("side") or usual


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
    return page.show(
        "hits/hit.html",
        200 if problem is None else problem.status,
        **_hit_values(page, hit),
        record=await _record(page, hit),
        kind=kind_named(hit["service"], hit["kind"]),
        answered=page.query.get("answered", ""),
        problem=problem,
        form=form or Form(()),
    )


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


async def _record(page: Page, hit: Any) -> Any:
    """Return the record that was found, read in the officer's name; None if the officer is not shown it."""
    kind = kind_named(hit["service"], hit["kind"])
    if kind is None or not page.may(f"{kind.service}:read"):
        return None
    try:
        return await page.api.get(f"{kind.path}/{part(hit['record'])}")
    except ApiRefused as refused:
        if refused.status not in _NOT_SHOWN:
            raise
        return None


# --- steps


async def _answer(page: Page) -> Response:
    """Answer a request, and go on to the hit that is due next."""
    form = await page.form()
    said = form.one("answer")
    draft: dict[str, Any] = {"answer": said, "remark": form.one("remark")}
    if said == "later":
        draft["at"] = _in_hours(page, form.one("hours"))
    try:
        await page.api.post(f"{SOURCE}/{part(page.path['hit'])}/answer", draft)
    except ApiRefused as refused:
        return await _refused(page, refused, form)
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
    await conclude(page, page.path["hit"])
    return page.go(f"{HERE}/{part(page.path['hit'])}", side=page.query.get("side"))


async def _refused(page: Page, refused: ApiRefused, form: Form) -> Response:
    """Show the hit as it is now with what was wrong, and the form as it was sent. Raises other refusals."""
    if refused.status not in (409, 422):
        raise refused
    return await _show(page, await _hit(page), problem=refused.problem, form=form)


async def _next(page: Page, said: str) -> Response:
    """Go to the hit that is to be answered next; to the list if there is none."""
    waiting = [hit for hit in await _open_hits(page, rules.OWNER, most_of(page)) if hit["state"] != "later"]
    others = (hit for hit in waiting if hit["id"] != page.path["hit"])
    found = next(others, None)
    target = HERE if found is None else f"{HERE}/{part(found['id'])}"
    return page.go(target, side=rules.OWNER, answered=said)


def _in_hours(page: Page, hours: str) -> str | None:
    """Return a time ahead, as the API takes it; None for what is no number of hours."""
    if not hours.isascii() or not hours.isdigit():
        return None
    now = page.context.clock.now().astimezone(UTC)
    return (now + timedelta(hours=int(hours[:3]))).isoformat()
