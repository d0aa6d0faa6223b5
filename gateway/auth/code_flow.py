"""The sign-in of an officer at an outside provider, in a browser: an authorization code with PKCE (RFC 6749, 7636).

It ends with an access token, which is checked as any other. Does NOT use the ID token, nor tokens to refresh: when the
access token is over, the officer signs in again, which a provider that still knows them does without a question.
"""

import base64
import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final, NamedTuple
from urllib.parse import urlencode

from gateway.outbound import OutboundClient, OutboundRequest, RequestFailed

SECRET_BYTES: Final = 32
SECONDS: Final = 10.0
CONNECT_SECONDS: Final = 5.0
MAX_ANSWER: Final = 64 * 1024


class SignInFailed(Exception):
    """The provider gave no token; the message says why, without anything that it sent."""


class Begun(NamedTuple):
    """A sign-in on its way: where the browser goes, and what it keeps until it is back."""

    url: str
    state: str
    verifier: str


@dataclass(frozen=True, slots=True)
class CodeFlow:
    """The endpoints of a provider, and this gateway as its client."""

    issuer: str
    authorize_url: str
    token_url: str
    client_id: str
    client_secret: str
    """Empty for a client that proves itself by PKCE alone."""

    scopes: str

    def begin(self, redirect_uri: str) -> Begun:
        """Begin a sign-in that comes back to an address of this gateway."""
        state, verifier = secrets.token_urlsafe(SECRET_BYTES), secrets.token_urlsafe(SECRET_BYTES)
        parameters = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": redirect_uri,
            "scope": self.scopes,
            "state": state,
            "code_challenge": _challenge_of(verifier),
            "code_challenge_method": "S256",
        }
        joint = "&" if "?" in self.authorize_url else "?"
        return Begun(f"{self.authorize_url}{joint}{urlencode(parameters)}", state, verifier)

    async def finish(self, answer: Mapping[str, str], begun: Begun, redirect_uri: str) -> str:
        """Return the access token for the answer that a browser brought back. Raises SignInFailed."""
        if not secrets.compare_digest(answer.get("state", "").encode(), begun.state.encode()):
            raise SignInFailed("the answer belongs to another sign-in")
        # RFC 9207: the answer may be that of another provider.
        if answer.get("iss", self.issuer) != self.issuer:
            raise SignInFailed("the answer is of another provider")
        if "code" not in answer:
            raise SignInFailed("the provider signed nobody in")
        form = {
            "grant_type": "authorization_code",
            "code": answer["code"],
            "redirect_uri": redirect_uri,
            "client_id": self.client_id,
            "code_verifier": begun.verifier,
        }
        if self.client_secret:
            form["client_secret"] = self.client_secret
        return _token_in(await self._ask(form))

    async def _ask(self, form: Mapping[str, str]) -> bytes:
        from httpcore import URL

        headers = {"content-type": "application/x-www-form-urlencoded", "accept": "application/json"}
        content = urlencode(form).encode()
        headers["content-length"] = str(len(content))
        request = OutboundRequest("POST", URL(self.token_url), headers, content)
        try:
            answer = await OutboundClient().ask(
                request, seconds=SECONDS, connect_seconds=CONNECT_SECONDS, body_bytes=MAX_ANSWER
            )
        except RequestFailed as failed:
            raise SignInFailed(f"the provider did not answer: {failed.reason}") from failed
        if answer.status != HTTPStatus.OK:
            raise SignInFailed(f"the provider refused the code with status {answer.status}")
        return answer.body


def _challenge_of(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _token_in(body: bytes) -> str:
    try:
        read = json.loads(body)
        token = read["access_token"] if str(read["token_type"]).lower() == "bearer" else None
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise SignInFailed("the answer of the provider has no bearer token") from error
    if not isinstance(token, str):
        raise SignInFailed("the answer of the provider has no bearer token")
    return token
