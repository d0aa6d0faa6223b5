"""The cookies of the console: the session, which no script reads and no other site sends, the language, a sign-in."""

import hashlib
from datetime import timedelta
from typing import Final, Literal

from starlette.requests import Request
from starlette.responses import Response

from gateway.browser_sessions.sessions import LONGEST
from gateway.console.defences import is_secure
from gateway.console.texts import Texts, language_of, texts_of

SESSION: Final = "i247"
LANGUAGE: Final = "i247-language"
SIGN_IN: Final = "i247-sign-in"
PURPOSE_SAID: Final = "i247-purpose-said"
SIGN_IN_KEPT: Final = timedelta(minutes=10)
LANGUAGE_KEPT: Final = timedelta(days=365)


def session_cookie(request: Request) -> str | None:
    """Return the cookie of the session that a browser sent."""
    return request.cookies.get(_name(SESSION, request))


def set_session(response: Response, request: Request, cookie: str) -> None:
    """Let the browser keep the cookie of a session."""
    _set(response, request, SESSION, cookie, LONGEST)


def forget_session(response: Response, request: Request) -> None:
    """Let the browser forget the cookie of its session."""
    _set(response, request, SESSION, "", timedelta(0))


def begun_sign_in(request: Request) -> str | None:
    """Return what the browser keeps of a sign-in at an outside provider."""
    return request.cookies.get(_name(SIGN_IN, request))


def set_begun_sign_in(response: Response, request: Request, kept: str) -> None:
    """Let the browser keep a sign-in until it is back; an empty one is forgotten.

    The provider leads it back: a strict cookie would not come along.
    """
    _set(response, request, SIGN_IN, kept, SIGN_IN_KEPT if kept else timedelta(0), same_site="lax")


def set_language(response: Response, request: Request, language: str) -> None:
    """Let the browser keep the language that its user chose."""
    _set(response, request, LANGUAGE, language, LANGUAGE_KEPT)


def is_purpose_said(request: Request, session: str) -> bool:
    """Return whether the officer was told in this session which purpose was preset."""
    return request.cookies.get(_name(PURPOSE_SAID, request)) == _digest_of(session)


def set_purpose_said(response: Response, request: Request, session: str) -> None:
    """Let the browser keep that the officer was told which purpose was preset, as long as this session."""
    _set(response, request, PURPOSE_SAID, _digest_of(session), LONGEST)


def _digest_of(session: str) -> str:
    return hashlib.sha256(session.encode()).hexdigest()[:12]


def texts_for(request: Request) -> Texts:
    """Return the texts in the language that the user of a browser chose, or that the browser asks for."""
    chosen = request.cookies.get(_name(LANGUAGE, request))
    return texts_of(language_of(chosen, request.headers.get("accept-language", "")))


def _set(
    response: Response,
    request: Request,
    name: str,
    value: str,
    kept: timedelta,
    same_site: Literal["strict", "lax"] = "strict",
) -> None:
    seconds, secure = int(kept.total_seconds()), is_secure(request.scope)
    response.set_cookie(_name(name, request), value, seconds, secure=secure, httponly=True, samesite=same_site)


def _name(name: str, request: Request) -> str:
    """Return the name of a cookie; over TLS one that no other host of the domain can set (RFC 6265bis)."""
    return f"__Host-{name}" if is_secure(request.scope) else name
