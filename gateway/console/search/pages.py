"""The page of the search. One address does it all: with a script its answers come as events, without one at once."""

from collections.abc import AsyncIterator, Mapping
from typing import Any, Final
from urllib.parse import urlencode

from starlette.background import BackgroundTask
from starlette.responses import Response
from starlette.routing import Route

from gateway.console.cookies import is_purpose_said, set_purpose_said
from gateway.console.countries import country_named
from gateway.console.in_process import ApiRefused, Problem
from gateway.console.listing import Listing, as_file
from gateway.console.page import Page
from gateway.console.rendering import render_text
from gateway.console.routing import get
from gateway.console.search import by_picture, confirmations, question
from gateway.console.search.asking import Asking
from gateway.console.search.columns import COLUMNS, items_of
from gateway.console.search.examples import EXAMPLES
from gateway.console.search.known import KnownHits
from gateway.console.search.question import FIELDS, Question
from gateway.console.search.reading.readings import READINGS
from gateway.console.search.streams import GAP, events, html_parts
from gateway.console.written_dates import month_of
from shared.identity import PURPOSES

_UNASKED: Final = "search/part_unasked.html"
_PAGE: Final = "search/page.html"
HOME: Final = "/"
_OF_CHECK: Final = {"document/issuer": "issuer", "document/number": "document_number"}


def routes() -> list[Route]:
    """Return the routes of this page."""
    return [get(HOME, show_search, is_work_until_sent=True), *confirmations.routes(), *by_picture.routes()]


async def show_search(page: Page) -> Response:
    """Show the box, and what was found for what is asked. Say once in a session which purpose was preset."""
    response = await _answer(page, says_purpose := _is_purpose_to_say(page))
    if says_purpose:
        set_purpose_said(response, page.request, page.session.cookie)
    return response


def _is_purpose_to_say(page: Page) -> bool:
    """Return whether the purpose is the one that the token states, and the officer has not read so in this session."""
    is_preset = page.session.purpose is not None and page.session.purpose == page.grant.purpose
    is_page = page.request.method == "GET" and not page.is_partial and page.query.get("format") is None
    return is_preset and is_page and not is_purpose_said(page.request, page.session.cookie)


async def _answer(page: Page, says_purpose: bool) -> Response:
    asked = Question(page.request.query_params, page.context.clock.now().date(), page.session.purpose)
    if asked.is_empty or asked.waits or page.session.purpose is None or _is_for_another_purpose(page):
        shown = _shown(asked, says_purpose=says_purpose, again=_again(page))
        response = page.show(_UNASKED if page.is_partial else _PAGE, **shown)
        # What the first text with the name of a month or of a country would wait for.
        response.background = BackgroundTask(_read_names)
        return response
    asking = Asking(page.api, asked, page.context.services, KnownHits(page))
    try:
        await asking.__aenter__()
    except ApiRefused as refused:
        return _refused(page, asked, refused)
    if page.query.get("format") == "csv":
        return await _file(page, asking)
    if page.is_partial:
        return events(_parts(page, asked, asking))
    shown = _shown(asked, gap=GAP, says_purpose=says_purpose)
    return html_parts(
        render_text(_PAGE, page.texts, request=page.request, page=page, **shown), _whole(page, asked, asking)
    )


def _is_for_another_purpose(page: Page) -> bool:
    """Return whether the page that asks shows another purpose than that of the session, chosen in another window."""
    return PURPOSES.get(page.query.get("purpose", ""), page.session.purpose) != page.session.purpose


def _again(page: Page) -> str:
    """Return the address that asks the same for the purpose of the session."""
    stated = page.request.query_params.multi_items()
    return f"{HOME}?{urlencode([each for each in stated if each[0] not in ('purpose', question.WAITS)])}"


def _read_names() -> None:
    month_of("")
    country_named("")


def _shown(asked: Question, **more: Any) -> dict[str, Any]:
    return {
        "asked": asked,
        "groups": GROUPS,
        "readings": READINGS,
        "examples": EXAMPLES,
        "gap": None,
        "says_purpose": False,
        "again": HOME,
        "problem": None,
        "faults": {},
        **more,
    }


GROUPS: Final = (
    question.PERSON,
    question.DOCUMENT,
    question.VEHICLE,
    question.THING,
    question.VESSEL,
    question.WORK[:-1],
    question.BODY,
    question.RECORD,
)


def _refused(page: Page, asked: Question, refused: ApiRefused) -> Response:
    """Show a question that is refused, with each fault at its field; raise what is no fault of the question."""
    if refused.status != 422:
        raise refused
    faults = _faults(refused.problem)
    template = "search/part_refused.html" if page.is_partial else _PAGE
    return page.show(template, 422, **_shown(asked, problem=refused.problem, faults=faults))


def _faults(problem: Problem) -> Mapping[str, str]:
    """Return what is wrong with which field."""
    found = {}
    for error in problem.errors:
        place = error.get("pointer", "").strip("/")
        found[_OF_CHECK.get(place, place)] = error.get("detail", "")
    return {name: detail for name, detail in found.items() if name in FIELDS}


async def _file(page: Page, asking: Asking) -> Response:
    try:
        await asking.all()
    finally:
        await asking.__aexit__()
    listing = Listing(items_of(asking.sources), COLUMNS, HOME, {}, None)
    return as_file(listing, page, "hits")


async def _whole(page: Page, asked: Question, asking: Asking) -> AsyncIterator[str]:
    """Yield all results at once."""
    try:
        await asking.all()
        yield _rendered("search/results.html", page, asked, asking, is_over=True)
    finally:
        await asking.__aexit__()


async def _parts(page: Page, asked: Question, asking: Asking) -> AsyncIterator[str]:
    """Yield the frame of the results, what each register answered, and the outcome, as parts for htmx."""
    try:
        yield _rendered("search/results.html", page, asked, asking, is_over=False)
        async for source in asking.answers():
            yield _rendered("search/part_source.html", page, asked, asking, source=source, is_over=False)
        yield _rendered("search/part_outcome.html", page, asked, asking, is_over=True)
    finally:
        await asking.__aexit__()


def _rendered(template: str, page: Page, asked: Question, asking: Asking, **more: Any) -> str:
    return render_text(
        template,
        page.texts,
        page=page,
        asked=asked,
        readings=READINGS,
        sources=asking.sources,
        outcome=asking.outcome,
        left_out=asking.left_out,
        zone=asking.zone,
        problem=asking.problem,
        now=page.context.clock.now(),
        **more,
    )
