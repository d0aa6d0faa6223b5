"""The routes of the notices service."""

import os
from typing import Annotated, Final

from fastapi import Depends, FastAPI, Query, Response

from services.notices import SERVICE, rules
from services.notices.lifecycle import SecretariatOnly
from services.notices.models import Answer, Decision, Notice, NoticeContent, NoticeFilter, NoticeQuery, Question
from services.notices.requirements import Incomplete
from services.notices.store import NoticeStore
from shared.errors import Conflict, IllegalStep, NotFound
from shared.identity import Caller
from shared.records.service_kit import (
    CHANGE_REFUSALS,
    ENTRY_REFUSALS,
    Hits,
    NewRevision,
    Page,
    RecordId,
    locate,
    permission,
    reading,
    record_routes,
    refusals,
    service_app,
    service_router,
    subscription_routes,
    writing,
)
from shared.service import Context

NAME: Final = SERVICE.name

Reader = Annotated[Caller, permission(NAME, "read")]
Writer = Annotated[Caller, permission(NAME, "write")]
Reviewer = Annotated[Caller, permission(NAME, "review")]
Notices = Annotated[NoticeStore, Depends(reading(NoticeStore))]
NoticesToChange = Annotated[NoticeStore, Depends(writing(NoticeStore), scope="function")]

REVIEW_REFUSALS: Final = refusals(SecretariatOnly, NotFound, IllegalStep, Conflict)

router = service_router(NAME)


def create_app(context: Context) -> FastAPI:
    """Make the application."""
    return service_app(
        NAME,
        context,
        router,
        title="Notices",
        description="Notices of all colours. A bureau drafts and submits one, the General Secretariat reviews and "
        "publishes it, and from then on all bureaus find it. A hit is not proof: ask the issuing bureau to confirm it "
        "before acting on it.",
    )


@router.post("", status_code=201, responses=ENTRY_REFUSALS)
async def draft_notice(
    content: NoticeContent, response: Response, writer: Writer, notices: NoticesToChange, revision: NewRevision
) -> Notice:
    """Draft a notice.

    A draft may be incomplete, and your bureau alone sees it. What its colour requires is checked on submission.
    """
    notice = await notices.add(rules.draft(content, by=writer, revision=revision))
    locate(response, NAME, notice.id)
    return notice


@router.get("")
async def list_notices(_: Reader, notices: Notices, wanted: Annotated[NoticeFilter, Query()]) -> Page[Notice]:
    """List the notices that your bureau may see, newest first."""
    return await notices.list(wanted)


@router.get("/search")
async def search_notices(_: Reader, notices: Notices, query: Annotated[NoticeQuery, Query()]) -> Hits[Notice]:
    """Search the notices in force by name, colour, nationality, sex, date of birth or age.

    All that is given must fit. Names fit in any order, case and script, with or without accents, and with one typo
    a word; words of three letters must be exact. The score tells how close the name is, 1 being equal. What is
    published within 72 hours, and fits, is told to your bureau as a hit.
    """
    return await notices.search(query)


@router.get("/{record_id}", responses=refusals(NotFound))
async def read_notice(record_id: RecordId, _: Reader, notices: Notices) -> Notice:
    """Read one notice."""
    return await notices.get(record_id)


@router.put("/{record_id}", responses=CHANGE_REFUSALS | refusals(Incomplete))
async def edit_notice(
    record_id: RecordId, content: NoticeContent, writer: Writer, notices: NoticesToChange, revision: NewRevision
) -> Notice:
    """Edit a draft or update a notice in force: the content replaces the former one. Only the issuing bureau may.

    An update must state all that the colour requires, and cannot change the colour.
    """
    return await notices.replace(rules.edit(await notices.get(record_id), content, by=writer, revision=revision))


@router.post("/{record_id}/submission", responses=CHANGE_REFUSALS | refusals(Incomplete))
async def submit_notice(record_id: RecordId, writer: Writer, notices: NoticesToChange, revision: NewRevision) -> Notice:
    """Submit a draft for review. Only the issuing bureau may.

    It must state all that its colour requires; what it lacks is named in `errors`, each with a JSON pointer.
    """
    return await notices.replace(rules.submit(await notices.get(record_id), by=writer, revision=revision))


@router.post("/{record_id}/review", responses=REVIEW_REFUSALS)
async def start_review(
    record_id: RecordId, reviewer: Reviewer, notices: NoticesToChange, revision: NewRevision
) -> Notice:
    """Take up a submitted notice for review. Only the General Secretariat may."""
    return await notices.replace(rules.start_review(await notices.get_whole(record_id), by=reviewer, revision=revision))


@router.post("/{record_id}/question", responses=REVIEW_REFUSALS)
async def ask_issuer(
    record_id: RecordId, question: Question, reviewer: Reviewer, notices: NoticesToChange, revision: NewRevision
) -> Notice:
    """Ask the issuing bureau about a notice under review. Only the General Secretariat may."""
    return await notices.replace(
        rules.ask(await notices.get_whole(record_id), question, by=reviewer, revision=revision)
    )


@router.post("/{record_id}/answer", responses=CHANGE_REFUSALS)
async def answer_question(
    record_id: RecordId, answer: Answer, writer: Writer, notices: NoticesToChange, revision: NewRevision
) -> Notice:
    """Answer the oldest open question of the review. Only the issuing bureau may."""
    return await notices.replace(rules.answer(await notices.get(record_id), answer, by=writer, revision=revision))


@router.post("/{record_id}/publication", responses=REVIEW_REFUSALS)
async def publish_notice(
    record_id: RecordId, reviewer: Reviewer, notices: NoticesToChange, revision: NewRevision
) -> Notice:
    """Publish a notice under review: it gets a number of the year, and all bureaus find it.

    The number is drawn, so that it tells nobody of other notices. Only the General Secretariat may.
    """
    notice = await notices.get_whole(record_id)
    number = await notices.give_number(revision.at.year, os.urandom)
    return await notices.replace(rules.publish(notice, number, by=reviewer, revision=revision))


@router.post("/{record_id}/refusal", responses=REVIEW_REFUSALS)
async def refuse_notice(
    record_id: RecordId, decision: Decision, reviewer: Reviewer, notices: NoticesToChange, revision: NewRevision
) -> Notice:
    """Refuse a notice under review, with a coded reason. Only the General Secretariat may."""
    return await notices.replace(
        rules.refuse(await notices.get_whole(record_id), decision, by=reviewer, revision=revision)
    )


@router.post("/{record_id}/withdrawal", responses=CHANGE_REFUSALS)
async def withdraw_notice(
    record_id: RecordId, writer: Writer, notices: NoticesToChange, revision: NewRevision
) -> Notice:
    """Withdraw a notice in force: for other bureaus it is gone. Only the issuing bureau may."""
    return await notices.replace(rules.withdraw(await notices.get(record_id), by=writer, revision=revision))


@router.post("/{record_id}/cancellation", responses=REVIEW_REFUSALS)
async def cancel_notice(
    record_id: RecordId, decision: Decision, reviewer: Reviewer, notices: NoticesToChange, revision: NewRevision
) -> Notice:
    """Cancel a notice in force, with a coded reason: for other bureaus it is gone.

    Only the General Secretariat may.
    """
    return await notices.replace(
        rules.cancel(await notices.get_whole(record_id), decision, by=reviewer, revision=revision)
    )


subscription_routes(router, NoticeStore)
record_routes(router, NoticeStore)
