"""Dependencies of every route of a service: the authenticated caller with a scope, and the context."""

from typing import Any

from fastapi import Request, Security
from fastapi.openapi.models import OAuthFlowClientCredentials, OAuthFlowPassword, OAuthFlows
from fastapi.security import OAuth2, SecurityScopes

from shared.bureaus import kind_of
from shared.errors import PurposeNotAllowed, ScopeMissing, Unauthenticated
from shared.identity import PURPOSE_SCOPES, Caller, is_purpose_open_to
from shared.rights import require_right
from shared.service import TOKEN_PATH, Context


class SignedCaller(OAuth2):
    """Returns the authenticated caller if they hold the required scopes. Documents OAuth2."""

    def __init__(self) -> None:
        flows = OAuthFlows(
            password=OAuthFlowPassword(tokenUrl=TOKEN_PATH, scopes={}),
            clientCredentials=OAuthFlowClientCredentials(tokenUrl=TOKEN_PATH, scopes={}),
        )
        super().__init__(flows=flows, scheme_name="officer", description="A token of an officer of a bureau.")

    async def __call__(self, request: Request, scopes: SecurityScopes) -> Caller:  # type: ignore[override]
        """Return the caller. Raises Unauthenticated, NotForParticipant, AgreementExceeded, ScopeMissing, ..."""
        caller: Caller | None = request.scope["state"].get("caller")
        if caller is None:
            raise Unauthenticated("the request has no officer: send it through a gateway")
        for scope in scopes.scopes:
            if kind_of(caller.bureau) != "bureau":
                require_right(caller, scope, request.method, context_of(request).clock.now().date())
            if scope not in caller.scopes:
                raise ScopeMissing(f"this needs the scope {scope}, which the officer does not hold")
        _require_purpose(caller)
        return caller


def _require_purpose(caller: Caller) -> None:
    """Check that the officer may use the purpose: their gateway checks it too, but may be hostile."""
    scope = PURPOSE_SCOPES[caller.purpose]
    if scope not in caller.scopes:
        raise PurposeNotAllowed(f"this needs the scope {scope}, which the officer does not hold")
    if not is_purpose_open_to(caller.bureau, caller.purpose):
        raise PurposeNotAllowed(f"no officer of {caller.bureau} may use the network for {caller.purpose}")


_signed_caller = SignedCaller()


def permission(service: str, verb: str) -> Any:
    """Return the dependency that requires the scope `<service>:<verb>` and returns the caller."""
    return Security(_signed_caller, scopes=[f"{service}:{verb}"])


def context_of(request: Request) -> Context:
    """Return the context that the runner created the service with."""
    context: Context = request.app.state.context
    return context


def path_of(service: str) -> str:
    """Return the path of a service, through a gateway and directly alike."""
    return f"/api/{service}"
