"""The token endpoint: OAuth 2.0 (RFC 6749) with client credentials for programs and passwords for officers.

Every attempt is logged, with the officer where there is one: a name that nobody has may be a mistyped password.
"""

import base64
from dataclasses import dataclass
from typing import Any, Final, Literal
from urllib.parse import parse_qsl

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field, ValidationError
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse

from gateway.login_failures import TooManyFailures
from gateway.officers import Officer, Officers, TooManyLogins
from gateway.sources import source_of
from gateway.tokens import TokenIssuer
from shared.api import ProblemBody, problem_response
from shared.errors import PROBLEM_JSON, Busy, Refusal, TooLarge
from shared.identity import PURPOSE_PREFIX, PURPOSE_SCOPES, purposes_allowed
from shared.logs import Log
from shared.service import TOKEN_PATH

NEVER_STORED: Final = {"Cache-Control": "no-store"}
FORM: Final = "application/x-www-form-urlencoded"
MAX_FORM: Final = 8_192
CHALLENGE: Final = {"WWW-Authenticate": 'Basic realm="i247"'}


class TokenAnswer(BaseModel):
    """A bearer token (RFC 6749 section 5.1)."""

    access_token: str = Field(examples=["eyJ0eXAiOiJKV1QiLCJhbGciOiJFZDI1NTE5In0.eyJzdWIiOiJmci5vZmZpY2VyIn0.c2ln"])
    token_type: Literal["bearer"] = "bearer"  # noqa: S105 - a kind, not a secret
    expires_in: int = Field(description="Seconds until the token expires.", examples=[3600])
    scope: str = Field(
        description="The scopes granted, with spaces between them.", examples=["stolen-vehicles:read notices:read"]
    )


class TokenError(BaseModel):
    """Why no token is issued (RFC 6749 section 5.2)."""

    error: Literal["invalid_request", "invalid_client", "invalid_grant", "invalid_scope", "unsupported_grant_type"]
    error_description: str = Field(examples=["the name or the password is wrong"])


class TokenForm(BaseModel):
    """What asks for a token."""

    grant_type: str = Field(
        "",
        description="`password` for officers, `client_credentials` for programs.",
        json_schema_extra={"enum": ["password", "client_credentials"], "default": "password"},
    )
    username: str = Field("", max_length=64, description="Of the officer, for `password`.")
    password: str = Field("", max_length=256, json_schema_extra={"format": "password"})
    client_id: str = Field("", max_length=64, description="Of the program, here or by HTTP Basic.")
    client_secret: str = Field("", max_length=256, json_schema_extra={"format": "password"})
    scope: str = Field(
        "", max_length=2000, description="The scopes wanted, of which those held are granted; by default all."
    )


FORM_EXAMPLES: Final = {
    "officer": {
        "summary": "An officer, with his password",
        "value": {"grant_type": "password", "username": "fr.officer", "password": "the password of the officer"},
    },
    "program": {
        "summary": "A program, for one scope alone",
        "value": {
            "grant_type": "client_credentials",
            "client_id": "fr.system",
            "client_secret": "the secret of the program",
            "scope": "stolen-vehicles:read",
        },
    },
}


class _Refused(Exception):
    def __init__(self, status: int, error: str, description: str) -> None:
        super().__init__(description)
        self.status = status
        self.error = error
        self.description = description


@dataclass(frozen=True, slots=True)
class TokenDesk:
    """What the token endpoint works with."""

    officers: Officers
    issuer: TokenIssuer
    log: Log


def token_routes(desk: TokenDesk) -> APIRouter:
    """Return the route of the token endpoint."""
    router = APIRouter(tags=["tokens"])

    @router.post(TOKEN_PATH, response_model=TokenAnswer, responses=_ANSWERS, openapi_extra=_REQUEST_BODY)
    async def issue_token(request: Request) -> Response:
        """Get a token.

        An officer gives `grant_type=password` with his name and password; a program `grant_type=client_credentials`
        with its id and secret, in the form or by HTTP Basic. The token names the bureau, so that every request with
        it is signed as that bureau.
        """
        entry: dict[str, Any] = {}
        try:
            return await _issue(request, desk, entry)
        except _Refused as refused:
            desk.log.refusal("token-refused", code=refused.error, **entry)
            error = {"error": refused.error, "error_description": refused.description}
            return JSONResponse(error, refused.status, NEVER_STORED | (CHALLENGE if refused.status == 401 else {}))
        except (TooManyFailures, TooManyLogins, Busy, TooLarge) as refusal:
            desk.log.refusal("token-refused", code=refusal.code, **entry)
            return problem_response(refusal, NEVER_STORED | _wait(refusal))

    return router


def _wait(refusal: Refusal) -> dict[str, str]:
    match refusal:
        case TooManyFailures() | TooManyLogins():
            return {"Retry-After": str(refusal.retry_after_seconds)}
        case Busy():
            return {"Retry-After": "1"}
        case _:
            return {}


async def _issue(request: Request, desk: TokenDesk, entry: dict[str, Any]) -> Response:
    form = await _form(request)
    kind, name, secret = _credentials(form, request.headers.get("authorization", ""))
    entry["officer"] = name if desk.officers.find(name) else None
    source = source_of(request.client.host if request.client else "")
    officer = await desk.officers.authenticate(name, secret, kind, source)
    if officer is None:
        raise _wrong(kind)
    scopes = _granted_scopes(form.scope, officer)
    answer = TokenAnswer(
        access_token=desk.issuer.issue(officer, scopes),
        expires_in=int(desk.issuer.valid_for.total_seconds()),
        scope=" ".join(scopes),
    )
    desk.log.info("token-issued", officer=officer.id, bureau=officer.bureau, kind=officer.kind)
    return JSONResponse(answer.model_dump(), headers=NEVER_STORED)


async def _form(request: Request) -> TokenForm:
    """Return the form that was sent. The framework would take one of any size, and answer not as RFC 6749 says."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
        raise _Refused(400, "invalid_request", f"send a form, with the header `Content-Type: {FORM}`")
    try:
        body = await _body(request)
        fields = parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict")
    except (ClientDisconnect, ValueError) as error:
        raise _Refused(400, "invalid_request", "the form cannot be decoded") from error
    form = dict(fields)
    if len(form) < len(fields):
        raise _Refused(400, "invalid_request", "a parameter is given twice")
    try:
        return TokenForm.model_validate(form)
    except ValidationError as error:
        fault = error.errors()[0]
        raise _Refused(400, "invalid_request", f"{fault['loc'][0]}: {fault['msg']}") from error


async def _body(request: Request) -> bytearray:
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > MAX_FORM:
            raise TooLarge(f"the form may have at most {MAX_FORM} bytes")
    return body


def _credentials(form: TokenForm, authorization: str) -> tuple[str, str, str]:
    match form.grant_type:
        case "password":
            return "officer", form.username, form.password
        case "client_credentials":
            return "client", *_client_credentials(form, authorization)
        case "":
            raise _Refused(400, "invalid_request", "grant_type is missing: give password or client_credentials")
        case _:
            raise _Refused(400, "unsupported_grant_type", "give grant_type=password or client_credentials")


def _wrong(kind: str) -> _Refused:
    if kind == "client":
        return _Refused(401, "invalid_client", "the client id or the client secret is wrong")
    return _Refused(400, "invalid_grant", "the name or the password is wrong")


def _client_credentials(form: TokenForm, authorization: str) -> tuple[str, str]:
    kind, _, encoded = authorization.partition(" ")
    if kind.lower() != "basic":
        return form.client_id, form.client_secret
    try:
        client_id, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
        # No longer than in a form: names are remembered, whoever made them up.
        TokenForm(client_id=client_id, client_secret=secret)
    except ValueError as error:
        raise _Refused(401, "invalid_client", "the Basic credentials cannot be decoded, or are too long") from error
    if form.client_secret or form.client_id not in {"", client_id}:
        raise _Refused(400, "invalid_request", "give id and secret once: in the form or by HTTP Basic")
    return client_id, secret


def _granted_scopes(wanted: str, officer: Officer) -> tuple[str, ...]:
    """Return the scopes that a token is to have. Who names no purpose gets all that the officer may use."""
    asked = dict.fromkeys(wanted.split())
    purposes = tuple(PURPOSE_SCOPES[purpose] for purpose in purposes_allowed(officer.bureau, officer.scopes))
    others = tuple(scope for scope in officer.scopes if not scope.startswith(PURPOSE_PREFIX))
    # Who asks for all that a page offers gets what he holds of it (RFC 6749 section 3.3); the answer says what.
    scopes = tuple(scope for scope in asked if scope in others) if asked else others
    if any(scope.startswith(PURPOSE_PREFIX) for scope in asked):
        purposes = tuple(scope for scope in asked if scope in purposes)
    if not scopes or not purposes:
        # A token that names no purpose would be good for all of them.
        missing = "purpose" if scopes else "operation"
        held = " ".join(officer.scopes)[:1000]
        raise _Refused(400, "invalid_scope", f"none of the scopes asked for is held as {missing}; held are: {held}")
    return scopes + purposes


_PROBLEM: Final = {PROBLEM_JSON: {"schema": {"$ref": f"#/components/schemas/{ProblemBody.__name__}"}}}
_ANSWERS: Final[dict[int | str, dict[str, Any]]] = {
    400: {"model": TokenError, "description": "The request or the password is wrong."},
    401: {"model": TokenError, "description": "The client is not known."},
    408: {"content": _PROBLEM, "description": "`too-slow`: the form came too slowly"},
    413: {"content": _PROBLEM, "description": "`too-large`: the form is too large"},
    429: {
        "content": _PROBLEM,
        "description": "`too-many-failures`: too many wrong passwords with this name or from this address; "
        "`too-many-logins`: too many logins with this name or from this address wait; wait for `Retry-After`",
    },
    503: {"content": _PROBLEM, "description": "`busy`: too many ask at once; try again after `Retry-After`"},
}
_REQUEST_BODY: Final = {
    "requestBody": {
        "required": True,
        "content": {FORM: {"schema": TokenForm.model_json_schema(), "examples": FORM_EXAMPLES}},
    }
}
