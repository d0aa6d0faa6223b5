"""Makes the answers of the public notices API of what the notices service answers."""

from typing import Any, Final

from gateway.public_notices.kinds import PATH_OF, Kind
from gateway.public_notices.parameters import MOST_PER_PAGE, Asked
from gateway.public_notices.replies import Extract, Line, Lines
from shared.dates import slashed
from shared.notice_shapes import writing
from shared.notice_shapes.writing import detail_of, links_of, or_null, path_of, thumbnail_of

_NAMES: Final = {
    400: ("BadRequestError", "Bad Request"),
    403: ("ForbiddenError", "Forbidden"),
    404: ("NotFoundError", "Not Found"),
    414: ("UriTooLongError", "URI Too Long"),
    405: ("MethodNotAllowedError", "Method Not Allowed"),
    429: ("TooManyRequestsError", "Too Many Requests"),
    500: ("InternalServerError", "Internal Server Error"),
    502: ("BadGatewayError", "Bad Gateway"),
    503: ("ServiceUnavailableError", "Service Unavailable"),
    504: ("GatewayTimeoutError", "Gateway Timeout"),
}


def error_of(status: int) -> dict[str, Any]:
    """Return the body of an answer with an error status."""
    name, message = _NAMES.get(status, ("Error", "Error"))
    return {"status": status, "name": name, "message": message}


def page_answer(base: str, kind: Kind, asked: Asked, found: Lines) -> dict[str, Any]:
    """Return one page of a list."""
    last = max(1, -(-min(found.total, MOST_PER_PAGE) // asked.per_page))
    links = {"self": found.page, "first": 1, "next": found.page + 1, "last": last}
    if found.page >= last:
        del links["next"]
    return {
        "total": found.total,
        "query": asked.echoed(found.page),
        "_embedded": {"notices": [_listed(base, line) for line in found.items]},
        "_links": {name: {"href": f"{base}/{kind.path}?{asked.link(page)}"} for name, page in links.items()},
    }


def _listed(base: str, line: Line) -> dict[str, Any]:
    return {
        "forename": line.forename,
        "date_of_birth": slashed(line.date_of_birth),
        "entity_id": line.number,
        "nationalities": or_null(line.nationalities),
        "name": line.name,
        "_links": links_of(writing.url_of(base, PATH_OF[line.kind], line.number), line.photograph),
    }


def notice_answer(base: str, kind: Kind, notice: Extract) -> dict[str, Any]:
    """Return a notice."""
    main = notice.photographs[0].id if notice.photographs else None
    return {
        **detail_of(notice),
        "entity_id": notice.number,
        "_embedded": {"links": []},
        "_links": links_of(url_of(base, kind, notice), main),
    }


def url_of(base: str, kind: Kind, notice: Extract) -> str:
    """Return the URL of a notice; one of the UN is below `persons` or `entities`, however it was asked for."""
    return writing.url_of(base, path_of(notice.colour, notice.subject.kind) or kind.path, notice.number)


def images_answer(base: str, kind: Kind, notice: Extract) -> dict[str, Any]:
    """Return the pictures of a notice."""
    url = url_of(base, kind, notice)
    pictures = [each.id for each in notice.photographs]
    links = {"self": f"{url}/images", "notice": url}
    if pictures:
        links["thumbnail"] = f"{url}/images/{thumbnail_of(pictures[0])}"
    return {
        "_embedded": {
            "images": [{"picture_id": each, "_links": {"self": {"href": f"{url}/images/{each}"}}} for each in pictures]
        },
        "_links": {name: {"href": href} for name, href in links.items()},
    }
