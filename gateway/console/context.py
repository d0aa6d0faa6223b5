"""What all pages of a console share."""

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.auth.code_flow import CodeFlow
from gateway.auth.tokens import TokenIssuer, Tokens
from gateway.browser_sessions.sessions import Sessions
from shared.bureaus import BureauCode
from shared.clock import Clock
from shared.logs import Log
from shared.rpc.asgi import Application
from shared.rpc.client import Requester


@dataclass(frozen=True, slots=True)
class ConsoleContext:
    """The gateway behind the pages, and the sessions of its officers."""

    gateway: Application
    sessions: Sessions
    tokens: Tokens
    issuer: TokenIssuer | None
    """None where an outside provider issues the tokens."""

    code_flow: CodeFlow | None
    """How officers sign in there; None where they cannot."""

    requesters: Mapping[BureauCode, Requester]
    clock: Clock
    log: Log
    services: tuple[str, ...] = ()
    """The names of the services that the gateway has."""

    is_sandbox: bool = False
