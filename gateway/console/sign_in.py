"""Signing in and out, and the choices that go with a session: the purpose and the language."""

from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit

import msgspec
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from gateway.auth.code_flow import Begun, SignInFailed
from gateway.auth.tokens import Grant
from gateway.console.api import target_of
from gateway.console.context import ConsoleContext
from gateway.console.cookies import (
    begun_sign_in,
    forget_session,
    session_cookie,
    set_begun_sign_in,
    set_language,
    set_session,
    texts_for,
)
from gateway.console.defences import HEADERS, SAFE_METHODS, is_from_here
from gateway.console.in_process import HttpAnswer, HttpCall, called
from gateway.console.navigation import home_of
from gateway.console.page import Page
from gateway.console.rendering import SHOWN_OFFICER, render
from gateway.console.routing import post
from gateway.console.sent_forms import FORM, read_form
from gateway.console.texts import LANGUAGES
from shared.errors import Refusal
from shared.identity import PURPOSES
from shared.service import REVOCATION_PATH, TOKEN_PATH

HOME: Final = "/"
SIGN_IN: Final = "/sign-in"
TO_PROVIDER: Final = "/sign-in/provider"
FROM_PROVIDER: Final = "/sign-in/done"


def routes() -> list[Route]:
    """Return the routes of this page."""
    return [
        Route(SIGN_IN, _ask, methods=["GET"]),
        Route(SIGN_IN, _sign_in, methods=["POST"]),
        Route(TO_PROVIDER, _go_to_provider, methods=["GET"]),
        Route(FROM_PROVIDER, _come_from_provider, methods=["GET"]),
        Route("/language", _choose_language, methods=["POST"]),
        post("/session", _go_on),
        post("/sign-out", _sign_out),
        post("/purpose", _choose_purpose),
    ]


def to_sign_in(request: Request, *, was_signed_in: bool) -> Response:
    """Return what leads a browser to the sign-in, and from there back."""
    back = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    if request.method != "GET" or request.headers.get("hx-request"):
        back = _path_in(request.headers.get("hx-current-url") or request.headers.get("referer", ""))
    why = "unsent" if request.method not in SAFE_METHODS else "over" if was_signed_in else None
    target = target_of(SIGN_IN, {"next": back, "why": why})
    if request.headers.get("hx-request") and request.method != "GET":
        # What was typed would be lost with the page.
        return render("parts/session_over.html", request, texts_for(request))
    if request.headers.get("hx-request"):
        # A part of a page: the whole page goes there.
        return Response(status_code=204, headers={"HX-Redirect": target, **HEADERS})
    return RedirectResponse(target, 303, HEADERS)


async def _ask(request: Request) -> Response:
    """Show the sign-in."""
    return _form(request, _wanted(request), why=request.query_params.get("why", ""))


def _wanted(request: Request) -> str:
    """Return where an address leads after the sign-in: to the first page, where another site made the address.

    After the sign-in the browser counts as sent by a page of this site, which would no longer ask.
    """
    return request.query_params.get("next", HOME) if is_from_here(request) else HOME


async def _sign_in(request: Request) -> Response:
    """Sign an officer in by their name and password."""
    if not is_from_here(request):
        return render("elsewhere.html", request, texts_for(request), 403)
    context: ConsoleContext = request.app.state.context
    form = await read_form(request)
    name, back = form.one("username"), form.one("next", HOME)
    status, answer = await _token(request, context, name, form.one("password"))
    if status != 200:
        return _form(request, back, name=name, error=str(answer.get("error", answer.get("detail", ""))), status=status)
    token = str(answer["access_token"])
    grant = await context.tokens.check(token)
    response = RedirectResponse(_way_on(back, grant), 303, HEADERS)
    await _begin_session(request, response, token, grant)
    return response


async def _begin_session(request: Request, response: Response, token: str, grant: Grant) -> None:
    """Begin a session with a response, in the place of that which the browser had."""
    sessions = request.app.state.context.sessions
    cookie = session_cookie(request)
    before = None if cookie is None else await sessions.find(cookie)
    session = await sessions.begin(grant.bureau, grant.officer, token, grant.purpose)
    set_session(response, request, session.cookie)
    if before is not None:
        await sessions.end(before)


async def _token(request: Request, context: ConsoleContext, name: str, password: str) -> tuple[int, dict[str, Any]]:
    """Ask the token endpoint for a token, as any client does."""
    body = urlencode({"grant_type": "password", "username": name, "password": password}).encode()
    client = None if request.client is None else (request.client.host, request.client.port)
    call = HttpCall("POST", TOKEN_PATH, {"content-type": FORM}, body, client)
    async with called(context.gateway, call) as answer:
        return answer.status, await _json(answer)


async def _json(answer: HttpAnswer) -> dict[str, Any]:
    body = await answer.read()
    read = msgspec.json.decode(body) if body else {}
    return read if isinstance(read, dict) else {}


async def _go_to_provider(request: Request) -> Response:
    """Lead the browser to the outside provider, where the officer signs in."""
    flow = request.app.state.context.code_flow
    if flow is None:
        return _form(request, HOME, error="no-provider", status=404)
    begun = flow.begin(_return_address(request))
    response = RedirectResponse(begun.url, 303, HEADERS)
    back = _own_path(_wanted(request))
    set_begun_sign_in(response, request, urlencode({"state": begun.state, "verifier": begun.verifier, "next": back}))
    return response


async def _come_from_provider(request: Request) -> Response:
    """Begin a session for the officer that the provider has signed in."""
    context: ConsoleContext = request.app.state.context
    kept = dict(parse_qsl(begun_sign_in(request) or ""))
    if context.code_flow is None or not kept.keys() >= {"state", "verifier", "next"}:
        return _form(request, HOME, error="sign-in-over", status=400)
    begun = Begun("", kept["state"], kept["verifier"])
    try:
        token = await context.code_flow.finish(request.query_params, begun, _return_address(request))
        grant = await context.tokens.check(token)
    except (SignInFailed, Refusal) as error:
        context.log.refusal("sign-in-failed", error=str(error))
        response = _form(request, kept["next"], error=str(error), status=403)
        set_begun_sign_in(response, request, "")
        return response
    # A page and not a redirect: the browser counts as sent by the provider until a page of this site sends it.
    response = render("signed_in.html", request, texts_for(request), page=None, next=_way_on(kept["next"], grant))
    await _begin_session(request, response, token, grant)
    set_begun_sign_in(response, request, "")
    return response


def _return_address(request: Request) -> str:
    return f"{str(request.base_url).rstrip('/')}{FROM_PROVIDER}"


def _form(
    request: Request, back: str, *, name: str = "", error: str = "", why: str = "", status: int = 200
) -> Response:
    context: ConsoleContext = request.app.state.context
    return render(
        "sign_in.html",
        request,
        texts_for(request),
        status,
        page=None,
        next=_own_path(back),
        name=name,
        error=error,
        why=why,
        takes_passwords=context.issuer is not None,
        has_provider=context.code_flow is not None,
    )


def _way_on(target: str, grant: Grant) -> str:
    """Return where an officer who has signed in goes: where they wanted to, else where their work is."""
    back = _own_path(target)
    return home_of(grant.scopes) if back == HOME else back


def _own_path(target: str) -> str:
    """Return a path of this server: what an address names is where the browser goes after the sign-in."""
    is_own = target.startswith("/") and not target.startswith(("//", "/\\")) and target.isprintable()
    return target if is_own else HOME


def _path_in(address: str) -> str:
    """Return the path of an address that a browser states."""
    try:
        return urlsplit(address).path or HOME
    except ValueError:
        return HOME


async def _go_on(page: Page) -> Response:
    """Count what somebody types as use of their session, unless another officer has signed in since."""
    form = await read_form(page.request)
    if form.has(SHOWN_OFFICER) and form.one(SHOWN_OFFICER) != page.who:
        return page.show("parts/session_over.html", other=page.grant)
    return Response(status_code=204, headers=HEADERS)


async def _sign_out(page: Page) -> Response:
    """End the session of this browser, or all of the officer, with all their tokens."""
    if (await page.form()).one("everywhere"):
        await page.context.sessions.end_all(page.session)
        body = urlencode({"token": page.session.token}).encode()
        async with called(page.context.gateway, HttpCall("POST", REVOCATION_PATH, {"content-type": FORM}, body)):
            pass
    else:
        await page.context.sessions.end(page.session)
    response = page.go(SIGN_IN, why="out")
    forget_session(response, page.request)
    return response


async def _choose_purpose(page: Page) -> Response:
    """Use the network for another purpose from now on."""
    form = await page.form()
    purpose = PURPOSES.get(form.one("purpose"))
    if purpose in page.grant.purposes:
        await page.context.sessions.choose(page.session, purpose)
    return RedirectResponse(_own_path(form.one("next", HOME)), 303, HEADERS)


async def _choose_language(request: Request) -> Response:
    """Show the pages in another language from now on."""
    if not is_from_here(request):
        return render("elsewhere.html", request, texts_for(request), 403)
    form = await read_form(request)
    response = RedirectResponse(_own_path(form.one("next", HOME)), 303, HEADERS)
    if (language := form.one("language")) in LANGUAGES:
        set_language(response, request, language)
    return response
