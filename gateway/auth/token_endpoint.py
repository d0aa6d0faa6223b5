"""OAuth 2.0: the token endpoint (RFC 6749), for programs and officers, and the revocation endpoint (RFC 7009).

Every attempt is logged, with the officer if they exist: an unknown name may be a mistyped password.
"""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field
from starlette.responses import JSONResponse

from gateway.auth.accounts import Officer
from gateway.auth.claims import TokenRefused
from gateway.auth.login_failures import TooManyFailures
from gateway.auth.logins import Logins, TooManyLogins
from gateway.auth.token_forms import (
    FORM_EXAMPLES,
    NEVER_STORED,
    REVOCATION_EXAMPLES,
    OAuthRefused,
    RevocationForm,
    TokenError,
    TokenForm,
    body_of,
    error_response,
    read_form,
)
from gateway.auth.tokens import TokenIssuer, Tokens
from gateway.rates import source_of
from shared.errors import Busy, Refusal, StoreUnavailable, TooLarge, TooSlow
from shared.identity import PURPOSE_PREFIX, PURPOSE_SCOPES, purposes_allowed
from shared.logs import Log
from shared.service import REVOCATION_PATH, TOKEN_PATH
from shared.web.problems import problem_response, refusals


class TokenAnswer(BaseModel):
    """A bearer token (RFC 6749 section 5.1)."""

    access_token: str = Field(examples=["eyJ0eXAiOiJKV1QiLCJhbGciOiJFZDI1NTE5In0.eyJzdWIiOiJmci5vZmZpY2VyIn0.c2ln"])
    token_type: Literal["bearer"] = "bearer"  # noqa: S105 - a kind, not a secret
    expires_in: int = Field(description="Seconds until the token expires.", examples=[3600])
    scope: str = Field(description="The granted scopes, separated by spaces.", examples=["notices:read hits:read"])


@dataclass(frozen=True, slots=True)
class TokenEndpoint:
    """What the token endpoint needs."""

    logins: Logins
    issuer: TokenIssuer
    tokens: Tokens
    log: Log


_REFUSALS: Final = (TooSlow, TooLarge, StoreUnavailable)
_TOKEN_ERROR: Final = {"model": TokenError, "description": "The request, or the password, secret or token, is wrong."}
_ANSWERS: Final[dict[int | str, dict[str, Any]]] = {
    400: _TOKEN_ERROR,
    401: {"model": TokenError, "description": "The client is not known."},
    **refusals(*_REFUSALS, Busy, TooManyFailures, TooManyLogins),
}
_REVOCATION_ANSWERS: Final[dict[int | str, dict[str, Any]]] = {
    200: {"description": "None of the officer's tokens is valid any more, or the given one was not."},
    400: _TOKEN_ERROR,
    **refusals(*_REFUSALS),
}

router = APIRouter(tags=["tokens"])


def _endpoint_of(request: Request) -> TokenEndpoint:
    endpoint: TokenEndpoint = request.app.state.token_endpoint
    return endpoint


@router.post(
    TOKEN_PATH,
    response_model=TokenAnswer,
    responses=_ANSWERS,
    openapi_extra=body_of(TokenForm, examples=FORM_EXAMPLES),
)
async def issue_token(request: Request) -> Response:
    """Issue a token.

    An officer gives `grant_type=password` with their name and password; a program `grant_type=client_credentials`
    with its id and secret, in the form or by HTTP Basic. The token names the bureau, so that every request with
    it is signed as that bureau.
    """
    endpoint, entry = _endpoint_of(request), dict[str, Any]()
    try:
        form = await read_form(request, TokenForm)
        kind, name, secret = _credentials(form, request.headers.get("authorization", ""))
        entry["officer"] = name if endpoint.logins.accounts.find(name) else None
        source = source_of(request.client.host if request.client else "")
        account = await endpoint.logins.log_in(name, secret, kind, source)
        if account is None:
            raise _wrong(kind)
        officer, scopes = account.officer, _granted_scopes(form.scope, account.officer)
    except OAuthRefused as refused:
        endpoint.log.refusal("token-refused", code=refused.error, **entry)
        return error_response(refused)
    except (TooManyFailures, TooManyLogins, Busy, TooLarge, StoreUnavailable) as refusal:
        endpoint.log.refusal("token-refused", code=refusal.code, **entry)
        return problem_response(refusal, NEVER_STORED | _wait(refusal))
    answer = TokenAnswer(
        access_token=endpoint.issuer.issue(account, scopes),
        expires_in=int(endpoint.issuer.valid_for.total_seconds()),
        scope=" ".join(scopes),
    )
    endpoint.log.info("token-issued", officer=officer.id, bureau=officer.bureau, kind=officer.kind)
    return JSONResponse(answer.model_dump(), headers=NEVER_STORED)


@router.post(
    REVOCATION_PATH,
    response_class=Response,
    responses=_REVOCATION_ANSWERS,
    openapi_extra=body_of(RevocationForm, examples=REVOCATION_EXAMPLES),
)
async def revoke_tokens(request: Request) -> Response:
    """Revoke all tokens of an officer.

    Any one of the tokens is enough. After the answer none of the officer's tokens is valid, and their event streams
    end. They may log in again at once. A token that is not valid gets the same answer.
    """
    endpoint = _endpoint_of(request)
    try:
        token = (await read_form(request, RevocationForm)).token
        if not token:
            return error_response(OAuthRefused(400, "invalid_request", "token is missing: send the one to revoke"))
        grant = await endpoint.tokens.check(token)
        await endpoint.logins.accounts.revoke(grant.officer)
        endpoint.log.info("tokens-revoked", officer=grant.officer, bureau=grant.bureau)
    except TokenRefused:
        # RFC 7009 section 2.2: the purpose of the request is already met.
        return Response(headers=NEVER_STORED)
    except OAuthRefused as refused:
        return error_response(refused)
    except (TooLarge, StoreUnavailable) as refusal:
        return problem_response(refusal, NEVER_STORED | _wait(refusal))
    return Response(headers=NEVER_STORED)


def _wait(refusal: Refusal) -> dict[str, str]:
    match refusal:
        case TooManyFailures() | TooManyLogins():
            return {"Retry-After": str(refusal.retry_after_seconds)}
        case Busy() | StoreUnavailable():
            return {"Retry-After": "1"}
        case _:
            return {}


def _credentials(form: TokenForm, authorization: str) -> tuple[str, str, str]:
    match form.grant_type:
        case "password":
            if absent := [name for name in ("username", "password") if not getattr(form, name)]:
                raise OAuthRefused(
                    400, "invalid_request", f"an officer gives username and password: add {_all(absent)}"
                )
            return "officer", form.username, form.password
        case "client_credentials":
            name, secret = _client_credentials(form, authorization)
            given = {"client_id": name, "client_secret": secret}
            if absent := [name for name, value in given.items() if not value]:
                how = f"a program gives client_id and client_secret, or both by HTTP Basic: add {_all(absent)}"
                raise OAuthRefused(401, "invalid_client", how)
            return "client", name, secret
        case "":
            raise OAuthRefused(400, "invalid_request", "grant_type is missing: use password or client_credentials")
        case _:
            raise OAuthRefused(400, "unsupported_grant_type", "use grant_type=password or client_credentials")


def _all(names: Sequence[str]) -> str:
    return " and ".join(names)


def _wrong(kind: str) -> OAuthRefused:
    if kind == "client":
        return OAuthRefused(401, "invalid_client", "the client id or the client secret is wrong")
    return OAuthRefused(400, "invalid_grant", "the name or the password is wrong")


def _client_credentials(form: TokenForm, authorization: str) -> tuple[str, str]:
    kind, _, encoded = authorization.partition(" ")
    if kind.lower() != "basic":
        return form.client_id, form.client_secret
    try:
        client_id, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
        # No longer than in a form: names are cached, also unknown ones.
        TokenForm(client_id=client_id, client_secret=secret)
    except ValueError as error:
        raise OAuthRefused(401, "invalid_client", "the Basic credentials cannot be decoded, or are too long") from error
    if form.client_secret or form.client_id not in {"", client_id}:
        raise OAuthRefused(400, "invalid_request", "send id and secret once: in the form or by HTTP Basic")
    return client_id, secret


def _granted_scopes(wanted: str, officer: Officer) -> tuple[str, ...]:
    """Return the scopes of a token. A request without a purpose gets all purposes that the officer may use."""
    asked = dict.fromkeys(wanted.split())
    purposes = tuple(PURPOSE_SCOPES[purpose] for purpose in purposes_allowed(officer.bureau, officer.scopes))
    others = tuple(scope for scope in officer.scopes if not scope.startswith(PURPOSE_PREFIX))
    # Of the requested scopes, those of the officer are granted (RFC 6749 section 3.3); the answer lists them.
    scopes = tuple(scope for scope in asked if scope in others) if asked else others
    if any(scope.startswith(PURPOSE_PREFIX) for scope in asked):
        purposes = tuple(scope for scope in asked if scope in purposes)
    if not scopes or not purposes:
        # A token without a purpose would be valid for all of them.
        missing = "purpose" if scopes else "operation"
        held = " ".join(officer.scopes)[:1000]
        raise OAuthRefused(400, "invalid_scope", f"no {missing} scope is both requested and held; held are: {held}")
    return scopes + purposes
