"""What the reviewers ask a bureau about what it handed in, and the form to answer: for those who write notices."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from starlette.responses import Response

from gateway.console.api import part
from gateway.console.in_process import ApiRefused, Problem
from gateway.console.kinds import BY_NAME, page_of
from gateway.console.listing import Column, as_file, listed
from gateway.console.page import Page
from gateway.console.review import cases
from gateway.console.review.outcomes import done_of
from gateway.console.review.queue import title_of
from gateway.console.sent_forms import Form

HOME: Final = "/review/questions"
SOURCE: Final = "/api/notices/reviews/own"
WRITE: Final = "notices:write"


def _(text: str) -> str:
    return text


Item = Mapping[str, Any]
COLUMNS: Final[Sequence[Column]] = (
    Column("number", _("Notice"), lambda item: item["notice"]["number"] or item["notice"]["id"]),
    Column("subject", _("About"), lambda item: title_of(item["notice"])),
    Column("waiting", _("What waits"), lambda item: item["waiting"]),
    Column("since", _("Waits since"), lambda item: item["since"]),
    Column("stops", _("Stopping"), lambda item: item["stopping"]),
    Column("approvals", _("Approved by"), lambda item: f"{item['approvals']}/{item['approvals_needed']}"),
    Column("questions", _("Open questions"), lambda item: item["open_questions"]),
)


async def show_questions(page: Page) -> Response:
    """Show what the bureau handed in, first what it is asked about."""
    return await _shown(page, 200)


async def give_answer(page: Page) -> Response:
    """Answer the oldest open question about a notice."""
    form, notice_id = await page.form(), page.path["id"]
    try:
        await page.api.post(f"/api/notices/{part(notice_id)}/answer", {"text": form.one("text")})
    except ApiRefused as refused:
        if refused.status == 401:
            raise
        return await _shown(page, refused.status, notice_id, form, refused.problem)
    return page.go(HOME, done="answered", of=notice_id)


async def _shown(
    page: Page, status: int, failed: str = "", form: Form | None = None, problem: Problem | None = None
) -> Response:
    listing = await listed(page, SOURCE, COLUMNS)
    if page.query.get("format") == "csv":
        return as_file(listing, page, "handed-in")
    return page.show(
        "review/questions.html",
        status,
        listing=listing,
        rows=[_row(item) for item in listing.items],
        asked=[_asked(item) for item in listing.items if item["open_questions"]],
        failed=failed,
        form=form or Form(()),
        problem=problem,
        may_answer=page.may(WRITE),
        done=done_of(page.query, BY_NAME["notices"].page),
    )


def _row(item: Item) -> dict[str, Any]:
    notice = item["notice"]
    return {"item": item, "title": title_of(notice), "path": page_of(BY_NAME["notices"], notice["id"])}


def _asked(item: Item) -> dict[str, Any]:
    """Return a notice with its thread, and the question that an answer is to: the oldest that is open."""
    thread = cases.case_of(item["notice"])["exchanges"]
    number = next(at for at, each in enumerate(thread, start=1) if cases.is_open(each))
    return {**_row(item), "thread": thread, "number": number, "question": thread[number - 1]}
