"""The token endpoint: OAuth 2.0 (RFC 6749) with client credentials for programs and passwords for officers."""

import base64
import binascii
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Form, Header, Response
from pydantic import BaseModel, Field
from starlette.responses import JSONResponse

from gateway.officers import Officer, Officers
from gateway.tokens import TokenIssuer
from shared.api import TOKEN_PATH, ProblemBody

NEVER_STORED: Final = {"Cache-Control": "no-store"}


class TokenAnswer(BaseModel):
    """A bearer token (RFC 6749 section 5.1)."""

    access_token: str
    token_type: Literal["bearer"] = "bearer"  # noqa: S105 - a kind, not a secret
    expires_in: int = Field(description="Seconds until the token expires.")
    scope: str = Field(description="The scopes granted, with spaces between them.")


class TokenError(BaseModel):
    """Why no token is issued (RFC 6749 section 5.2)."""

    error: Literal["invalid_request", "invalid_client", "invalid_grant", "invalid_scope", "unsupported_grant_type"]
    error_description: str


class TokenForm(BaseModel):
    """What asks for a token."""

    grant_type: str = Field("", max_length=64, description="`password` or `client_credentials`.")
    username: str = Field("", max_length=64, description="Of the officer, for `password`.")
    password: str = Field("", max_length=256)
    client_id: str = Field("", max_length=64, description="Of the program, here or by HTTP Basic.")
    client_secret: str = Field("", max_length=256)
    scope: str = Field("", max_length=2000, description="The scopes wanted; by default all that the officer holds.")


class _Refused(Exception):
    def __init__(self, status: int, error: str, description: str) -> None:
        super().__init__(description)
        self.status = status
        self.error = error
        self.description = description


def token_routes(officers: Officers, issuer: TokenIssuer) -> APIRouter:
    """Return the route of the token endpoint."""
    router = APIRouter(tags=["tokens"])
    answers: dict[int | str, dict[str, Any]] = {
        400: {"model": TokenError, "description": "The request or the password is wrong."},
        401: {"model": TokenError, "description": "The client is not known."},
        429: {"model": ProblemBody, "description": "Too many wrong passwords: wait."},
    }

    @router.post(TOKEN_PATH, response_model=TokenAnswer, responses=answers)
    async def issue_token(
        form: Annotated[TokenForm, Form()], authorization: Annotated[str, Header(max_length=1000)] = ""
    ) -> Response:
        """Get a token.

        An officer gives `grant_type=password` with his name and password; a program `grant_type=client_credentials`
        with its id and secret, in the form or by HTTP Basic. The token names the bureau, so that every request with
        it is signed as that bureau.
        """
        try:
            officer = await _authenticate(form, authorization, officers)
            scopes = _granted_scopes(form.scope, officer)
        except _Refused as refused:
            error = {"error": refused.error, "error_description": refused.description}
            challenge = {"WWW-Authenticate": "Basic"} if refused.status == 401 else {}
            return JSONResponse(error, refused.status, NEVER_STORED | challenge)
        answer = TokenAnswer(
            access_token=issuer.issue(officer, scopes),
            expires_in=int(issuer.valid_for.total_seconds()),
            scope=" ".join(scopes),
        )
        return JSONResponse(answer.model_dump(), headers=NEVER_STORED)

    return router


async def _authenticate(form: TokenForm, authorization: str, officers: Officers) -> Officer:
    match form.grant_type:
        case "password":
            officer = await officers.authenticate(form.username, form.password, "officer")
            if officer is None:
                raise _Refused(400, "invalid_grant", "the name or the password is wrong")
        case "client_credentials":
            client_id, secret = _client_credentials(form, authorization)
            officer = await officers.authenticate(client_id, secret, "client")
            if officer is None:
                raise _Refused(401, "invalid_client", "the client id or the client secret is wrong")
        case "":
            raise _Refused(400, "invalid_request", "grant_type is missing: give password or client_credentials")
        case _:
            raise _Refused(400, "unsupported_grant_type", "give grant_type=password or client_credentials")
    return officer


def _client_credentials(form: TokenForm, authorization: str) -> tuple[str, str]:
    kind, _, encoded = authorization.partition(" ")
    if kind.lower() != "basic":
        return form.client_id, form.client_secret
    try:
        client_id, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise _Refused(401, "invalid_client", "the Basic credentials cannot be decoded") from error
    return client_id, secret


def _granted_scopes(wanted: str, officer: Officer) -> tuple[str, ...]:
    if not wanted.strip():
        return officer.scopes
    scopes = tuple(dict.fromkeys(wanted.split()))
    beyond = [scope for scope in scopes if scope not in officer.scopes]
    if beyond:
        raise _Refused(400, "invalid_scope", f"not held: {' '.join(beyond)[:200]}")
    return scopes
