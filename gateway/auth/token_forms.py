"""The forms of OAuth 2.0, and the answers to refused ones (RFC 6749 section 5.2)."""

from typing import Any, Final, Literal, TypeVar
from urllib.parse import parse_qsl

from fastapi import Request, Response
from pydantic import BaseModel, Field, ValidationError
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse
from typing_extensions import TypeAliasType

from shared.errors import TooLarge
from shared.validation import words_for

NEVER_STORED: Final = {"Cache-Control": "no-store"}
FORM: Final = "application/x-www-form-urlencoded"
MAX_FORM: Final = 8_192
CHALLENGE: Final = {"WWW-Authenticate": 'Basic realm="i247"'}


TokenErrorCode = TypeAliasType(
    "TokenErrorCode",
    Literal["invalid_request", "invalid_client", "invalid_grant", "invalid_scope", "unsupported_grant_type"],
)


class TokenError(BaseModel):
    """Why no token is issued (RFC 6749 section 5.2)."""

    error: TokenErrorCode
    error_description: str = Field(examples=["the name or the password is wrong"])


class TokenForm(BaseModel):
    """A request for a token."""

    grant_type: str = Field(
        "",
        description="`password` for officers, `client_credentials` for programs.",
        json_schema_extra={"enum": ["password", "client_credentials"], "default": "password"},
    )
    username: str = Field("", max_length=64, description="Of the officer, for `password`.")
    password: str = Field("", max_length=256, json_schema_extra={"format": "password"})
    client_id: str = Field("", max_length=64, description="Of the program, here or by HTTP Basic.")
    client_secret: str = Field("", max_length=256, json_schema_extra={"format": "password"})
    scope: str = Field("", max_length=2000, description="Of these scopes those held are granted; by default all.")


class RevocationForm(BaseModel):
    """A revocation (RFC 7009 section 2.1)."""

    token: str = Field("", max_length=MAX_FORM, description="Any valid token of the officer.")
    token_type_hint: str = Field("", max_length=64, description="Not needed: there is one type.")


FORM_EXAMPLES: Final = {
    "officer": {
        "summary": "An officer, with their password",
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
REVOCATION_EXAMPLES: Final = {
    "token": {
        "summary": "A token that you were issued.",
        "value": {"token": "eyJ0eXAiOiJKV1QiLCJhbGciOiJFZDI1NTE5In0.eyJzdWIiOiJmci5vZmZpY2VyIn0.c2ln"},
    }
}

F = TypeVar("F", TokenForm, RevocationForm)


class OAuthRefused(Exception):
    """A request that OAuth refuses in the form of RFC 6749, not as a problem."""

    def __init__(self, status: int, error: str, description: str) -> None:
        super().__init__(description)
        self.status = status
        self.error = error
        self.description = description


def error_response(refused: OAuthRefused) -> Response:
    """Return the answer for a refusal."""
    error = {"error": refused.error, "error_description": refused.description}
    return JSONResponse(error, refused.status, NEVER_STORED | (CHALLENGE if refused.status == 401 else {}))


async def read_form(request: Request, form_type: type[F]) -> F:
    """Return the submitted form. FastAPI would accept one of any size, and not answer as RFC 6749 requires."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
        raise OAuthRefused(400, "invalid_request", f"send a form, with the header `Content-Type: {FORM}`")
    try:
        body = await _body(request)
        fields = parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict")
    except (ClientDisconnect, ValueError) as error:
        raise OAuthRefused(400, "invalid_request", "the form cannot be decoded") from error
    form = dict(fields)
    if len(form) < len(fields):
        raise OAuthRefused(400, "invalid_request", "a parameter is given twice")
    try:
        return form_type.model_validate(form)
    except ValidationError as error:
        fault = error.errors()[0]
        raise OAuthRefused(400, "invalid_request", f"{fault['loc'][0]}: {words_for(fault)}") from error


async def _body(request: Request) -> bytearray:
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > MAX_FORM:
            raise TooLarge(f"the form may have at most {MAX_FORM} bytes")
    return body


def body_of(form: type[BaseModel], **described: Any) -> dict[str, Any]:
    """Return the description of a form in the OpenAPI document."""
    content = {FORM: {"schema": form.model_json_schema(), **described}}
    return {"requestBody": {"required": True, "content": content}}
