"""Lets no page of another site use what needs no token on this machine: a browser here sends what any page asks for.

Nor a webhook, which the gateway posts wherever an officer wants, in a sandbox to this machine as well.
"""

import re
from typing import Final

from fastapi import Depends, Request

from shared.errors import Refusal
from shared.loopback import is_loopback
from shared.web.problems import refusals

# What a browser says of a request that no page of another site made (W3C Fetch Metadata).
OWN_SITES: Final = frozenset({"same-origin", "none"})
SINGLE: Final = ("host", "origin", "sec-fetch-site")
MAX_PORT: Final = 65_535

# RFC 3986 section 3.2, without user information: an IPv6 address in brackets or a name, and a port.
_authority: Final = re.compile(r"(?:\[(?P<ipv6>[0-9a-f:.]+)\]|(?P<name>[a-z0-9.-]+))(?::(?P<port>[0-9]{1,5}))?")
_origin: Final = re.compile(r"https?://(.+)")


class OtherSite(Refusal, status=403, code="other-site", title="Another site may not do this"):
    """A page of another site sent the request, or the name of the host is not one of this machine."""


def require_same_site(request: Request) -> None:
    """Refuse what a page of another site sent, also one whose name leads here, or a webhook. Raises OtherSite."""
    headers = request.headers
    if "webhook-id" in headers:
        raise OtherSite("a webhook may not use the sandbox or the clock: give it the address of a receiver")
    for name in SINGLE:
        if len(headers.getlist(name)) > 1:
            raise OtherSite(f"the header {name} is given twice: send it once")
    host = headers.get("host", "").lower()
    if not is_local(host):
        raise OtherSite("address the sandbox, or the clock, as localhost or 127.0.0.1: another name may be a page's")
    origin = _origin.fullmatch(headers.get("origin", f"http://{host}").lower())
    if origin is None or origin[1] != host:
        raise OtherSite("a page of another site may not use the sandbox or the clock: send it without a browser")
    if headers.get("sec-fetch-site", "none") not in OWN_SITES:
        raise OtherSite("a page of another site may not use the sandbox or the clock: open /docs of this gateway")


def is_local(authority: str) -> bool:
    """Return whether a host, with or without a port, in lower case, is this machine by its name or its address."""
    parts = _authority.fullmatch(authority)
    if parts is None or int(parts["port"] or 0) > MAX_PORT:
        return False
    # Only an IPv6 address has colons, and brackets.
    return is_loopback(parts["ipv6"] if ":" in (parts["ipv6"] or "") else parts["name"] or "")


SAME_SITE: Final = Depends(require_same_site)
REFUSED_TO_OTHERS: Final = refusals(OtherSite)
