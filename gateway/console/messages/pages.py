"""The pages of messages: boxes, conversations, a message with what may be done about it, and its proof."""

from typing import Any, Final

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Route

from gateway.console.api import part, target_of
from gateway.console.hits import rules
from gateway.console.hits.records import record_of
from gateway.console.in_process import ApiRefused
from gateway.console.listing import SHOWN, Column, Listing, as_file, fetched, is_file, listed
from gateway.console.messages import proof, todo
from gateway.console.messages.forms import Fact, facts_of, hits_in
from gateway.console.page import Page
from gateway.console.participants import code_named
from gateway.console.passing import PassedOn
from gateway.console.receipts import step_path
from gateway.console.references import kind_named
from gateway.console.routing import get, post
from shared.mailbox.models import TEXT, RefusalReason
from shared.protocol.payloads import FORMS

SOURCE: Final = "/api/messages"
HERE: Final = "/messages"
INBOX: Final = "inbox"
OUTBOX: Final = "outbox"
IN_CONVERSATION: Final = 20
MAX_TO_DO: Final = 20
"""Of what waits for the bureau so many come before the inbox; the others are marked in it."""

MAX_HITS: Final = 10
"""Of a message about hits the state of so many is shown."""

CONTENT_REMOVED: Final = 410


def _(text: str) -> str:
    return text


BOXES: Final = {INBOX: _("Inbox"), OUTBOX: _("Outbox")}
STATES: Final = {
    INBOX: {
        "delivered": (_("new"), "note"),
        "read": (_("read"), ""),
        "applied": (_("applied"), "good"),
        "refused": (_("refused"), "bad"),
    },
    OUTBOX: {
        "queued": (_("in the outbox"), "wait"),
        "sent": (_("on its way"), "wait"),
        "expired": (_("expired"), "bad"),
        "delivered": (_("delivered"), "good"),
        "read": (_("read"), "good"),
        "applied": (_("applied"), "good"),
        "refused": (_("refused"), "bad"),
    },
}
"""How a state is shown, in each box: its text, and its shape."""

STEPS: Final = ("read", "applied")
REASONS: Final = tuple(reason.value for reason in RefusalReason)
_TIME: Final = Column("sent", _("Sent"), lambda message: message["sent"])
_REST: Final = (
    Column("subject", _("Subject"), lambda message: message["subject"]),
    Column("state", _("State"), lambda message: message["state"]),
    Column("urgency", _("Urgency"), lambda message: message["urgency"]),
    Column("form", _("Kind"), lambda message: message["form"]),
    Column("purpose", _("Purpose"), lambda message: message["purpose"]),
    Column("attachments", _("Files"), lambda message: len(message["attachments"])),
)
COLUMNS: Final = {
    INBOX: (_TIME, Column("from", _("From"), lambda message: message["from"]), *_REST),
    OUTBOX: (_TIME, Column("to", _("To"), lambda message: message["to"]), *_REST),
}


def routes() -> list[Route]:
    """Return the routes of these pages."""
    one = f"{HERE}/{{message}}"
    return [
        get(HERE, _show_box),
        # What the script of a page asks for when a message has come.
        get(f"{HERE}/live", _show_list, counts_as_use=False),
        get(f"{HERE}/usage", _show_usage),
        get(f"{HERE}/threads/{{thread}}", _show_thread),
        get(f"{HERE}/threads/{{thread}}/live", _show_conversation, counts_as_use=False),
        get(one, _show_message),
        get(f"{one}/live", _show_states, counts_as_use=False),
        get(f"{one}/proof", _show_proof),
        get(f"{one}/evidence", _send_evidence),
        get(f"{one}/attachments/{{number:number}}", _send_attachment),
        post(f"{one}/refusal", _refuse),
        post(f"{one}/{{step}}", _sign),
    ]


# --- boxes


async def _show_box(page: Page) -> Response:
    """Show the inbox or the outbox."""
    listing = await _listing(page)
    if is_file(page):
        return as_file(listing, page, _box(page))
    return page.show("messages/list.html", **await _list_values(page, listing))


async def _show_list(page: Page) -> Response:
    """Show the list alone, as it is now."""
    return page.show("messages/table.html", **await _list_values(page, await _listing(page)))


async def _listing(page: Page) -> Listing:
    box = _box(page)
    unread = True if page.query.get("unread") and box == INBOX else None
    form, sender = page.query.get("form") or None, _author(page.query.get("from", ""))
    columns = COLUMNS[box]
    return await listed(page, SOURCE, columns, list_path=HERE, box=box, unread=unread, form=form, from_=sender)


async def _list_values(page: Page, listing: Listing) -> dict[str, Any]:
    box = _box(page)
    waiting = await _to_do(page) if box == INBOX and not _is_narrowed(page) else []
    known = {(message["id"], message["from"]) for message in waiting}
    others = [message for message in listing.items if (message["id"], message["from"]) not in known]
    return {
        "listing": listing,
        "waiting": todo.rows_of(waiting, is_folded=False),
        "rows": todo.rows_of(others, is_folded=box == INBOX and not {"form", "sort"}.intersection(page.query)),
        "is_to_do": todo.is_to_do,
        "box": box,
        "boxes": BOXES,
        "forms": (TEXT, *sorted(FORMS, key=page.texts.code)),
        "states": STATES[box],
        "may_write": _may_write(page),
    }


def _is_narrowed(page: Page) -> bool:
    """Return whether something of the inbox is asked for, in some order, or a further part of it."""
    return any(page.query.get(name) for name in ("unread", "from", "form", "sort", "cursor"))


async def _to_do(page: Page) -> list[todo.Message]:
    """Return the messages of the inbox that wait for the bureau, those that are urgent first."""
    (unread, goes_on), (withdrawals, _cursor) = await page.together(
        fetched(page, SOURCE, SHOWN, box=INBOX, unread=True),
        fetched(page, SOURCE, MAX_TO_DO, box=INBOX, unread=False, form=todo.WITHDRAWAL),
    )
    if goes_on:
        # Notices may hide the others.
        asked = (fetched(page, SOURCE, MAX_TO_DO, box=INBOX, unread=True, form=form) for form in todo.ASKING)
        unread = [message for messages, _cursor in await page.together(*asked) for message in messages]
    return todo.urgent_first([each for each in (*unread, *withdrawals) if todo.is_to_do(each)])[:MAX_TO_DO]


def _box(page: Page) -> str:
    return OUTBOX if page.query.get("box") == OUTBOX else INBOX


def _author(written: str) -> str | None:
    """Return a sender as the API names them: bureaus by their codes, services as they are."""
    return code_named(written) or written.strip().lower() or None


def _may_write(page: Page) -> bool:
    return page.may("messages:write")


async def _show_usage(page: Page) -> Response:
    """Show what is stored in the mailbox, with its limits."""
    return page.show("messages/usage.html", usage=await page.api.get(f"{SOURCE}/usage"))


# --- conversations


async def _show_thread(page: Page) -> Response:
    """Show a conversation on one page, the newest message last."""
    return page.show("messages/thread.html", **await _thread_values(page))


async def _show_conversation(page: Page) -> Response:
    """Show the messages of a conversation alone, as they are now."""
    return page.show("messages/conversation.html", **await _thread_values(page))


async def _thread_values(page: Page) -> dict[str, Any]:
    thread, begin = str(page.path["thread"]), page.query.get("cursor")
    found, earlier = await fetched(page, SOURCE, IN_CONVERSATION, begin=begin, thread=thread)
    messages = await page.together(*(_message(page, each["id"], each["from"]) for each in reversed(found)))
    earlier_page = None if earlier is None else target_of(f"{HERE}/threads/{part(thread)}", {"cursor": earlier})
    return {
        "thread": thread,
        "messages": [(each, _facts(each)) for each in messages],
        "earlier": earlier_page,
        "done_elsewhere": todo.DONE_ELSEWHERE,
        "states": STATES,
        "may_write": _may_write(page),
    }


# --- a message


async def _show_message(page: Page) -> Response:
    """Show a message, with the state for each recipient and the signatures behind it."""
    values = await _message_values(page)
    hits = values["hits"]
    # What one hit is about is said; a message of many leads to them.
    record = await record_of(page, hits[0]) if len(hits) == 1 else None
    return page.show("messages/message.html", **values, record=record, kind_named=kind_named)


async def _show_states(page: Page) -> Response:
    """Show what has become of a message."""
    return page.show("messages/states.html", **await _message_values(page))


async def _message_values(page: Page) -> dict[str, Any]:
    message = await _message(page, page.path["message"], page.query.get("from"))
    signatures = await _signatures(page, message["from"]) if message["box"] == OUTBOX else []
    by_state = {(each.by, each.said): each for each in signatures or ()}
    facts = _facts(message)
    return {
        "message": message,
        "facts": facts,
        "hits": await _hits(page, message, facts),
        "trace": _trace(page, message, facts),
        "is_done_elsewhere": message["form"] in todo.DONE_ELSEWHERE,
        "hit_states": rules.STATES,
        "signatures": by_state,
        "states": STATES[message["box"]],
        "reasons": REASONS,
        "may_write": _may_write(page),
    }


async def _message(page: Page, message_id: str, sender: str | None) -> Any:
    return await page.api.get(f"{SOURCE}/{part(message_id)}", from_=sender)


def _facts(message: Any) -> list[Fact] | None:
    return None if message["form"] is None else facts_of(message["body"])


async def _hits(page: Page, message: todo.Message, facts: list[Fact] | None) -> list[rules.Hit]:
    """Return the hits that a message is about, as they are now: as far as the officer may see them."""
    if message["form"] not in todo.ABOUT_HITS or not page.may("hits:read"):
        return []
    asked = (_hit(page, hit) for hit in hits_in(facts or ())[:MAX_HITS])
    return [hit for hit in await page.together(*asked) if hit is not None]


def _trace(page: Page, message: todo.Message, facts: list[Fact] | None) -> str | None:
    """Return the id of the trace that a message is about, if the officer may see it."""
    if message["form"] not in todo.ABOUT_TRACES or not page.may("traces:read"):
        return None
    return next((fact.value for fact in facts or () if fact.kind == "trace"), None)


async def _hit(page: Page, hit_id: str) -> Any:
    try:
        return await page.api.get(f"/api/hits/{part(hit_id)}")
    except ApiRefused as refused:
        if refused.status not in (403, 404):
            raise
        return None


async def _sign(page: Page) -> Response:
    """Send the sender a signed receipt: the message is read, or what it asks for is done."""
    if page.path["step"] not in STEPS:
        raise HTTPException(404)
    await page.form()
    return await _step(page, str(page.path["step"]))


async def _refuse(page: Page) -> Response:
    """Send the sender a signed receipt that the bureau does not act on the message, and why."""
    return await _step(page, "refusal", {"reason": (await page.form()).one("reason")})


async def _step(page: Page, step: str, body: Any = None) -> Response:
    sender = page.query.get("from")
    await page.api.post(step_path(page.path["message"], step, sender), body)
    return page.go(f"{HERE}/{part(page.path['message'])}", from_=sender)


# --- files


async def _show_proof(page: Page) -> Response:
    """Show what the evidence of a message proves, and how anybody checks it."""
    message = await _message(page, page.path["message"], page.query.get("from"))
    signatures = await _signatures(page, page.query.get("from"))
    return page.show("messages/proof.html", message=message, signatures=signatures, meanings=proof.MEANINGS)


async def _signatures(page: Page, sender: str | None) -> list[proof.Signature] | None:
    """Return the signatures in the evidence of a message; None if its content was removed with its record."""
    try:
        evidence = await page.api.exchange("GET", _of_message(page, "evidence", sender))
    except ApiRefused as refused:
        if refused.status != CONTENT_REMOVED:
            raise
        return None
    return proof.signatures_of(evidence.body)


async def _send_evidence(page: Page) -> Response:
    """Send the evidence of a message as a file."""
    return PassedOn(page.api, _of_message(page, "evidence", page.query.get("from")), {})


async def _send_attachment(page: Page) -> Response:
    """Send an attachment as a file; a download that was cut off goes on."""
    target = _of_message(page, f"attachments/{page.path['number']}", page.query.get("from"))
    return PassedOn(page.api, target, page.request.headers)


def _of_message(page: Page, rest: str, sender: str | None) -> str:
    return target_of(f"{SOURCE}/{part(page.path['message'])}/{rest}", {"from": sender})
