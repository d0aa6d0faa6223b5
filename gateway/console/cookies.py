"""The two cookies of the console: that of the session, which no script and no other site can send, and the language."""

from datetime import timedelta
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from gateway.browser_sessions.sessions import LONGEST
from gateway.console.defences import is_secure
from gateway.console.texts import Texts, language_of, texts_of

SESSION: Final = "i247"
LANGUAGE: Final = "i247-language"
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


def set_language(response: Response, request: Request, language: str) -> None:
    """Let the browser keep the language that its user chose."""
    _set(response, request, LANGUAGE, language, LANGUAGE_KEPT)


def texts_for(request: Request) -> Texts:
    """Return the texts in the language that the user of a browser chose, or that the browser asks for."""
    chosen = request.cookies.get(_name(LANGUAGE, request))
    return texts_of(language_of(chosen, request.headers.get("accept-language", "")))


def _set(response: Response, request: Request, name: str, value: str, kept: timedelta) -> None:
    seconds = int(kept.total_seconds())
    secure = is_secure(request.scope)
    response.set_cookie(_name(name, request), value, seconds, secure=secure, httponly=True, samesite="strict")


def _name(name: str, request: Request) -> str:
    """Return the name of a cookie; over TLS one that no other host of the domain can set (RFC 6265bis)."""
    return f"__Host-{name}" if is_secure(request.scope) else name
