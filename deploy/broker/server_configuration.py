"""The configuration of the NATS server: its listener and limits; who may use it is in `permissions`."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from deploy.broker.nkeys import Administrators
from deploy.broker.permissions import BROKER_ACCOUNT, SYSTEM_ACCOUNT, accounts
from shared.protocol.directory import Entry
from shared.transport import DEFAULT_QUOTAS, MAX_PARTICIPANTS, BrokerQuotas
from shared.transport.tls_files import TlsFiles
from shared.transport.users_list import list_tag, number_after


@dataclass(frozen=True, slots=True)
class ListenerTls:
    """The TLS files of a NATS server, and the issuer of its admissions."""

    files: TlsFiles
    issuer: str
    """The public NKEY in whose name a relay admits connections: see `shared.transport.nats.admission`."""


@dataclass(frozen=True, slots=True)
class Listener:
    """Where a NATS server listens, and where it keeps its files."""

    host: str
    port: int
    store: Path
    tls: ListenerTls | None = None
    quotas: BrokerQuotas = DEFAULT_QUOTAS
    log_bytes: int = 16 * 1024 * 1024
    logs_kept: int = 4


# Messages on their way into a stream. Further posts are refused with a hint to retry, so that no queue builds up.
MAX_BUFFERED_POSTS: Final = 128


MAX_PAYLOAD_BYTES: Final = 8 * 1024 * 1024


# What the server holds back for a slow reader before it closes the connection: as much as a participant may send in a
# second, so that nobody has a service or the relay cut off without being paused.
MAX_PENDING_BYTES: Final = 128 * 1024 * 1024


# From this heap on the server clears its memory before it takes more. Without it a flood leaves four times as much.
SERVER_ENVIRONMENT: Final = {"GOMEMLIMIT": "512MiB"}


# Until who connects has said who they are.
AUTHORIZATION_SECONDS: Final = 5


# With TLS also until a relay has said whether they are let in: so long who is back before the relays waits in vain.
ADMISSION_SECONDS: Final = 2


# Of the protocol, with the subject in it: none of ours has half as many characters.
MAX_CONTROL_LINE: Final = 1_024


def server_configuration(
    listener: Listener, entries: Iterable[Entry], administrators: Administrators, list_before: int = 0
) -> str:
    """Return the text of a `nats-server.conf`. `list_before` is the number of the list of users in the one before."""
    configuration: dict[str, Any] = {
        "server_name": "i247",
        "listen": f"{listener.host}:{listener.port}",
        "max_payload": MAX_PAYLOAD_BYTES,
        "max_pending": MAX_PENDING_BYTES,
        "max_connections": 10_000,
        "max_control_line": MAX_CONTROL_LINE,
        "write_deadline": "10s",
        # Where its log goes to a file, as the command line says. Its limit stands here, as a reload would find it gone.
        "logfile_size_limit": listener.log_bytes,
        "logfile_max_num": listener.logs_kept + 1,
        "jetstream": {
            "store_dir": str(listener.store),
            "max_file_store": _store_bytes(listener.quotas),
            "max_memory_store": 0,
            "max_buffered_msgs": MAX_BUFFERED_POSTS,
        },
        "authorization": {"timeout": AUTHORIZATION_SECONDS},
        "system_account": SYSTEM_ACCOUNT,
        "accounts": accounts(entries, administrators, listener.quotas),
    }
    if listener.tls is not None:
        configuration["tls"] = _tls(listener.tls)
        configuration["server_tags"] = [list_tag(number_after(list_before))]
        asked = {"issuer": listener.tls.issuer, "account": BROKER_ACCOUNT, "auth_users": [administrators.relay]}
        configuration["authorization"] = {"timeout": ADMISSION_SECONDS, "auth_callout": asked}
    # The NATS configuration language reads JSON.
    return json.dumps(configuration, indent=1) + "\n"


def _store_bytes(quotas: BrokerQuotas) -> int:
    # Fixed, as JetStream does not take another figure while it runs: it is a bound, and nothing is set aside.
    return quotas.store_bytes + MAX_PARTICIPANTS * quotas.bucket_bytes


def _tls(tls: ListenerTls) -> dict[str, Any]:
    return {
        "cert_file": str(tls.files.certificate),
        "key_file": str(tls.files.key),
        "ca_file": str(tls.files.ca),
        "verify": True,
        # Nothing is said before it, so that nobody on the way can speak of doing without.
        "handshake_first": True,
        "min_version": "1.3",
    }
