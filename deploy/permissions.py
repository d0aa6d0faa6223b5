"""Who may say what on the broker: the configuration of the NATS server, derived from the directory.

Deny first: a participant may publish and subscribe what stands here and nothing else. A bureau speaks only on subjects
that end in its own code; a service hears only its own subject and may answer only what it was asked.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from shared.bureaus import SECRETARIAT
from shared.directory import Entry
from shared.directory_feed import CHANGES_SUBJECT, FETCH_SUBJECT
from shared.transport import inbox_of

MAX_PAYLOAD_BYTES: Final = 8 * 1024 * 1024
OPERATOR: Final = "operator"


@dataclass(frozen=True, slots=True)
class Listener:
    """Where a NATS server listens, and where it keeps its files."""

    host: str
    port: int
    store: Path
    certificate: Path | None = None
    key: Path | None = None
    ca: Path | None = None


def server_configuration(listener: Listener, entries: Iterable[Entry], operator: str) -> str:
    """Return the text of a `nats-server.conf`. `operator` is the public NKEY of who administers the broker."""
    # One who holds two signing keys, as while they are rotated, is one user all the same.
    permissions = {entry.nats_user: _permissions(entry) for entry in entries if entry.revoked_at is None}
    permissions[operator] = _operator_permissions()
    users = [{"nkey": nkey, "permissions": allowed} for nkey, allowed in permissions.items()]
    configuration: dict[str, Any] = {
        "server_name": "i247",
        "listen": f"{listener.host}:{listener.port}",
        "max_payload": MAX_PAYLOAD_BYTES,
        "max_connections": 10_000,
        "write_deadline": "10s",
        "jetstream": {"store_dir": str(listener.store)},
        "authorization": {"timeout": 5, "users": users},
    }
    if listener.ca is not None:
        configuration["tls"] = _tls(listener)
    # The NATS configuration language reads JSON.
    return json.dumps(configuration, indent=1) + "\n"


def _tls(listener: Listener) -> dict[str, Any]:
    return {
        "cert_file": str(listener.certificate),
        "key_file": str(listener.key),
        "ca_file": str(listener.ca),
        "verify": True,
    }


def _permissions(entry: Entry) -> dict[str, Any]:
    if entry.kind == "service":
        return _service_permissions(entry.participant)
    return _bureau_permissions(entry.participant)


def _service_permissions(service: str) -> dict[str, Any]:
    return {
        "publish": {"allow": [FETCH_SUBJECT]},
        "subscribe": {"allow": [f"i247.req.{service}.*", CHANGES_SUBJECT, "$SRV.>", f"{inbox_of(service)}.>"]},
        "allow_responses": {"max": 1, "expires": "2m"},
    }


def _bureau_permissions(bureau: str) -> dict[str, Any]:
    publish = [f"i247.req.*.{bureau}", FETCH_SUBJECT]
    subscribe = [CHANGES_SUBJECT, f"{inbox_of(bureau)}.>"]
    permissions: dict[str, Any] = {"publish": {"allow": publish}, "subscribe": {"allow": subscribe}}
    if bureau == SECRETARIAT:
        publish.append(CHANGES_SUBJECT)
        subscribe.append(FETCH_SUBJECT)
        permissions["allow_responses"] = {"max": 1, "expires": "2m"}
    return permissions


def _operator_permissions() -> dict[str, Any]:
    return {
        "publish": {"allow": ["$SRV.>", "$JS.API.>"]},
        "subscribe": {"allow": [f"{inbox_of(OPERATOR)}.>"]},
    }
