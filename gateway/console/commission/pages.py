"""The routes of the pages of the Commission.

An officer of anybody else gets what any unknown address is answered, before anything is asked of the API.
"""

import re
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Final

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Route

from gateway.console.commission import case, decisions, requests
from gateway.console.commission.api_requests import PATH
from gateway.console.page import Page
from gateway.console.routing import get, post
from shared.bureaus import COMMISSION
from shared.ids import UUID7_PATTERN

_ID: Final = re.compile(UUID7_PATTERN)

Handler = Callable[[Page], Awaitable[Response]]


def routes() -> list[Route]:
    """Return the routes of these pages."""
    one = f"{PATH}/{{id}}"
    record = f"{one}/records/{{number:number}}"
    return [
        get(PATH, _confidential(requests.show_requests)),
        get(f"{PATH}/new", _confidential(requests.show_form)),
        post(f"{PATH}/new", _confidential(requests.enter)),
        get(one, _confidential(case.show_request)),
        post(f"{one}/admissibility", _confidential(case.decide_admissibility)),
        post(f"{one}/records", _confidential(case.attach)),
        post(f"{record}/removal", _confidential(case.remove)),
        get(f"{one}/decision", _confidential(decisions.show_decision)),
        post(f"{one}/decision", _confidential(decisions.decide)),
        get(f"{record}/corrections", _confidential(decisions.show_corrections)),
        post(f"{record}/corrections", _confidential(decisions.restate)),
        post(f"{record}/abandonment", _confidential(case.abandon)),
        post(f"{one}/closure", _confidential(case.close)),
        get(f"{one}/report", _confidential(case.show_report)),
    ]


def _confidential(handler: Handler) -> Handler:
    """Return a page for officers of the Commission; for all others there is no such page."""

    @wraps(handler)
    async def guarded(page: Page) -> Response:
        is_of_commission = page.grant.bureau == COMMISSION and page.may("subject-requests:read")
        is_known = "id" not in page.path or _ID.fullmatch(page.path["id"])
        if not (is_of_commission and is_known):
            raise HTTPException(404)
        return await handler(page)

    return guarded
