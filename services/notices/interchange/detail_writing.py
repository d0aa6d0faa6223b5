"""Writes a notice as the public notices API shows it in detail.

A line for bureaus has the member `entry` besides: the whole content as the issuer entered it, which an extract lacks.
"""

from typing import Any, Final

import msgspec

from services.notices.entries import CommonEntry
from services.notices.models import NoticeRecord
from shared.notice_shapes import writing
from shared.notice_shapes.contents import Content
from shared.records import service_kit as kit

_DETAILED: Final = {*Content.__struct_fields__}
# Ids of records in this network, not content.
_LEFT_OUT: Final = {"links"}


def line_of(notice: NoticeRecord, base: str, *, whole: bool) -> dict[str, Any]:
    """Return the line of a notice: the public detail, and `entry` if it is whole. `base` is that of a gateway."""
    detail = {**detail_of(notice), "entity_id": notice.number}
    detail |= {"_embedded": {"links": []}, "_links": _links(notice, base)}
    return detail | {"entry": content_of(notice)} if whole else detail


def path_of(content: CommonEntry) -> str | None:
    """Return the path in the public API of the list to which a notice belongs, or None."""
    return writing.path_of(content.colour.value, content.subject.kind)


def detail_of(content: CommonEntry) -> dict[str, Any]:
    """Return the members of the public detail that say what a notice is about."""
    return writing.detail_of(msgspec.convert(content.model_dump(mode="json", include=_DETAILED), Content))


def content_of(notice: NoticeRecord) -> dict[str, Any]:
    """Return what the issuer of a notice entered, without what is left at its default."""
    names = {*kit.input_of(type(notice)).model_fields} - _LEFT_OUT
    content = notice.model_dump(mode="json", include=names, exclude_defaults=True)
    # These choose a schema, and are not left out as defaults are.
    subject = {"kind": notice.subject.kind, **content.get("subject", {})}
    return content | {"colour": notice.colour.value, "subject": subject}


def _links(notice: NoticeRecord, base: str) -> dict[str, Any]:
    path = path_of(notice)
    if path is None or notice.number is None:
        return {"self": {"href": f"{base}/api/notices/{notice.id}"}}
    main = notice.photographs[0].id if notice.photographs else None
    return writing.links_of(writing.url_of(f"{base}/notices/v1", path, notice.number), main)
