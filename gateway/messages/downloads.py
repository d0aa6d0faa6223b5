"""An attachment as a response: whole, or the bytes that resume a download (RFC 9110 section 14)."""

import re
from typing import Any, Final
from urllib.parse import quote

from sqlalchemy.engine import Row
from starlette.responses import Response, StreamingResponse

from shared.crypto.hpke import ContentKey
from shared.errors import NotFound, Refusal
from shared.mailbox.attachments import Attachments, plain_name
from shared.mailbox.mailbox import Mailbox
from shared.mailbox.models import MessageSummary
from shared.web.problems import problem_response

# The sender's media type is not used, because a browser might render it.
MEDIA_TYPE: Final = "application/octet-stream"
# The maximum length of the headers, in characters.
MAX_RANGE: Final = 1_000
_SINGLE: Final = re.compile(r"bytes=([0-9]{0,15})-([0-9]{0,15})", re.IGNORECASE)


def download(
    mailbox: Mailbox, message: Row[Any], number: int, range_header: str | None, if_range: str | None
) -> Response:
    """Return what the header `Range` asks for of an attachment, or all of it. Raises NotFound.

    `if_range` is the value of the header If-Range; if it is not the ETag, the range is ignored.
    """
    attachments = MessageSummary.model_validate_json(message.summary).attachments
    attachment = next((each for each in attachments if each.number == number), None)
    if attachment is None:
        raise NotFound(f"message {message.id} has no attachment {number}")
    tag = f'"{attachment.digest}"'
    headers = {
        "Accept-Ranges": "bytes",
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(plain_name(attachment.name), safe='')}",
        "ETag": tag,
    }
    try:
        asked = requested_range(range_header, attachment.size) if if_range in (None, tag) else None
    except RangeNotSatisfiable as refusal:
        return problem_response(refusal, {"Content-Range": f"bytes */{attachment.size}"})
    first, last = asked or (0, attachment.size - 1)
    if asked:
        headers["Content-Range"] = f"bytes {first}-{last}/{attachment.size}"
    headers["Content-Length"] = str(last - first + 1)
    kept = Attachments(mailbox, message.sender, message.id, ContentKey(message.content_key))
    pieces = kept.read(number, attachment.size, first, last)
    return StreamingResponse(pieces, 206 if asked else 200, headers, MEDIA_TYPE)


class RangeNotSatisfiable(Refusal, status=416, code="range-not-satisfiable", title="There is nothing in this range"):
    """The range begins beyond the end."""


def requested_range(header: str | None, size: int) -> tuple[int, int] | None:
    """Return the first and the last byte asked for, or None for all of it. Raises RangeNotSatisfiable.

    Several ranges, or a malformed one, count as no range, as the RFC allows.
    """
    found = _SINGLE.fullmatch(header.strip()) if header else None
    if found is None or found.groups() == ("", ""):
        return None
    first, last = found.groups()
    if not first:
        start, end = max(size - int(last), 0), size - 1
    else:
        start, end = int(first), min(int(last), size - 1) if last else size - 1
        if last and int(last) < int(first):
            return None
    if start >= size or end < start:
        raise RangeNotSatisfiable(f"the attachment has {size} bytes: ask for less, or for all of it")
    return start, end
