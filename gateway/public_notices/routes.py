"""The routes of the public notices API. They need no token, and answer what is public over the mesh."""

import re
from collections.abc import Awaitable, Callable
from typing import Any, Final

from fastapi import APIRouter, Request, Response
from starlette.responses import JSONResponse

from gateway.public_notices.examples import COMMON, EXAMPLES
from gateway.public_notices.kinds import KINDS, Kind
from gateway.public_notices.links import ROOT, base_of
from gateway.public_notices.models import (
    ImagesAnswer,
    PublicCountry,
    PublicError,
    PublicNoticePage,
    PublicRedNotice,
    PublicUnNotice,
    PublicYellowNotice,
)
from gateway.public_notices.parameters import read_query
from gateway.public_notices.replies import Extract
from gateway.public_notices.shapes import error_of, images_answer, notice_answer, page_answer
from gateway.public_notices.source import PATH, NotAnswered, NoticeSource
from shared.codes.countries import COUNTRIES
from shared.errors import NotFound, Refusal
from shared.web.openapi import operation_id

TAG: Final = "public-notices"
COUNTRIES_PATH: Final = f"{ROOT}/countries"
STATISTICS_PATH: Final = f"{PATH}/statistics"

# Where INTERPOL's site has the list of countries, for programs that are pointed at this server as a whole.
_OTHER_COUNTRIES_PATHS: Final = ("/notices/data/countries", "/en/notices/data/countries")
_DESCRIPTIONS: Final = {
    "name": "A regular expression found in the family name, in any case.",
    "forename": "A regular expression found in the forenames, in any case.",
    "nationality": "ISO 3166-1 alpha-2; one of several is enough.",
    "freeText": "Words, each of them in the notice.",
    "ageMin": "At least as old, in years.",
    "ageMax": "At most as old, in years.",
    "sexId": "M, F or U.",
    "arrestWarrantCountryId": "A country that issued a warrant.",
    "unReference": "Of the listing.",
    "unResolution": "Of the Security Council.",
    "page": "From 1; one past the end is the last.",
    "resultPerPage": "1 to 160; one out of these bounds is the nearest.",
}
_DETAILS: Final = {"red": PublicRedNotice, "yellow": PublicYellowNotice, "un-special": PublicUnNotice}
_DESCRIPTION: Final = "What issuers made public, as INTERPOL's own public API answers it."
_ERRORS: Final[dict[int | str, dict[str, Any]]] = {
    404: {"model": PublicError, "description": "There is no such public notice."},
    429: {"model": PublicError, "description": "Too many requests of this client wait, or were answered in an hour."},
    503: {"model": PublicError, "description": "The notices service does not answer, or the pattern is too costly."},
}

Endpoint = Callable[[Request], Awaitable[Response]]

router = APIRouter(tags=[TAG], generate_unique_id_function=operation_id)


def error_response(status: int, retry_after_seconds: int = 1) -> JSONResponse:
    """Return the answer with an error status."""
    headers = {"Retry-After": str(retry_after_seconds)} if status in {429, 503} else None
    return JSONResponse(error_of(status), status, headers)


def _source(request: Request) -> NoticeSource:
    source: NoticeSource = request.app.state.public_notices
    return source


_ID: Final = re.compile("([0-9]{4})-([0-9]{1,7})")


async def _notice(request: Request, kind: Kind) -> Extract:
    """Return the notice in the path. Raises NotFound, and what asking for it raises."""
    found = _ID.fullmatch(request.path_params["notice_id"])
    if found is None:
        raise NotFound("no notice has such an id")
    return await _source(request).extract(kind, f"{found[1]}/{found[2]}")


class KindRoutes:
    """The routes of one kind: its list, the notices of it, and their pictures."""

    def __init__(self, kind: Kind) -> None:
        self._kind = kind

    async def list_notices(self, request: Request) -> Response:
        """Answer one page of the list."""
        kind, asked = self._kind, read_query(request.scope["query_string"], self._kind.filters)
        found = await _source(request).page(kind, asked)
        return JSONResponse(page_answer(base_of(request.scope), kind, asked, found))

    async def get_notice(self, request: Request) -> Response:
        """Answer one notice."""
        notice = await _notice(request, self._kind)
        return JSONResponse(notice_answer(base_of(request.scope), self._kind, notice))

    async def list_pictures(self, request: Request) -> Response:
        """Answer the pictures of a notice."""
        notice = await _notice(request, self._kind)
        return JSONResponse(images_answer(base_of(request.scope), self._kind, notice))

    async def get_picture(self, request: Request) -> Response:
        """Answer a picture or a thumbnail."""
        notice = await _notice(request, self._kind)
        media, body = await _source(request).picture(notice, request.path_params["picture_id"])
        return Response(body, media_type=media)

    def declare(self) -> None:
        """Declare the routes."""
        name, title, one = self._kind.name, self._kind.title, "/{notice_id}"
        page = {"model": PublicNoticePage, "description": "One page, those published last first."}
        detail = {"model": _DETAILS[self._kind.colour], "description": "The notice."}
        pictures = {"model": ImagesAnswer, "description": "The pictures."}
        jpeg = {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}}
        picture = {"content": jpeg, "description": "The picture or, by the next number, its thumbnail."}
        self._add(self.list_notices, "", f"list_public_{name}s", f"List {title}", page)
        self._add(self.get_notice, one, f"get_public_{name}", f"Get one of the {title}", detail)
        below = f"{one}/images"
        self._add(
            self.list_pictures,
            below,
            f"list_public_{name}_pictures",
            f"List the pictures of one of the {title}",
            pictures,
        )
        below += "/{picture_id}"
        self._add(
            self.get_picture, below, f"get_public_{name}_picture", f"Get a picture of one of the {title}", picture
        )

    def _add(self, endpoint: Endpoint, below: str, name: str, summary: str, described: dict[str, Any]) -> None:
        examples = {**COMMON, **EXAMPLES[self._kind.path]}
        parameters = [_path_parameter(each, examples[each]) for each in re.findall("{(.*?)}", below)]
        errors = _ERRORS
        if not below:
            names = (*self._kind.filters, "page", "resultPerPage")
            parameters = [_parameter(each, examples[each]) for each in names]
            errors = {status: answer for status, answer in _ERRORS.items() if status != 404}
        router.add_api_route(
            f"{ROOT}/{self._kind.path}{below}",
            _answering(endpoint),
            name=name,
            summary=summary,
            description=_DESCRIPTION,
            responses={200: described, **errors},
            response_class=Response,
            openapi_extra={"parameters": parameters},
        )


def _answering(endpoint: Endpoint) -> Endpoint:
    """Return an endpoint that answers a refusal with an error that such programs know."""

    async def answer(request: Request) -> Response:
        try:
            return await endpoint(request)
        except NotFound:
            return error_response(404)
        except NotAnswered:
            return error_response(503)
        except Refusal as refusal:
            return error_response(refusal.status if refusal.status in {502, 504} else 503)

    return answer


_PATTERNS: Final = {"notice_id": f"^{_ID.pattern}$", "picture_id": "^[0-9]{1,20}$"}


def _path_parameter(name: str, example: str | int) -> dict[str, Any]:
    schema = {"type": "string", "pattern": _PATTERNS[name]}
    return {"name": name, "in": "path", "required": True, "schema": schema, "example": example}


def _parameter(name: str, example: str | int) -> dict[str, Any]:
    kind = "integer" if isinstance(example, int) else "string"
    return {
        "name": name,
        "in": "query",
        "required": False,
        "description": _DESCRIPTIONS[name],
        "schema": {"type": kind},
        "example": example,
    }


@router.get(COUNTRIES_PATH)
async def list_countries() -> list[PublicCountry]:
    """List the countries by which notices can be sought."""
    return [PublicCountry(value=code, name=name) for code, name in sorted(COUNTRIES.items(), key=lambda each: each[1])]


for _path in _OTHER_COUNTRIES_PATHS:
    router.add_api_route(_path, list_countries, include_in_schema=False)
for _kind in KINDS:
    KindRoutes(_kind).declare()


@router.get(STATISTICS_PATH, include_in_schema=False)
async def read_statistics(request: Request) -> Response:
    """Answer how many notices were published, refused and so on, as the service answers the public."""
    try:
        reply = await _source(request).statistics(request.scope["query_string"].decode("ascii", "replace"))
    except Refusal as refusal:
        return error_response(refusal.status if refusal.status in {502, 504} else 503)
    return Response(reply.body, reply.head.status, media_type=reply.head.content_type)


@router.get(ROOT, include_in_schema=False)
@router.get(f"{ROOT}/{{path:path}}", include_in_schema=False)
async def find_nothing() -> Response:
    """Answer that there is nothing, in the words of this API."""
    return error_response(404)
