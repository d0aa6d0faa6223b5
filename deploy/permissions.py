"""Who may say what on the broker: the configuration of the NATS server, derived from the directory.

Deny first: a participant may publish and subscribe what stands here and nothing else. Whoever speaks does so only on
subjects that end in his own name, and takes only what is posted to him; a service hears only its own subject, may
answer only what it was asked, and asks nothing.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from shared.bureaus import SECRETARIAT
from shared.directory import Entry
from shared.directory_feed import CHANGES_SUBJECT, FETCH_SUBJECT
from shared.transport import MESSAGES, Lane, bucket_stream, inbox_of, lane_consumer

MAX_PAYLOAD_BYTES: Final = 8 * 1024 * 1024
OPERATOR: Final = "operator"
# The stream of messages does not answer to this, and it must not even if it is made otherwise one day.
NEVER: Final = (f"$JS.API.DIRECT.GET.{MESSAGES}",)


@dataclass(frozen=True, slots=True)
class Listener:
    """Where a NATS server listens, and where it keeps its files."""

    host: str
    port: int
    store: Path
    certificate: Path | None = None
    key: Path | None = None
    ca: Path | None = None
    logs_kept: int = 4

    @property
    def pid_file(self) -> Path:
        """Where the server writes its process id, so that it can be told to read its configuration again."""
        return self.store.parent / "nats-server.pid"


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
        # Where its log goes to a file of limited size, as the command line says.
        "logfile_max_num": listener.logs_kept + 1,
        "pid_file": str(listener.pid_file),
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
        "publish": {"allow": [FETCH_SUBJECT, *_post(service)], "deny": NEVER},
        "subscribe": {"allow": [f"i247.req.{service}.*", CHANGES_SUBJECT, "$SRV.>", f"{inbox_of(service)}.>"]},
        "allow_responses": {"max": 1, "expires": "2m"},
    }


def _bureau_permissions(bureau: str) -> dict[str, Any]:
    publish = [f"i247.req.*.{bureau}", FETCH_SUBJECT, *_post(bureau), *_objects(bureau)]
    subscribe = [CHANGES_SUBJECT, f"{inbox_of(bureau)}.>"]
    permissions: dict[str, Any] = {
        "publish": {"allow": publish, "deny": NEVER},
        "subscribe": {"allow": subscribe},
    }
    if bureau == SECRETARIAT:
        publish += [CHANGES_SUBJECT, *_furnishing()]
        subscribe.append(FETCH_SUBJECT)
        permissions["allow_responses"] = {"max": 1, "expires": "2m"}
    return permissions


# The broker answers to whatever subject was named for that, without applying the permissions of who asks. It sees to it
# itself that it acknowledges nothing that is another's. But who posts can have what he stored, and that something was
# stored, said where he may not speak himself: who receives requests, answers and changes checks signatures, and who
# collects throws away what the broker said. So he can replace a parcel of another whose subject he knows, until the
# sender repeats it.


def _post(participant: str) -> list[str]:
    consumers = [lane_consumer(participant, lane) for lane in Lane]
    return [
        # To post to anybody, in his own name.
        f"i247.msg.*.*.*.{participant}",
        # To take what is posted to him, and to say what has become of that.
        *(f"$JS.API.CONSUMER.MSG.NEXT.{MESSAGES}.{consumer}" for consumer in consumers),
        *(f"$JS.ACK.{MESSAGES}.{consumer}.>" for consumer in consumers),
    ]


def _objects(bureau: str) -> list[str]:
    return [
        # To write objects into its own bucket: their chunks and their descriptions.
        f"$O.{bureau}.C.>",
        f"$O.{bureau}.M.>",
        # To remove them from there.
        f"$JS.API.STREAM.PURGE.{bucket_stream(bureau)}",
        # To read from all buckets; nothing but buckets is made so that it can be read in this way. It needs no
        # consumer, so nobody creates one and names a subject for it to deliver to.
        "$JS.API.DIRECT.GET.*",
    ]


def _furnishing() -> list[str]:
    # To make and correct the places of posts and objects. The Secretariat removes none, and takes nothing out of them.
    return [
        "$JS.API.STREAM.LIST",
        "$JS.API.STREAM.CREATE.*",
        "$JS.API.STREAM.UPDATE.*",
        f"$JS.API.CONSUMER.LIST.{MESSAGES}",
        f"$JS.API.CONSUMER.CREATE.{MESSAGES}.*.i247.msg.>",
    ]


def _operator_permissions() -> dict[str, Any]:
    return {
        "publish": {"allow": ["$SRV.>", "$JS.API.>"]},
        "subscribe": {"allow": [f"{inbox_of(OPERATOR)}.>"]},
    }
