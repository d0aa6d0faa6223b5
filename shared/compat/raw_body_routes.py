"""Routes whose endpoint reads the body itself: nothing before it parses, validates or holds it a second time."""

from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError

from shared.compat.direct_routes import take_of
from shared.compat.strict_routes import StrictRoute


class SentBody(NamedTuple):
    """The body of a request as it was sent."""

    media_type: str
    """Without parameters, in small letters."""

    content: bytes


class RawBodyRoute(StrictRoute):
    """A route whose endpoint is passed its body as a `SentBody`, and returns a response.

    The documents show the annotation of the body, which is no rule here. Dependencies come before the body is read.
    """

    def get_route_handler(self) -> Callable[[Request], Awaitable[Response]]:  # type: ignore[override]
        """Return the handler of requests. Raises TypeError for an endpoint that needs what is not passed here."""
        dependant = self.dependant
        takes = [(each.name, take) for each in dependant.dependencies if (take := take_of(each))]
        endpoint, [body], queries = dependant.call, dependant.body_params, tuple(dependant.query_params)
        if endpoint is None or len(takes) < len(dependant.dependencies) or dependant.path_params or len(queries) > 1:
            raise TypeError(f"{self.name} may need the request, one model of the query, and simple dependencies alone")
        request_name = dependant.request_param_name

        async def handle(request: Request) -> Response:
            given: dict[str, Any] = {request_name: request} if request_name else {}
            for name, take in takes:
                taken = await take(request)
                if name is not None:
                    given[name] = taken
            for field in queries:
                given[field.name], faults = field.validate(dict(request.query_params), {}, loc=("query",))
                if faults:
                    raise RequestValidationError(faults)
            response: Response = await endpoint(**given, **{body.name: await _sent_body(request)})
            return response

        return handle


async def _sent_body(request: Request) -> SentBody:
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return SentBody(media_type, await request.body())
