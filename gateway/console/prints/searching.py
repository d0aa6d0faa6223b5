"""Seeking a print: it is kept for a while, so that what is found can be compared with it."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
from starlette.responses import Response

from gateway.console.api import ApiFile, Value, part, target_of
from gateway.console.in_process import ApiRefused, Problem
from gateway.console.kinds import BY_NAME, page_of
from gateway.console.listing import Column, arranged, as_file, listed
from gateway.console.page import Page
from gateway.console.prints import fingers
from gateway.console.sent_forms import Form
from shared.errors import Malformed, Refusal

HOME: Final = "/prints"
API: Final = "/api/fingerprints"
WRITE: Final = "fingerprints:write"
# Of one file, and the fields around it; and of two.
MAX_UPLOAD: Final = 3_200_000
STATUSES: Final = (
    *("suspect", "charged", "convicted", "wanted", "witness", "victim", "missing"),
    *("unable-to-identify", "deceased", "other"),
)
FILTERS: Final = ("position", "person_status", "least_score")


def _(text: str) -> str:
    return text


Hit = Mapping[str, Any]


def finger_of(hit: Hit) -> str:
    """Return the finger of a record that is like the print."""
    return next((str(each["found"]) for each in hit["why"] if each["field"] == "finger"), "")


RECORDS: Final[Sequence[Column]] = (
    Column("reference", _("Reference"), lambda record: record["reference"]),
    Column("category", _("Category"), lambda record: record["category"]),
    Column("person_status", _("Status of the person"), lambda record: record["person_status"]),
    Column("prints", _("Fingers"), lambda record: len(record["prints"])),
    Column("status", _("State"), lambda record: record["status"]),
    Column("updated", _("Changed"), lambda record: record["updated"]),
)
CANDIDATES: Final[Sequence[Column]] = (
    Column("score", _("Score"), lambda hit: hit["score"]),
    Column("finger", _("Finger"), finger_of),
    Column("owner", _("Owner"), lambda hit: hit["record"]["owner"]),
    Column("reference", _("Record"), lambda hit: hit["record"]["reference"] or hit["record"]["id"]),
    Column("category", _("Category"), lambda hit: hit["record"]["category"]),
    Column("person_status", _("Status of the person"), lambda hit: hit["record"]["person_status"]),
    Column("remark", _("Remark"), lambda hit: hit["record"]["remark"]),
)


async def show_home(page: Page) -> Response:
    """Show what can be done with prints, and the records of the bureau."""
    return await home(page)


async def home(page: Page, status: int = 200, failed: str = "", problem: Problem | None = None) -> Response:
    """Return the first page of prints, with what is wrong with a form that was sent."""
    listing = await listed(page, API, RECORDS, owner=page.grant.bureau)
    if page.query.get("format") == "csv":
        return as_file(listing, page, "fingerprints")
    return page.show(
        "prints/home.html",
        status,
        listing=listing,
        failed=failed,
        problem=problem,
        advice=problem and fingers.advice_on(problem.code),
        may_write=page.may(WRITE),
        left=fingers.LEFT,
        right=fingers.RIGHT,
        statuses=STATUSES,
        threshold=fingers.THRESHOLD,
    )


async def seek(page: Page) -> Response:
    """Keep the print that was sent, and go to what is found."""
    try:
        upload = await page.upload(MAX_UPLOAD)
        kept = await keep(page, upload.files.get("print"))
    except (ApiRefused, Refusal) as refused:
        return await home(page, *told(refused, "identify"))
    asked = {name: upload.form.one(name) or None for name in FILTERS}
    return page.go(f"{HOME}/sought/{part(kept)}", **asked)


async def keep(page: Page, file: Any) -> str:
    """Keep the print in a file that was sent, and return its id. Raises ApiRefused, Malformed."""
    if file is None:
        raise Malformed("choose the image of a finger")
    answer = await sent(page, f"{API}/sought", file.body)
    return str(_json(answer)["id"])


async def sent(page: Page, target: str, image: bytes) -> ApiFile:
    """Send an image to the API. Raises ApiRefused."""
    return await page.api.exchange("POST", target, image, fingers.media_type_of(image))


def told(refused: Exception, failed: str) -> tuple[int, str, Problem]:
    """Return what a page says of a form that was refused: status, which form, and why. Raises what is no such refusal.

    A session that is over ends in the sign-in.
    """
    if isinstance(refused, ApiRefused) and refused.status != 401:
        return refused.status, failed, refused.problem
    if isinstance(refused, Refusal):
        return refused.status, failed, Problem(f"urn:i247:problem:{refused.code}", "", refused.status, refused.detail)
    raise refused


async def show_candidates(page: Page) -> Response:
    """Show the records that may hold the finger of a print."""
    print_id = part(page.path["id"])
    asked: dict[str, Value] = {name: page.query.get(name) or None for name in FILTERS}
    kept, found = await page.together(
        page.api.get(f"{API}/sought/{print_id}"),
        page.api.post(target_of(f"{API}/sought/{print_id}/identification", {**asked, "limit": 100})),
    )
    listing = arranged(page, found["hits"], CANDIDATES)
    if page.query.get("format") == "csv":
        return as_file(listing, page, "candidates")
    return page.show(
        "prints/candidates.html",
        kept=kept,
        found=found,
        listing=listing,
        faults=fingers.faults_of(kept),
        rows=[_row(hit, kept["id"], page.query) for hit in listing.items],
        left=fingers.LEFT,
        right=fingers.RIGHT,
        statuses=STATUSES,
        threshold=fingers.THRESHOLD,
        form=Form(tuple(page.query.items())),
    )


def _row(hit: Hit, print_id: str, query: Mapping[str, str]) -> dict[str, Any]:
    record, finger = hit["record"], finger_of(hit)
    path = f"{HOME}/sought/{part(print_id)}/records/{part(record['id'])}/{part(finger)}"
    kept = {name: query.get(name) or None for name in FILTERS}
    return {
        "hit": hit,
        "record": record,
        "finger": finger,
        "compare": target_of(path, kept),
        "page": page_of(BY_NAME["fingerprints"], record["id"]),
        "reaches": hit["score"] >= fingers.THRESHOLD,
    }


def _json(answer: ApiFile) -> Any:
    return msgspec.json.decode(answer.body)
