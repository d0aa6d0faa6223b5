"""The route that explains: below `/sandbox`, and with a token, as it shows what one officer may see."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, Security
from fastapi.security import SecurityScopes

from gateway.explain.explainer import Explainer
from gateway.explain.models import StepExplanation
from gateway.sandbox.app import PREFIX
from shared.compat.strict_routes import StrictRoute
from shared.errors import (
    Malformed,
    NotFound,
    PurposeMissing,
    PurposeNotAllowed,
    ScopeMissing,
    Unauthenticated,
)
from shared.ids import UUID7_PATTERN
from shared.web.problems import refusals
from shared.web.routing import SignedCaller

Asked = Annotated[
    str,
    Path(
        pattern=UUID7_PATTERN,
        description="The header `I247-Request-Id` of an answer, the `instance` of a problem, or the id of a message.",
        examples=["0197a3c2-5b1e-7c3a-9f20-4d5e6f708192"],
    ),
]

router = APIRouter(prefix=PREFIX, tags=["sandbox"], route_class=StrictRoute)


class _Officer(SignedCaller):
    """Documents the token, which the explainer checks: a request below `/sandbox` passes no edge."""

    async def __call__(self, _request: Request, _scopes: SecurityScopes) -> None:  # type: ignore[override]
        """Return nothing."""


async def _explainer_of(request: Request) -> Explainer:
    explainer: Explainer = request.app.state.explainer
    return explainer


TheExplainer = Annotated[Explainer, Depends(_explainer_of)]


@router.get(
    "/explain/{asked}",
    dependencies=[Security(_Officer())],
    responses=refusals(Unauthenticated, Malformed, ScopeMissing, PurposeMissing, PurposeNotAllowed, NotFound),
)
async def explain_request(asked: Asked, request: Request, explainer: TheExplainer) -> StepExplanation:
    """Explain what happened to a request or a message of your bureau, step by step.

    Each check is made again by the code that made it, as of that time. Of a search `why_not` shows the nearest records
    that you may see and that it did not find, with what kept each out; the service logs that you were shown them, for
    the purpose of this request. What another bureau asked or sent is answered as if it did not exist. The last 1,000
    requests are kept.
    """
    return await explainer.explain(asked, request.scope["headers"])
