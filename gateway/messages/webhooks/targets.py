"""Where webhooks may go: to public addresses, or also to private ones where a setting or a sandbox allows it (SSRF).

The address behind a name is resolved and checked before each attempt, and the connection goes to that very address: the
name server of a target cannot answer one thing to the check and another to the connection (DNS rebinding).
"""

import asyncio
import re
import socket
import threading
from collections import defaultdict
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Any, Final
from urllib.parse import SplitResult, urlsplit

from shared.errors import Refusal

# For one bureau.
MAX_RESOLVING: Final = 4
RESOLVE_SECONDS: Final = 3.0

Resolve = Callable[[str, int], Awaitable[list[str]]]

_PRINTABLE: Final = re.compile(r"[!-~]+")
_HOST: Final = re.compile(r"(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,62})(\.[a-z0-9_]([a-z0-9_-]{0,62}))*")
_DEFAULT_PORTS: Final = {"https": 443, "http": 80}
# For receivers on the same machine or in the same network.
PRIVATE_TARGETS_SETTING: Final = "I247_WEBHOOK_PRIVATE_TARGETS"
_ALLOWED_BY: Final = (
    f"plain HTTP and private addresses are allowed by {PRIVATE_TARGETS_SETTING}=true on the gateway, and in a sandbox"
)
# All others are reserved, or mean an IPv4 address behind a translator.
_GLOBAL_UNICAST: Final = IPv6Network("2000::/3")
# Not in every version of `ipaddress`: Teredo and other special uses, 6to4, documentation; protocol assignments, the
# relay of 6to4, and the address at which a large cloud provider serves the secrets of machines.
_SPECIAL_6: Final = tuple(map(IPv6Network, ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")))
_SPECIAL_4: Final = tuple(map(IPv4Network, ("192.0.0.0/24", "192.88.99.0/24", "168.63.129.16/32")))


class TargetRefused(Refusal, status=422, code="webhook-target", title="A webhook cannot go there"):
    """The URL of the webhook is malformed, has no address, or has an address that webhooks may not go to."""


class Unresolved(Exception):
    """A name has no address at the moment."""


@dataclass(frozen=True, slots=True)
class Target:
    """A parsed URL."""

    scheme: str
    host: str
    port: int
    path: str
    """With the query."""

    @property
    def authority(self) -> str:
        """The value of the header `Host`."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"


class Targets:
    """Finds the addresses of targets, and refuses those that webhooks may not go to."""

    def __init__(self, *, private: bool, resolve: Resolve | None = None) -> None:
        self._private = private
        self._resolve = resolve
        self._resolvers: defaultdict[str, Resolver] = defaultdict(Resolver)

    def parse(self, url: str) -> Target:
        """Parse a URL. Raises TargetRefused."""
        if not _PRINTABLE.fullmatch(url) or "\\" in url:
            raise TargetRefused("use ASCII without spaces and backslashes, and the form `xn--...` of a name", at="/url")
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as error:
            raise TargetRefused("cannot be read: its host or its port is malformed", at="/url") from error
        if parts.scheme != "https" and not (parts.scheme == "http" and self._private):
            raise TargetRefused(f"must begin with https://{self._or_plain(parts.scheme)}", at="/url")
        _require_plain(url, parts)
        if port == 0:
            raise TargetRefused("a port is between 1 and 65535", at="/url")
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        return Target(parts.scheme, parts.hostname or "", port or _DEFAULT_PORTS[parts.scheme], path)

    async def addresses(self, target: Target, bureau: str = "") -> list[str]:
        """Return the addresses of a target of a bureau, all of them allowed. Raises Unresolved, TargetRefused."""
        resolve = self._resolve or self._resolvers[bureau].resolve
        try:
            async with asyncio.timeout(RESOLVE_SECONDS):
                found = await resolve(target.host, target.port)
        except (OSError, UnicodeError) as error:
            # A timeout is an OSError, too.
            raise Unresolved(f"{target.host} has no address at the moment") from error
        if not found:
            raise Unresolved(f"{target.host} has no address at the moment")
        for address in map(ip_address, found):
            is_unicast = not address.is_multicast and not address.is_unspecified
            if not (is_unicast if self._private else is_public(address)):
                wrong = "multicast or unspecified" if self._private else f"not public; {_ALLOWED_BY}"
                raise TargetRefused(f"leads to an address that is {wrong}", at="/url")
        return found

    def _or_plain(self, scheme: str) -> str:
        if self._private:
            return " or http://"
        return f"; {_ALLOWED_BY}" if scheme == "http" else ""


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Return whether an address is a public unicast address of the internet, and not of this network."""
    if isinstance(address, IPv6Address):
        if address not in _GLOBAL_UNICAST or any(address in special for special in _SPECIAL_6):
            return False
    elif any(address in special for special in _SPECIAL_4):
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def _require_plain(url: str, parts: SplitResult) -> None:
    if "@" in parts.netloc:
        raise TargetRefused("leave out the user and the password: posts are signed instead", at="/url")
    if "#" in url:
        raise TargetRefused("leave out the fragment after #", at="/url")
    if not _is_host(parts.hostname or "", in_brackets="[" in parts.netloc):
        raise TargetRefused("the host is not valid", at="/url")


def _is_host(host: str, *, in_brackets: bool) -> bool:
    if not in_brackets:
        return _HOST.fullmatch(host) is not None
    try:
        # An address with a zone is valid on one machine alone.
        return IPv6Address(host).scope_id is None
    except ValueError:
        return False


class Resolver:
    """Resolves names for one bureau, in threads of its own.

    A name service that does not answer blocks a thread, which cannot be interrupted: other uses of threads must not
    wait for it, nor must the end of the process. A caller that gives up before its turn is dropped.
    """

    def __init__(self) -> None:
        self._turns = asyncio.Semaphore(MAX_RESOLVING)
        self._asking: dict[tuple[str, int], asyncio.Task[list[str]]] = {}

    async def resolve(self, host: str, port: int) -> list[str]:
        """Return all addresses of a host. Raises OSError, UnicodeError."""
        key = (host, port)
        if key not in self._asking:
            await self._turns.acquire()
            if key in self._asking:
                # Another caller has begun to resolve it meanwhile.
                self._turns.release()
            else:
                asking = self._asking[key] = asyncio.create_task(_ask(host, port))
                asking.add_done_callback(partial(self._answered, key))
        # Other callers may wait for the same.
        return await asyncio.shield(self._asking[key])

    def _answered(self, key: tuple[str, int], asked: asyncio.Task[list[str]]) -> None:
        del self._asking[key]
        self._turns.release()
        if not asked.cancelled():
            # All waiting callers may have gone.
            asked.exception()


async def _ask(host: str, port: int) -> list[str]:
    answer: Future[list[Any]] = Future()
    # It cannot be cancelled any more: the thread goes on when the caller has given up.
    answer.set_running_or_notify_cancel()

    def run() -> None:
        try:
            answer.set_result(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except Exception as error:
            answer.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    found = await asyncio.wrap_future(answer)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))
