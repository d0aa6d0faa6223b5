"""Writing a message: to bureaus, a region, a group or all; as an answer, or passing another on; with files."""

import secrets
from typing import Any, Final

import msgspec
from starlette.responses import Response
from starlette.routing import Route

from gateway.console.api import JSON, part
from gateway.console.in_process import ApiRefused, Problem
from gateway.console.messages import drafts
from gateway.console.messages.drafts import Faults
from gateway.console.messages.pages import HERE, OUTBOX, SOURCE
from gateway.console.messages.recipients import recipients_for
from gateway.console.messages.upload import Files, SentForm, drain, read_sent
from gateway.console.page import Page
from gateway.console.receipts import sign_read
from gateway.console.routing import get, post
from gateway.console.sent_forms import Form
from shared.bureaus import MAILBOX_KINDS, kind_of
from shared.mailbox.models import ALL
from shared.protocol.messages import MAX_ATTACHMENTS, MAX_ATTACHMENTS_BYTES, MAX_BODY, MAX_SUBJECT

# These say what is wrong with the message, and the form is shown again; others are for the console to show.
_OF_THE_FORM: Final = frozenset({400, 403, 409, 413, 422, 507})
_QUOTED_AT_MOST: Final = 20_000
NEW: Final = f"{HERE}/new"


def routes() -> list[Route]:
    """Return the routes of this page."""
    return [get(NEW, _show_form), post(NEW, _send)]


async def _show_form(page: Page) -> Response:
    """Show the form, filled in for an answer or for passing a message on."""
    return await _form(page, Form((*await _given(page), ("key", secrets.token_urlsafe(16)))))


async def _send(page: Page) -> Response:
    """Send a message, and show it with its state."""
    sent = await read_sent(page)
    draft, faults = drafts.draft_of(sent.form, page.context.clock.now())
    if faults:
        return await _again(page, sent, faults)
    try:
        accepted = await _submit(page, draft, sent)
    except ApiRefused as refused:
        if refused.status not in _OF_THE_FORM:
            raise
        return await _again(page, sent, drafts.faults_of(refused.problem, draft["to"]), refused.problem)
    if draft.get("in_reply_to"):
        # Who answers has read it, and the sender learns so from the answer.
        await sign_read(page, draft["in_reply_to"], draft.get("sender"))
    return page.go(f"{HERE}/{accepted['id']}", from_=page.grant.bureau)


async def _submit(page: Page, draft: Any, sent: SentForm) -> Any:
    key = sent.form.one("key")
    more = {"idempotency-key": key} if key and key.isascii() and key.isprintable() else {}
    if sent.files is None:
        opened = page.api.opened("POST", SOURCE, msgspec.json.encode(draft), JSON, more=more)
    else:
        body, length = sent.files.with_message(draft)
        if length is not None:
            more["content-length"] = str(length)
        opened = page.api.opened("POST", SOURCE, body, sent.files.content_type, more=more)
    async with opened as answer:
        return msgspec.json.decode(await answer.read())


async def _again(page: Page, sent: SentForm, faults: Faults, problem: Problem | None = None) -> Response:
    """Show the form as it was sent, with what is wrong; browsers do not let a page choose the files again."""
    await drain(sent)
    status = 422 if problem is None else problem.status
    return await _form(page, sent.form, faults, problem, status, files_lost=isinstance(sent.files, Files))


async def _form(
    page: Page,
    form: Form,
    faults: Faults | None = None,
    problem: Problem | None = None,
    status: int = 200,
    *,
    files_lost: bool = False,
) -> Response:
    recipients = await recipients_for(page)
    groups = await page.api.get(f"{SOURCE}/groups")
    return page.show(
        "messages/write.html",
        status,
        form=form,
        faults=faults or {},
        problem=problem,
        files_lost=files_lost,
        recipients=recipients,
        chosen=drafts.chosen_bureaus(form),
        groups=groups["items"],
        days=drafts.DAYS,
        usual_days=drafts.USUAL_DAYS,
        everybody=ALL,
        limits={
            "subject": MAX_SUBJECT,
            "body": MAX_BODY,
            "files": MAX_ATTACHMENTS,
            "bytes": MAX_ATTACHMENTS_BYTES // 2**20,
        },
    )


# --- what the form begins with


async def _given(page: Page) -> list[tuple[str, str]]:
    """Return the fields that the address of the form gives."""
    query = page.request.query_params
    fields = [("to", code) for code in query.getlist("to")] + [("quotes", each) for each in query.getlist("record")]
    if reply := query.get("reply"):
        fields += _answering(await _read(page, reply), page.grant.bureau, to_all=bool(query.get("all")), known=fields)
    elif forward := query.get("forward"):
        fields += _passing_on(await _read(page, forward), page)
    return fields


async def _read(page: Page, message_id: str) -> Any:
    return await page.api.get(f"{SOURCE}/{part(message_id)}", from_=page.query.get("from"))


def _answering(message: Any, bureau: str, *, to_all: bool, known: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the fields of an answer: to the writer of the message, or to its recipients if that is this bureau."""
    subject = message["subject"]
    answered = [] if message["box"] == OUTBOX else [message["from"]]
    others = message["to"] if to_all or not answered else []
    to = [] if known else [code for code in dict.fromkeys([*answered, *others]) if code != bureau]
    return [
        ("in_reply_to", message["id"]),
        ("sender", message["from"]),
        ("urgency", message["urgency"]),
        ("subject", (subject if subject.startswith("Re: ") else f"Re: {subject}")[:MAX_SUBJECT]),
        *(("to", code) for code in to if kind_of(code) in MAILBOX_KINDS),
    ]


def _passing_on(message: Any, page: Page) -> list[tuple[str, str]]:
    """Return the fields of a message that passes another on, with its text."""
    begins = page.texts.gettext("%(bureau)s wrote on %(time)s:") % {
        "bureau": message["from"],
        "time": page.texts.moment(message["sent"]),
    }
    return [
        ("forwards", message["id"]),
        ("sender", message["from"]),
        ("urgency", message["urgency"]),
        ("subject", f"Fwd: {message['subject']}"[:MAX_SUBJECT]),
        ("body", f"\n\n{begins}\n\n{message['body'][:_QUOTED_AT_MOST]}"),
    ]
