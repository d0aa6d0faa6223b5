"""The routes of the notices service."""

import os
from typing import Annotated, Final

from fastapi import Body, Depends, Query

from services.notices import rules
from services.notices.checks import NoticeCheckResults, NoticeChecks, results_of
from services.notices.criteria.progress import NoticeRequirements, RequirementsQuery, requirements_of
from services.notices.criteria.requirements import Incomplete
from services.notices.dependencies import NAME, Reader, Reviewer, Withdrawer, Writer
from services.notices.entries import NoticeEntry
from services.notices.example_requests import EXAMPLES
from services.notices.examples import DOCUMENTED
from services.notices.lifecycle import BureauSupervised, SecretariatOnly
from services.notices.models import Notice
from services.notices.persons.routes import declare_person_files
from services.notices.persons.store import PersonFileStore
from services.notices.public_list.extracts import ExtractQuery, Extracts
from services.notices.public_list.name_patterns import PatternTooCostly
from services.notices.queries import NoticeFilter, NoticeQuery
from services.notices.review.queue import OwnQueueQuery, QueueLength, QueueQuery, ReviewQueue
from services.notices.review.requests import NoticeRequestPage, RequestQuery
from services.notices.review.statistics import Statistics, StatisticsQuery
from services.notices.review_models import IssuerAnswer
from services.notices.review_reads import ReviewReads
from services.notices.review_routes import router as review_router
from services.notices.screened_changes import Screened
from services.notices.store import NoticeStore
from shared.records import service_kit as kit

Notices = Annotated[NoticeStore, Depends(kit.reading(NoticeStore))]
Reviews = Annotated[ReviewReads, Depends(kit.reading(ReviewReads))]
Enter = Annotated[kit.RecordEntry[Notice], kit.entering(NoticeStore)]
Change = Annotated[kit.RecordChange[Notice], kit.changing(NoticeStore)]
Content = Annotated[NoticeEntry, Body(openapi_examples=DOCUMENTED)]

ISSUING_REFUSALS: Final = kit.refusals(SecretariatOnly, Incomplete)
FITTING_REFUSALS: Final = kit.refusals(kit.PurposeDoesNotFit, kit.StatusDoesNotFit)
EDIT_REFUSALS: Final = kit.refusals(Incomplete, kit.PurposeDoesNotFit, kit.StatusDoesNotFit)

sandbox_router = kit.service_router(NAME)
router = kit.service_router(NAME)

create_app = kit.app_factory(
    NAME,
    router,
    description="Notices of all colours, diffusions, and criminal files (`/persons`). A bureau drafts and submits a "
    "notice, the General Secretariat reviews and publishes it, and from then on all bureaus find it. An update of what "
    "binds is reviewed too. A diffusion is sent at once and reviewed afterwards; a criminal file is not reviewed. A "
    "hit is not proof: ask the issuing bureau to confirm it before acting on it.",
    examples=EXAMPLES,
    lifespan=kit.reading_photographs(NAME),
    in_sandbox=sandbox_router,
)


@router.post("", status_code=201, responses=kit.ENTRY_REFUSALS | FITTING_REFUSALS | kit.refusals(SecretariatOnly))
async def create_notice(_: Writer, content: Content, enter: Enter) -> Notice:
    """Create a draft of a notice.

    A draft may be incomplete, and your bureau alone sees it. What its colour requires is checked on submission, but
    its purpose and the status of its person must fit the colour from the first. Notices of the United Nations Security
    Council are drafted by the General Secretariat alone.
    """
    return await enter(rules.draft, content)


@router.get("")
async def list_notices(_: Reader, notices: Notices, wanted: Annotated[NoticeFilter, Query()]) -> kit.Page[Notice]:
    """List the notices that your bureau may see, newest first."""
    return await notices.list(wanted)


@router.get("/search", response_description=kit.FOUND)
async def search_notices(_: Reader, notices: Notices, query: Annotated[NoticeQuery, Query()]) -> kit.Hits[Notice]:
    """Search the notices in force.

    The criteria are name, colour, nationality, sex, status, date of birth, age or document number. A notice must match
    all parameters, in any of the identities of its person. Names match in any order, case and script, as they are
    transliterated, shortened, joined or misspelt; the score says how similar the name is, 1 being equal. An age is that
    of today, or of `age_on`. A date of birth that is known in part matches if part of it does (`possible`, which
    multiplies the score by 0.8), and a day whose number and month are exchanged there (by 0.64).
    """
    return await notices.search(query)


@router.post("/checks", response_description=kit.FOUND)
async def check_persons(_: Reader, notices: Notices, checks: NoticeChecks) -> NoticeCheckResults:
    """Check up to 1,000 persons at once, as at a border or on a flight.

    The results are in the same order. Each is a search as above. At most 1,000 hits are shown for all together, and 2
    MiB of them: a check whose hits are left out has a warning, and its `total` counts them. A check that is invalid, or
    that comes after 12 seconds of searching, is not made: its result has an `error`, and null for `hits` and `total`.
    The others are made.
    """
    return NoticeCheckResults(results=await results_of(checks, notices))


@router.post("/requirements", responses=FITTING_REFUSALS)
async def check_notice_requirements(
    _: Reader, content: Content, asked: Annotated[RequirementsQuery, Query()], now: kit.NewRevision
) -> NoticeRequirements:
    """Check what a notice has of all that its colour requires, before it is drafted or submitted.

    It is for forms. Nothing is stored, no record is read, and the texts are not screened: that is done when the notice
    is submitted. A record with a photograph states so with `photograph`, since a photograph is a means of
    identification.
    """
    return requirements_of(content, asked, now.at.date())


# A path is matched in the order of declaration, so what has a name stands before `/{record_id}`.
declare_person_files(router)


@router.get("/requests")
async def list_notice_requests(
    _: Reader, reviews: Reviews, wanted: Annotated[RequestQuery, Query()]
) -> NoticeRequestPage:
    """List the red notices that are being processed.

    It shows that there is a request, and about which person. From submission until the decision all bureaus that the
    notice would reach see its number, owner, colour, name and date of birth, and nothing else. When it is refused, who
    was shown this is asked to remove it.
    """
    return await reviews.requests(wanted)


@router.get("/reviews", responses=kit.refusals(SecretariatOnly))
async def list_notice_reviews(_: Reviewer, reviews: Reviews, wanted: Annotated[QueueQuery, Query()]) -> ReviewQueue:
    """List what waits for the reviewers, the oldest first.

    These are notices, diffusions and updates. Diffusions in force are listed until they are found compliant or
    cancelled. Only the General Secretariat may.
    """
    return await reviews.queue(wanted)


@router.get("/reviews/count", responses=kit.refusals(SecretariatOnly))
async def get_notice_review_count(_: Reviewer, reviews: Reviews) -> QueueLength:
    """Get how much waits for the reviewers, without reading it.

    It is all that the list has. Only the General Secretariat may.
    """
    return await reviews.queue_length()


@router.get("/reviews/own")
async def list_own_notice_reviews(
    _: Reader, reviews: Reviews, wanted: Annotated[OwnQueueQuery, Query()]
) -> ReviewQueue:
    """List what your bureau handed in for review and is not decided, the oldest first.

    These are notices, diffusions and updates, each with the questions that are open. Diffusions in force are listed
    until they are found compliant or cancelled. Who reviews is not shown.
    """
    return await reviews.own_queue(wanted)


@router.get("/statistics")
async def get_notice_statistics(_: Reader, reviews: Reviews, wanted: Annotated[StatisticsQuery, Query()]) -> Statistics:
    """Get statistics of what the General Secretariat decided.

    They are by year, bureau, colour, outcome and reason; everybody may. Notices that bar bureaus or are addressed to
    some are not counted, as a total would reveal them. There is no personal data in it. A gateway that hosts the public
    answers this without a token as well.
    """
    return await reviews.statistics(wanted)


@router.get("/extracts", responses=kit.refusals(PatternTooCostly))
async def list_notice_extracts(_: Reader, notices: Notices, query: Annotated[ExtractQuery, Query()]) -> Extracts:
    """List extracts of the notices that their issuers made public.

    Everybody may see them. Those published last come first. Names are regular expressions of RE2, found anywhere and in
    any case; what is none is a text. The public notices API of a gateway is made of this list.
    """
    return await notices.extracts(query)


@router.get("/{record_id}", responses=kit.READ_REFUSALS)
async def get_notice(record_id: kit.RecordId, _: Reader, notices: Notices) -> Notice:
    """Get a notice."""
    return await notices.get(record_id)


@router.put(
    "/{record_id}", responses=kit.CHANGE_REFUSALS | EDIT_REFUSALS | kit.refusals(BureauSupervised, SecretariatOnly)
)
async def update_notice(_: Writer, content: Content, change: Screened) -> Notice:
    """Update a draft or a notice in force.

    The content replaces the former one. Only the issuing bureau may. An update must contain all that the colour
    requires, and cannot change the colour. If it changes what binds, such as identity, charges or facts, it waits for
    review as `pending`, and the notice in force stays as it is for all others; a later update replaces it, and the
    thread of questions goes on. Readers and handling change at once, and so does a fresh trace alone, such as the last
    known place. A diffusion changes at once, and is reviewed afterwards, but for those of the Secretariat itself. Every
    update waits that the screening stops, and all of a supervised bureau.
    """
    return await change(rules.edit, content)


@router.delete("/{record_id}/pending", status_code=200, responses=kit.CHANGE_REFUSALS)
async def delete_notice_update(_: Withdrawer, change: Change) -> Notice:
    """Delete the update that waits for review, or that was refused. Only the issuing bureau may."""
    return await change(rules.withdraw_update)


@router.post("/{record_id}/submission", responses=kit.CHANGE_REFUSALS | ISSUING_REFUSALS)
async def submit_notice(_: Writer, change: Screened, revision: kit.NewRevision) -> Notice:
    """Submit a draft for review.

    It gets a number of the year. Only the issuing bureau may. It must contain all that its colour requires; `errors`
    lists what is missing, each with a JSON pointer and the article that asks for it. It is screened: `findings` says
    what the review will look at, with the words it rests on. The number is random, so that it reveals nothing about
    other notices. All bureaus that a red notice would reach see that it is being processed.
    """
    number = await change.store.give_number(revision.at.year, os.urandom)
    return await change(rules.submit, number)


@router.post("/{record_id}/diffusion", responses=kit.CHANGE_REFUSALS | ISSUING_REFUSALS)
async def diffuse_notice(_: Writer, change: Screened) -> Notice:
    """Diffuse a draft to the bureaus to which it is addressed.

    There is no review before: they find it at once. Only the issuing bureau may. It must contain all that its colour
    requires. The General Secretariat reviews it afterwards, and may cancel it. That of a supervised bureau or of the
    Secretariat itself, and one with a finding of the screening that stops it, waits for review instead (`waiting`):
    until it is released, only the issuer and the Secretariat see it.
    """
    return await change(rules.diffuse)


@router.post("/{record_id}/answer", responses=kit.CHANGE_REFUSALS)
async def answer_notice_question(_: Withdrawer, answer: IssuerAnswer, change: Change) -> Notice:
    """Answer the oldest open question of the review. Only the issuing bureau may."""
    return await change(rules.answer, answer)


@router.post("/{record_id}/withdrawal", responses=kit.CHANGE_REFUSALS)
async def withdraw_notice(_: Withdrawer, change: Change) -> Notice:
    """Withdraw a notice or diffusion in force.

    Other bureaus no longer see it. Only the issuing bureau may.
    """
    return await change(rules.withdraw)


router.routes.extend(review_router.routes)
kit.photograph_routes(router, NoticeStore)
kit.subscription_routes(router, NoticeStore)
kit.record_routes(router, NoticeStore)
kit.near_miss_routes(sandbox_router, NoticeStore)
kit.near_miss_routes(sandbox_router, PersonFileStore)
