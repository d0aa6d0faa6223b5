"""The configuration of a NATS server: listener, limits, cluster and TLS. `permissions` makes the accounts in it.

The servers of a cluster have the same accounts.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from deploy.broker.nkeys import Administrators
from deploy.broker.permissions import BROKER_ACCOUNT, SYSTEM_ACCOUNT, accounts
from shared.protocol.directory_entry import Entry
from shared.transport import DEFAULT_QUOTAS, MAX_PARTICIPANTS, BrokerQuotas
from shared.transport.tls_files import TlsFiles
from shared.transport.users_list import list_tag, number_after

NETWORK: Final = "i247"
ROUTE_USER: Final = "routes"
# Messages on their way into a stream. Further posts are refused with a hint to retry, so that no queue builds up.
MAX_BUFFERED_POSTS: Final = 128
MAX_PAYLOAD_BYTES: Final = 8 * 1024 * 1024
# What the server holds for a slow reader before it closes the connection: as much as a participant may send in a
# second, so that no participant can have a service or relay disconnected without being paused first.
MAX_PENDING_BYTES: Final = 128 * 1024 * 1024
# The heap size at which the server collects garbage. Without it a flood of messages leaves four times as much memory.
SERVER_ENVIRONMENT: Final = {"GOMEMLIMIT": "512MiB"}
# For a client to authenticate.
AUTHORIZATION_SECONDS: Final = 5
# With TLS, for a relay to admit the client too. A client that reconnects before the relays do waits this long in vain.
ADMISSION_SECONDS: Final = 2
# The length of a protocol line with its subject. None of ours has half as many characters.
MAX_CONTROL_LINE: Final = 1_024


@dataclass(frozen=True, slots=True)
class ListenerTls:
    """The TLS files of a NATS server, and the issuer of its admissions."""

    files: TlsFiles
    issuer: str
    """The public NKEY in whose name a relay admits connections: see `shared.transport.nats.admission`."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """The other servers of a cluster, and how they admit this one."""

    port: int
    """Where this server accepts the others."""

    others: tuple[str, ...]
    """Where they accept this one: host and port of each."""

    secret: str
    """The password of the routes between all of them. With TLS a certificate of the authority is needed as well."""


@dataclass(frozen=True, slots=True)
class Listener:
    """Where a NATS server listens, and where it stores its files."""

    host: str
    port: int
    store: Path
    tls: ListenerTls | None = None
    quotas: BrokerQuotas = DEFAULT_QUOTAS
    log_bytes: int = 16 * 1024 * 1024
    logs_kept: int = 4
    number: int = 1
    """Of this server in its cluster."""

    cluster: Cluster | None = None


def server_configuration(
    listener: Listener, entries: Iterable[Entry], administrators: Administrators, list_before: int = 0
) -> str:
    """Return the text of a `nats-server.conf`. `list_before` is the number of the previous list of users."""
    quotas = listener.quotas
    configuration: dict[str, Any] = {
        "server_name": NETWORK,
        "listen": f"{listener.host}:{listener.port}",
        "max_payload": MAX_PAYLOAD_BYTES,
        "max_pending": MAX_PENDING_BYTES,
        "max_connections": 10_000,
        "max_control_line": MAX_CONTROL_LINE,
        "write_deadline": "10s",
        # The command line may name a log file; its size limit is here, because a reload resets it otherwise.
        "logfile_size_limit": listener.log_bytes,
        "logfile_max_num": listener.logs_kept + 1,
        "jetstream": {
            "store_dir": str(listener.store),
            # An upper bound; nothing is reserved. It is fixed, as JetStream cannot change it while it runs.
            "max_file_store": quotas.store_bytes + MAX_PARTICIPANTS * quotas.bucket_bytes,
            "max_memory_store": 0,
            "max_buffered_msgs": MAX_BUFFERED_POSTS,
        },
        "authorization": {"timeout": AUTHORIZATION_SECONDS},
        "system_account": SYSTEM_ACCOUNT,
        "accounts": accounts(entries, administrators, quotas),
    }
    if listener.tls is not None:
        configuration["tls"] = _tls(listener.tls)
        configuration["server_tags"] = [list_tag(number_after(list_before))]
        callout = {"issuer": listener.tls.issuer, "account": BROKER_ACCOUNT, "auth_users": [administrators.relay]}
        configuration["authorization"] = {"timeout": ADMISSION_SECONDS, "auth_callout": callout}
    if listener.cluster is not None:
        configuration["server_name"] = server_name(listener.number)
        configuration["cluster"] = _cluster(listener, listener.cluster)
    # The NATS configuration language is a superset of JSON.
    return json.dumps(configuration, indent=1) + "\n"


def server_name(number: int) -> str:
    """Return the name of a server of a cluster, by which the others know it."""
    return f"{NETWORK}-{number}"


def _cluster(listener: Listener, cluster: Cluster) -> dict[str, Any]:
    configuration: dict[str, Any] = {
        "name": NETWORK,
        "listen": f"{listener.host}:{cluster.port}",
        "routes": [f"nats://{ROUTE_USER}:{cluster.secret}@{where}" for where in cluster.others],
        "authorization": {"user": ROUTE_USER, "password": cluster.secret, "timeout": AUTHORIZATION_SECONDS},
        # Participants connect to the servers that their settings name.
        "no_advertise": True,
    }
    return configuration if listener.tls is None else configuration | {"tls": _files(listener.tls)}


def _tls(tls: ListenerTls) -> dict[str, Any]:
    # No plaintext INFO before the handshake, which a man in the middle could use for a downgrade.
    return _files(tls) | {"handshake_first": True}


def _files(tls: ListenerTls) -> dict[str, Any]:
    return {
        "cert_file": str(tls.files.certificate),
        "key_file": str(tls.files.key),
        "ca_file": str(tls.files.ca),
        "verify": True,
        "min_version": "1.3",
    }
