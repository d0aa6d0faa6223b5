"""One notice under review: what it says, what the screening found in it, what was asked, and the decision."""

from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Final

from starlette.exceptions import HTTPException
from starlette.responses import Response

from gateway.console.api import Api, part
from gateway.console.defences import HEADERS
from gateway.console.in_process import ApiRefused, Problem
from gateway.console.page import Page
from gateway.console.review import cases, queue, steps
from gateway.console.review.differences import differences
from gateway.console.review.marking import Marks
from gateway.console.review.outcomes import done_of
from gateway.console.review.reading import sections_of
from gateway.console.sent_forms import Form

JPEG: Final = "image/jpeg"

Step = Callable[[Api, Mapping[str, Any], Form], Coroutine[Any, Any, str]]
# What is done, and the form that does it.
STEPS: Final[dict[str, Step]] = {
    "approve": steps.approve,
    "refuse": steps.refuse,
    "ask": steps.ask,
    "withdraw-question": steps.withdraw_question,
}


async def show_item(page: Page) -> Response:
    """Show a notice to the officers who decide on it."""
    return await _shown(page, 200)


async def take_step(page: Page) -> Response:
    """Take a step of the review, and go to what waits next; the form is shown again if the API refuses it."""
    name, notice_id = page.path["step"], page.path["id"]
    if name not in STEPS:
        raise HTTPException(404)
    form = await page.form()
    notice = await _notice(page)
    place = await queue.place_of(page, notice_id)
    try:
        done = await STEPS[name](page.api, notice, form)
    except ApiRefused as refused:
        if refused.status == 401:
            raise
        return await _shown(page, refused.status, name, form, refused.problem)
    return await _go_on(page, place, done)


async def _go_on(page: Page, place: queue.Place, done: str) -> Response:
    notice_id = page.path["id"]
    following = notice_id if done == "question-withdrawn" else place.next or await queue.oldest_but(page, notice_id)
    target = queue.HOME if following is None else f"{queue.HOME}/{part(following)}"
    return page.go(target, **queue.filters_of(page), done=done, of=notice_id)


async def show_photograph(page: Page) -> Response:
    """Send a photograph of a notice, small unless the whole one is asked for."""
    whole = "" if page.query.get("size") == "whole" else "/thumbnail"
    path = f"/api/notices/{part(page.path['id'])}/photographs/{part(page.path['photograph'])}{whole}"
    file = await page.api.exchange("GET", path, accept=JPEG)
    if file.media_type != JPEG:
        raise HTTPException(404)
    return Response(file.body, headers=HEADERS, media_type=JPEG)


async def _notice(page: Page) -> Mapping[str, Any]:
    notice: Mapping[str, Any] = await page.api.get(f"/api/notices/{part(page.path['id'])}")
    return notice


async def _shown(
    page: Page, status: int, opened: str = "", form: Form | None = None, problem: Problem | None = None
) -> Response:
    notice = await _notice(page)
    place = await queue.place_of(page, notice["id"])
    case, update = cases.case_of(notice), cases.open_update(notice)
    content = notice if update is None else update["content"]
    marks = Marks(case["findings"])
    return page.show(
        "review/item.html",
        status,
        notice=notice,
        case=case,
        update=update,
        place=place,
        title=queue.title_of(content),
        sections=sections_of(content, marks),
        findings=[_finding(number, each, marks) for number, each in enumerate(case["findings"], start=1)],
        differences=[] if update is None else differences(notice, content, update["changes"]),
        photographs=_photographs(notice, update),
        acts=cases.acts_on(notice),
        to_overrule=cases.to_overrule(case),
        open_questions=cases.open_questions(case),
        has_approved=cases.has_approved(case, page.grant),
        has_drafted=cases.has_drafted(notice, page.grant),
        reasons=steps.REASONS,
        opened=opened,
        form=form or Form(()),
        problem=problem,
        faults=_faults(problem),
        done=done_of(page.query, queue.HOME),
        path_of=lambda notice_id: queue.path_of(notice_id, page),
        step_path=lambda step: queue.path_of(f"{part(notice['id'])}/{step}", page),
    )


def _finding(number: int, finding: Mapping[str, Any], marks: Marks) -> dict[str, Any]:
    return {**finding, "number": number, "is_placed": number in marks.placed}


def _photographs(notice: Mapping[str, Any], update: Mapping[str, Any] | None) -> list[tuple[str, str]]:
    """Return the photographs by their ids, each with what an update does to it: `stays`, `added` or `removed`."""
    held = [each["id"] for each in notice["photographs"]]
    wanted = held if update is None or update["photographs"] is None else [each["id"] for each in update["photographs"]]
    of_wanted = [(each, "stays" if each in held else "added") for each in wanted]
    return [*of_wanted, *((each, "removed") for each in held if each not in wanted)]


def _faults(problem: Problem | None) -> dict[str, str]:
    """Return what is wrong with each field, by the name of the field."""
    if problem is None:
        return {}
    return {each.get("pointer", "").lstrip("/"): each.get("detail", "") for each in problem.errors}
