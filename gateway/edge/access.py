"""Access of officers: the token, the scopes and the purpose that every request needs; and refusals as responses."""

from collections.abc import Container, Mapping, Sequence
from typing import Any, Final

from gateway.auth.claims import TokenRefused
from gateway.auth.tokens import Grant
from shared.errors import (
    PROBLEM_JSON,
    RETRY_AFTER_SECONDS,
    Invalid,
    Malformed,
    PurposeMissing,
    PurposeNotAllowed,
    Refusal,
    ScopeMissing,
    TransportRefusal,
    Unauthenticated,
    UnsupportedMediaType,
    problem,
)
from shared.identity import AUDIT_READ, HANDLING_CONFIDENTIAL, PURPOSE_SCOPES, PURPOSES, Purpose
from shared.logs import Log
from shared.rpc.client import ActingOfficer

# Two of these contradict each other, and a proxy before the gateway may have used the other one.
SINGLE_HEADERS: Final = frozenset({b"authorization", b"content-type", b"i247-purpose"})
# RFC 6750 section 3: without a token there is no error code.
NO_TOKEN: Final = b'Bearer realm="i247"'
INVALID_TOKEN: Final = b'Bearer realm="i247", error="invalid_token"'

# Without what follows them; any other word alone is a token.
KNOWN_KINDS: Final = frozenset({"bearer", "basic", "digest"})

IDENTITY: Final = b"identity"

Headers = list[tuple[bytes, bytes]]


def single_headers(headers: Sequence[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    """Return the headers by name. Raises Malformed where two contradict each other."""
    single = dict(headers)
    if len(single) < len(headers):
        for name in SINGLE_HEADERS & single.keys():
            if sum(name == each for each, _ in headers) > 1:
                raise Malformed(f"the header {name.decode()} is given twice")
    return single


def require_plain(headers: Mapping[bytes, bytes]) -> None:
    """Require that a body is not compressed. Raises UnsupportedMediaType (RFC 9110 section 15.5.16)."""
    coding = headers.get(b"content-encoding", IDENTITY)
    if coding.lower() != IDENTITY:
        raise UnsupportedMediaType("the body must not be compressed: send it as it is, without Content-Encoding")


def bearer_token(headers: Mapping[bytes, bytes]) -> str:
    """Return the bearer token of a request. Raises Unauthenticated."""
    kind, _, token = headers.get(b"authorization", b"").decode("latin-1").partition(" ")
    if kind and kind.lower() not in KNOWN_KINDS and not token:
        raise Unauthenticated("the header Authorization has no kind: put `Bearer` and a space before the token")
    if kind.lower() != "bearer" or not token:
        raise Unauthenticated("send a token in the header `Authorization: Bearer ...`: POST /oauth/token issues one")
    return token.strip()


def on_behalf_of(
    headers: Mapping[bytes, bytes],
    grant: Grant,
    service: str,
    known: Sequence[str],
    shown: Container[str] | None = None,
) -> ActingOfficer:
    """Return the officer, their purpose and their scopes for a service: those in `known`, and that of the purpose.

    That to read confidential records goes along with them. With `shown` the others are left out. Raises ScopeMissing,
    PurposeMissing, PurposeNotAllowed, Invalid.
    """
    scopes = [scope for scope in (*known, AUDIT_READ) if scope in grant.scopes]
    if not scopes:
        needed = ", ".join(known) or AUDIT_READ
        raise ScopeMissing(f"the officer holds no scope for {service}: it needs one of {needed}")
    purpose = purpose_of(headers, grant)
    if HANDLING_CONFIDENTIAL in grant.scopes:
        scopes.append(HANDLING_CONFIDENTIAL)
    if shown is not None:
        scopes = [scope for scope in scopes if scope in shown]
    return ActingOfficer(grant.officer, (*scopes, PURPOSE_SCOPES[purpose]), purpose)


def purpose_of(headers: Mapping[bytes, bytes], grant: Grant) -> Purpose:
    """Return the purpose of the request, or that of the token. Raises Invalid, PurposeMissing, PurposeNotAllowed."""
    stated = headers.get(b"i247-purpose")
    purpose = grant.purpose if stated is None else PURPOSES.get(stated.decode("latin-1"))
    if purpose is None and stated is not None:
        raise Invalid(f"must be one of {', '.join(PURPOSES)}", at="/I247-Purpose", place="header")
    if purpose is None and grant.purposes:
        raise PurposeMissing(f"state a purpose in the header I247-Purpose: one of {', '.join(grant.purposes)}")
    if purpose not in grant.purposes:
        if not grant.purposes:
            raise PurposeNotAllowed("the token allows no purpose: get one with a purpose that the officer may use")
        raise PurposeNotAllowed(
            f"purpose {purpose} is not allowed for this officer: state another in the header I247-Purpose; "
            f"allowed: {', '.join(grant.purposes)}"
        )
    return purpose


def refusal_response(refusal: Refusal, *, changes: bool) -> tuple[int, Headers, bytes]:
    """Return status, headers and body of the problem for a refusal; `changes` as in `problem`."""
    headers = [(b"content-type", PROBLEM_JSON.encode())]
    if isinstance(refusal, TransportRefusal):
        headers.append((b"i247-error", refusal.mark.encode()))
    if "instance" in refusal.members:
        headers.append((b"i247-request-id", refusal.members["instance"].encode()))
    if refusal.status == 401:
        headers.append((b"www-authenticate", INVALID_TOKEN if isinstance(refusal, TokenRefused) else NO_TOKEN))
    if refusal.status == 503:
        headers.append((b"retry-after", str(RETRY_AFTER_SECONDS).encode()))
    return refusal.status, headers, problem(refusal, changes=changes)


def log_request(log: Log, entry: Mapping[str, Any]) -> None:
    """Log a request of an officer; those without a valid token are counted by service, status and code."""
    if "officer" in entry:
        log.info("request", **entry)
    else:
        log.refusal("request", **{name: entry.get(name) for name in ("service", "status", "code")})
