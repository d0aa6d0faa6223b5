"""The pages of messages: boxes, conversations, a message with what may be done about it, and its proof."""

from typing import Any, Final

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Route

from gateway.console.api import part, target_of
from gateway.console.in_process import ApiRefused
from gateway.console.listing import Column, Listing, as_file, fetched, is_file, listed
from gateway.console.messages import proof
from gateway.console.messages.forms import Fact, facts_of
from gateway.console.page import Page, get, post
from gateway.console.passing import PassedOn
from shared.bureaus import is_participant
from shared.mailbox.models import RefusalReason
from shared.protocol.payloads import FORMS

SOURCE: Final = "/api/messages"
HERE: Final = "/messages"
INBOX: Final = "inbox"
OUTBOX: Final = "outbox"
IN_CONVERSATION: Final = 20
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
    return page.show("messages/list.html", **_list_values(page, listing))


async def _show_list(page: Page) -> Response:
    """Show the list alone, as it is now."""
    return page.show("messages/table.html", **_list_values(page, await _listing(page)))


async def _listing(page: Page) -> Listing:
    box = _box(page)
    unread = True if page.query.get("unread") and box == INBOX else None
    form, sender = page.query.get("form") or None, _author(page.query.get("from", ""))
    columns = COLUMNS[box]
    return await listed(page, SOURCE, columns, list_path=HERE, box=box, unread=unread, form=form, from_=sender)


def _list_values(page: Page, listing: Listing) -> dict[str, Any]:
    box = _box(page)
    return {
        "listing": listing,
        "box": box,
        "boxes": BOXES,
        "forms": sorted(FORMS, key=page.texts.code),
        "states": STATES[box],
        "may_write": _may_write(page),
    }


def _box(page: Page) -> str:
    return OUTBOX if page.query.get("box") == OUTBOX else INBOX


def _author(written: str) -> str | None:
    """Return a sender as the API names them: bureaus in capitals, services as they are."""
    text = written.strip()
    return (text.upper() if is_participant(text.upper()) else text.lower()) or None


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
        "states": STATES,
        "may_write": _may_write(page),
    }


# --- a message


async def _show_message(page: Page) -> Response:
    """Show a message, with the state for each recipient and the signatures behind it."""
    return page.show("messages/message.html", **await _message_values(page))


async def _show_states(page: Page) -> Response:
    """Show what has become of a message."""
    return page.show("messages/states.html", **await _message_values(page))


async def _message_values(page: Page) -> dict[str, Any]:
    message = await _message(page, page.path["message"], page.query.get("from"))
    signatures = await _signatures(page, message["from"]) if message["box"] == OUTBOX else []
    by_state = {(each.by, each.said): each for each in signatures or ()}
    return {
        "message": message,
        "facts": _facts(message),
        "signatures": by_state,
        "states": STATES[message["box"]],
        "reasons": REASONS,
        "may_write": _may_write(page),
    }


async def _message(page: Page, message_id: str, sender: str | None) -> Any:
    return await page.api.get(f"{SOURCE}/{part(message_id)}", from_=sender)


def _facts(message: Any) -> list[Fact] | None:
    return None if message["form"] is None else facts_of(message["body"])


async def _sign(page: Page) -> Response:
    """Send the sender a signed receipt: the message is read, or what it asks for is done."""
    if page.path["step"] not in STEPS:
        raise HTTPException(404)
    return await _step(page, str(page.path["step"]))


async def _refuse(page: Page) -> Response:
    """Send the sender a signed receipt that the bureau does not act on the message, and why."""
    return await _step(page, "refusal", {"reason": (await page.form()).one("reason")})


async def _step(page: Page, step: str, body: Any = None) -> Response:
    sender = page.query.get("from")
    await page.api.post(target_of(f"{SOURCE}/{part(page.path['message'])}/{step}", {"from": sender}), body)
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
