"""Dependencies of every route of a service: the authenticated caller with a scope, and the context."""

from functools import cache
from typing import Any, Final

from fastapi import Request, Security
from fastapi.openapi.models import OAuthFlowClientCredentials, OAuthFlowPassword, OAuthFlows
from fastapi.security import OAuth2, SecurityScopes

from shared.errors import BureauRestricted, PurposeNotAllowed, ScopeMissing, Unauthenticated
from shared.identity import GATEWAY_SCOPES, PURPOSE_SCOPES, Caller, is_purpose_open_to
from shared.outcomes import changes_something
from shared.rights import require_right
from shared.service import TOKEN_PATH, Context
from shared.standing import describe, may_call


class SignedCaller(OAuth2):
    """Returns the authenticated caller if they hold the required scopes. Documents OAuth2."""

    def __init__(self, *, while_restricted: bool = False, partners_enter: bool = False) -> None:
        self._while_restricted = while_restricted
        self._partners_enter = partners_enter
        flows = OAuthFlows(
            password=OAuthFlowPassword(tokenUrl=TOKEN_PATH, scopes={}),
            clientCredentials=OAuthFlowClientCredentials(tokenUrl=TOKEN_PATH, scopes={}),
        )
        super().__init__(flows=flows, scheme_name="officer", description="A token of an officer of a bureau.")

    async def __call__(self, request: Request, scopes: SecurityScopes) -> Caller:  # type: ignore[override]
        """Return the caller. Raises Unauthenticated, ScopeMissing, and what their participant may not do."""
        caller: Caller | None = request.scope["state"].get("caller")
        if caller is None:
            raise Unauthenticated("the request has no officer: send it through a gateway")
        context = context_of(request)
        for scope in scopes.scopes:
            require_right(caller, scope, request.method, context.clock, partners_enter=self._partners_enter)
            if scope not in caller.scopes:
                holder = "only gateways have" if scope in GATEWAY_SCOPES else "the officer does not hold"
                raise ScopeMissing(f"this needs the scope {scope}, which {holder}")
        _require_purpose(caller)
        self._require_standing(caller, scopes.scopes)
        caller.recorder.may_change = changes_something(request.method, scopes.scopes)
        return caller

    def _require_standing(self, caller: Caller, scopes: list[str]) -> None:
        """Check what a measure of the network leaves to the bureau, in every service alike."""
        standing = caller.standing
        for scope in scopes if standing.standing != "member" else ():
            verb = scope.rpartition(":")[2]
            if not may_call(standing.standing, verb, while_restricted=self._while_restricted):
                raise BureauRestricted(
                    f"{caller.bureau} is {describe(standing)}: it may read, confirm hits, withdraw, answer and write "
                    "messages, but not enter, update, renew or submit a record, or send a diffusion"
                )


def _require_purpose(caller: Caller) -> None:
    """Check that the officer may use the purpose: their gateway checks it too, but may be hostile."""
    scope = PURPOSE_SCOPES[caller.purpose]
    if scope not in caller.scopes:
        raise PurposeNotAllowed(f"this needs the scope {scope}, which the officer does not hold")
    if not is_purpose_open_to(caller.bureau, caller.purpose):
        raise PurposeNotAllowed(f"no officer of {caller.bureau} may use the network for {caller.purpose}")


_signed_caller: Final = cache(SignedCaller)
"""Returns one for all routes that require the same, so that the documents have one."""


def permission(service: str, verb: str, *, while_restricted: bool = False, partners_enter: bool = False) -> Any:
    """Return the dependency that requires the scope `<service>:<verb>` and returns the caller.

    A bureau that is restricted may only read, unless `while_restricted`: for operations that enter and send nothing,
    such as withdrawals and answers. With `partners_enter` it is for partners as well, if their agreement lets them.
    """
    signed = _signed_caller(while_restricted=while_restricted, partners_enter=partners_enter)
    return Security(signed, scopes=[f"{service}:{verb}"])


def context_of(request: Request) -> Context:
    """Return the context that the runner created the service with."""
    context: Context = request.app.state.context
    return context


def path_of(service: str) -> str:
    """Return the path of a service, through a gateway and directly alike."""
    return f"/api/{service}"
