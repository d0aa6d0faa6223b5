"""Lets no page of another site use what needs no token on this machine: a browser here sends what any page asks for.

Nor a webhook, which the gateway posts wherever an officer wants, in a sandbox to this machine as well.
"""

from ipaddress import ip_address
from typing import Final

from fastapi import Depends, Request

from shared.errors import Refusal
from shared.web.problems import refusals

LOCALHOST: Final = "localhost"
# What a browser says of a request that no page of another site made (W3C Fetch Metadata).
OWN_SITES: Final = frozenset({"same-origin", "none"})


class OtherSite(Refusal, status=403, code="other-site", title="Another site may not do this"):
    """A page of another site sent the request, or the name of the host is not one of this machine."""


def require_same_site(request: Request) -> None:
    """Refuse what a page of another site sent, also one whose name leads here, or a webhook. Raises OtherSite."""
    if "webhook-id" in request.headers:
        raise OtherSite("a webhook may not use the sandbox or the clock: give it the address of a receiver")
    host = request.headers.get("host", "")
    if not _is_local(host):
        raise OtherSite("address the sandbox, or the clock, as localhost or 127.0.0.1: another name may be a page's")
    origin = request.headers.get("origin")
    if origin is not None and origin.partition("://")[2].lower() != host.lower():
        raise OtherSite("a page of another site may not use the sandbox or the clock: send it without a browser")
    if request.headers.get("sec-fetch-site", "none") not in OWN_SITES:
        raise OtherSite("a page of another site may not use the sandbox or the clock: open /docs of this gateway")


def _is_local(host: str) -> bool:
    name = host.lower()
    name = name[1:].partition("]")[0] if name.startswith("[") else name.partition(":")[0]
    if name == LOCALHOST or name.endswith(f".{LOCALHOST}"):
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False


SAME_SITE: Final = Depends(require_same_site)
REFUSED_TO_OTHERS: Final = refusals(OtherSite)
