"""The routes of the notices service."""

import os
from typing import Annotated, Final

from fastapi import Body, Depends, Query

from services.notices import SERVICE, rules
from services.notices.checks import NoticeCheckResults, NoticeChecks, results_of
from services.notices.entries import NoticeEntry
from services.notices.examples import EXAMPLES
from services.notices.extracts import ExtractQuery, Extracts
from services.notices.lifecycle import BureauSupervised, SecretariatOnly
from services.notices.models import Answer, Decision, Notice, Question
from services.notices.name_patterns import PatternTooCostly
from services.notices.queries import NoticeFilter, NoticeQuery
from services.notices.requirements import Incomplete
from services.notices.store import NoticeStore
from shared.errors import Conflict, IllegalStep, NotFound
from shared.identity import Caller
from shared.records import service_kit as kit

NAME: Final = SERVICE.name

Reader = Annotated[Caller, kit.permission(NAME, "read")]
Writer = Annotated[Caller, kit.permission(NAME, "write")]
Withdrawer = Annotated[Caller, kit.permission(NAME, "write", while_restricted=True)]
Reviewer = Annotated[Caller, kit.permission(NAME, "review")]
Notices = Annotated[NoticeStore, Depends(kit.reading(NoticeStore))]
NoticesToChange = Annotated[NoticeStore, Depends(kit.writing(NoticeStore), scope="function")]
Enter = Annotated[kit.RecordEntry[Notice], kit.entering(NoticeStore)]
Change = Annotated[kit.RecordChange[Notice], kit.changing(NoticeStore)]
Content = Annotated[
    NoticeEntry, Body(openapi_examples={colour.value: {"value": example} for colour, example in EXAMPLES.items()})
]

REVIEW_REFUSALS: Final = kit.refusals(SecretariatOnly, NotFound, IllegalStep, Conflict)
FITTING_REFUSALS: Final = kit.refusals(kit.PurposeDoesNotFit, kit.StatusDoesNotFit)
EDIT_REFUSALS: Final = kit.refusals(Incomplete, kit.PurposeDoesNotFit, kit.StatusDoesNotFit)

router = kit.service_router(NAME)

create_app = kit.app_factory(
    NAME,
    router,
    description="Notices of all colours, and diffusions. A bureau drafts and submits a notice, the General Secretariat "
    "reviews and publishes it, and from then on all bureaus find it. A bureau sends a diffusion without review before. "
    "A hit is not proof: ask the issuing bureau to confirm it before acting on it.",
)


@router.post("", status_code=201, responses=kit.ENTRY_REFUSALS | FITTING_REFUSALS)
async def draft_notice(_: Writer, content: Content, enter: Enter) -> Notice:
    """Draft a notice.

    A draft may be incomplete, and your bureau alone sees it. What its colour requires is checked on submission, but
    its purpose and the status of its person must fit the colour from the first.
    """
    return await enter(rules.draft, content)


@router.get("")
async def list_notices(_: Reader, notices: Notices, wanted: Annotated[NoticeFilter, Query()]) -> kit.Page[Notice]:
    """List the notices that your bureau may see, newest first."""
    return await notices.list(wanted)


@router.get("/search", response_description=kit.FOUND)
async def search_notices(_: Reader, notices: Notices, query: Annotated[NoticeQuery, Query()]) -> kit.Hits[Notice]:
    """Search the notices in force by name, colour, nationality, sex, status, date of birth, age or document number.

    A notice must match all parameters, in any of the identities of its person. Names match in any order, case and
    script, as they are transliterated, shortened, joined or misspelt; the score says how similar the name is, 1 being
    equal. An age is that of today. A date of birth that is known in part matches if part of it does (`possible`, which
    multiplies the score by 0.8), and a day whose number and month are exchanged there (by 0.64).
    """
    return await notices.search(query)


@router.post("/checks", response_description=kit.FOUND)
async def check_persons(_: Reader, notices: Notices, checks: NoticeChecks) -> NoticeCheckResults:
    """Check up to 1,000 persons at once, as at a border or on a flight; the results are in the same order.

    Each is a search as above. At most 1,000 hits are shown for all together, and 2 MiB of them: a check whose hits are
    left out has a warning, and its `total` counts them. A check that is invalid, or that comes after 15 seconds of
    searching, is not made: its result has an `error`, and null for `hits` and `total`. The others are made.
    """
    return NoticeCheckResults(results=await results_of(checks, notices))


@router.get("/extracts", responses=kit.refusals(PatternTooCostly))
async def list_extracts(_: Reader, notices: Notices, query: Annotated[ExtractQuery, Query()]) -> Extracts:
    """List the extracts that everybody may see, of the notices that their issuers made public.

    Those published last come first. Names are regular expressions of RE2, found anywhere and in any case; what is none
    is a text. The public notices API of a gateway is made of this list.
    """
    return await notices.extracts(query)


@router.get("/{record_id}", responses=kit.READ_REFUSALS)
async def read_notice(record_id: kit.RecordId, _: Reader, notices: Notices) -> Notice:
    """Read one notice."""
    return await notices.get(record_id)


@router.put("/{record_id}", responses=kit.CHANGE_REFUSALS | EDIT_REFUSALS | kit.refusals(BureauSupervised))
async def edit_notice(_: Writer, content: Content, change: Change) -> Notice:
    """Edit a draft or update a notice in force: the content replaces the former one. Only the issuing bureau may.

    An update must contain all that the colour requires, and cannot change the colour. A bureau that is supervised
    cannot update: its update would need prior review.
    """
    return await change(rules.edit, content)


@router.post("/{record_id}/submission", responses=kit.CHANGE_REFUSALS | kit.refusals(Incomplete))
async def submit_notice(_: Writer, change: Change) -> Notice:
    """Submit a draft for review. Only the issuing bureau may.

    It must contain all that its colour requires; `errors` lists what is missing, each with a JSON pointer.
    """
    return await change(rules.submit)


@router.post("/{record_id}/diffusion", responses=kit.CHANGE_REFUSALS | kit.refusals(Incomplete))
async def diffuse_notice(_: Writer, change: Change) -> Notice:
    """Send a draft as a diffusion, without review before: the bureaus to which it is addressed find it at once.

    Only the issuing bureau may. It must contain all that its colour requires. The General Secretariat reviews it
    afterwards, and may cancel it. That of a supervised bureau waits for review instead (`waiting`): until it is
    released, only the issuer and the Secretariat see it.
    """
    return await change(rules.diffuse)


@router.post("/{record_id}/release", responses=REVIEW_REFUSALS)
async def release_diffusion(_: Reviewer, change: Change) -> Notice:
    """Send a diffusion of a supervised bureau that waits for review. Only the General Secretariat may."""
    return await change(rules.release)


@router.post("/{record_id}/review", responses=REVIEW_REFUSALS)
async def start_review(_: Reviewer, change: Change) -> Notice:
    """Start the review of a submitted notice. Only the General Secretariat may."""
    return await change(rules.start_review)


@router.post("/{record_id}/question", responses=REVIEW_REFUSALS)
async def ask_issuer(_: Reviewer, question: Question, change: Change) -> Notice:
    """Ask the issuing bureau about a notice under review, or a diffusion that waits.

    Only the General Secretariat may.
    """
    return await change(rules.ask, question)


@router.post("/{record_id}/answer", responses=kit.CHANGE_REFUSALS)
async def answer_question(_: Withdrawer, answer: Answer, change: Change) -> Notice:
    """Answer the oldest open question of the review. Only the issuing bureau may."""
    return await change(rules.answer, answer)


@router.post("/{record_id}/publication", responses=REVIEW_REFUSALS)
async def publish_notice(
    record_id: kit.RecordId, reviewer: Reviewer, notices: NoticesToChange, revision: kit.NewRevision
) -> Notice:
    """Publish a notice under review: it gets a number of the year, and all bureaus find it.

    The number is random, so that it reveals nothing about other notices. Only the General Secretariat may.
    """
    notice = await notices.get_whole(record_id)
    number = await notices.give_number(revision.at.year, os.urandom)
    return await notices.replace(rules.publish(notice, number, by=reviewer, revision=revision))


@router.post("/{record_id}/refusal", responses=REVIEW_REFUSALS)
async def refuse_notice(_: Reviewer, decision: Decision, change: Change) -> Notice:
    """Refuse a notice under review, or a diffusion that waits, with a coded reason.

    Only the General Secretariat may.
    """
    return await change(rules.refuse, decision)


@router.post("/{record_id}/withdrawal", responses=kit.CHANGE_REFUSALS)
async def withdraw_notice(_: Withdrawer, change: Change) -> Notice:
    """Withdraw a notice or diffusion in force: other bureaus no longer see it. Only the issuing bureau may."""
    return await change(rules.withdraw)


@router.post("/{record_id}/cancellation", responses=REVIEW_REFUSALS)
async def cancel_notice(_: Reviewer, decision: Decision, change: Change) -> Notice:
    """Cancel a notice or diffusion in force, with a coded reason: other bureaus no longer see it.

    Only the General Secretariat may.
    """
    return await change(rules.cancel, decision)


kit.subscription_routes(router, NoticeStore)
kit.record_routes(router, NoticeStore)
