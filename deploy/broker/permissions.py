"""Who may say and hear what on the broker: the configuration of the NATS server, derived from the directory.

Each participant has a NATS account of its own, so that every subject a participant names, reply subjects included, lies
in that account. An account imports exactly the subjects of its participant, under the participant's own name, and
JetStream lives in an account that nobody else is in. Permissions lists alone are no boundary: JetStream answers to any
reply subject without applying the asker's permissions, and there an answer can be an order (ADR 17).

Inside its account a participant may publish and subscribe what it needs and nothing else.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from shared.bureaus import PARTICIPATING, SECRETARIAT
from shared.protocol.directory import Entry
from shared.rpc.directory_sync import CHANGES_SUBJECT, fetch_subject
from shared.transport import (
    BROKER_OPERATOR,
    BROKER_RELAY,
    DEFAULT_QUOTAS,
    MAX_PARTICIPANTS,
    MESSAGES,
    RELAY_SUBJECT,
    BrokerQuotas,
    Lane,
    inbox_of,
    lane_consumer,
    message_subject,
    object_subject,
    posting_subject,
    reading_subject,
    request_subject,
    writing_subject,
)
from shared.transport.subjects import ADMISSION_REPLIES, ADMISSION_SUBJECT, REPLY_PREFIX
from shared.transport.tls_files import TlsFiles
from shared.transport.users_list import list_tag, number_after

# So many may be on their way into a stream: who posts more is told to try again, and nobody waits for long behind them.
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
BROKER_ACCOUNT: Final = "BROKER"
SYSTEM_ACCOUNT: Final = "SYS"
# Within the account of a service, which its library needs; but see `discovery_subject`.
DISCOVERY: Final = "$SRV.>"
PULL: Final = f"$JS.API.CONSUMER.MSG.NEXT.{MESSAGES}"
ACK: Final = f"$JS.ACK.{MESSAGES}"
# A request may be answered once, and not later than this.
ANSWERS: Final = {"max": 1, "expires": "2m"}
# Of one connection. A service subscribes for each sender apart, twice while it renews its subscription, and the
# Secretariat likewise; a gateway needs half a dozen. The server copies an answer to all subscriptions to its subject:
# a bureau must not have many.
MAX_SUBSCRIPTIONS: Final = 1_000
MAX_SUBSCRIPTIONS_OF_BUREAU: Final = 16
# Of the protocol, with the subject in it: none of ours has half as many characters.
MAX_CONTROL_LINE: Final = 1_024

Account = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ListenerTls:
    """The certificate of a NATS server, and whom it asks who others are."""

    files: TlsFiles
    issuer: str
    """The public NKEY in whose name a relay says who is let in: see `shared.transport.nats.admission`."""


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


@dataclass(frozen=True, slots=True)
class Administrators:
    """The public NKEYS of those who run the broker. None of them takes part in the network."""

    operator: str
    """Keeps streams and consumers as they must be, and discovers services."""

    system: str
    """Watches the server itself, and has it read its configuration again."""

    relay: str
    """Passes to JetStream what participants post, write and read."""


@dataclass(frozen=True, slots=True)
class Party:
    """A participant as the broker knows it: its name, its kind and the NKEYS under which it may connect."""

    name: str
    kind: str
    nkeys: tuple[str, ...]


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


def accounts(
    entries: Iterable[Entry], administrators: Administrators, quotas: BrokerQuotas = DEFAULT_QUOTAS
) -> dict[str, Account]:
    """Return the accounts of all who take part or may come to, and those of the broker itself.

    Who is no member, or whose keys are all revoked, has an account without a user: the server does not start the
    imports of an account that a reload introduces, so a bureau that joins must find its own.
    """
    parties = _parties(entries)
    services = [party.name for party in parties if party.kind == "service"]
    made = {
        SYSTEM_ACCOUNT: {"users": [{"nkey": administrators.system}]},
        BROKER_ACCOUNT: _broker_account(administrators, services),
    }
    for party in parties:
        account = _service_account(party) if party.kind == "service" else _bureau_account(party, services)
        serves = party.kind == "service" or party.name == SECRETARIAT
        subscriptions = MAX_SUBSCRIPTIONS if serves else MAX_SUBSCRIPTIONS_OF_BUREAU
        limits = {"max_connections": quotas.connections, "max_subscriptions": subscriptions, "max_leafnodes": 0}
        made[party.name] = account | {"limits": limits}
    return made


def _store_bytes(quotas: BrokerQuotas) -> int:
    # Fixed, as JetStream does not take another figure while it runs: it is a bound, and nothing is set aside.
    return quotas.store_bytes + MAX_PARTICIPANTS * quotas.bucket_bytes


def discovery_subject(service: str) -> str:
    """Return where the operator discovers one service.

    The subjects of NATS for all services at once reach every one of them, and each could answer as another.
    """
    return f"$SRV.*.{service}"


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


def _parties(entries: Iterable[Entry]) -> list[Party]:
    kinds: dict[str, str] = dict.fromkeys(PARTICIPATING, "bureau")
    nkeys: dict[str, dict[str, None]] = {code: {} for code in PARTICIPATING}
    for entry in entries:
        kinds[entry.participant] = entry.kind
        of_participant = nkeys.setdefault(entry.participant, {})
        if entry.revoked_at is None:
            # Two signing keys of one participant, as while they are rotated, may share one NKEY.
            of_participant[entry.nats_user] = None
    return [Party(name, kind, tuple(nkeys[name])) for name, kind in sorted(kinds.items())]


def _broker_account(administrators: Administrators, services: Iterable[str]) -> Account:
    asked = [
        _posting("*"),
        writing_subject("*", "*", "*"),
        reading_subject("*", "*", "*", "*"),
    ]
    kept = [
        message_subject("*", "*", "*", "*"),
        object_subject("*", "*", "*"),
        f"$JS.API.DIRECT.GET.*.{object_subject('*', '*', '*')}",
        # Not as a response alone: the server forgets that it may be given when it reads its configuration again.
        f"{REPLY_PREFIX}.>",
        f"{ADMISSION_REPLIES}.>",
    ]
    return {
        # Without limits of its own: those of the server are for it alone.
        "jetstream": "enabled",
        "users": [
            _administrator(
                administrators.operator,
                BROKER_OPERATOR,
                publish=[discovery_subject("*"), RELAY_SUBJECT, *_administration()],
            ),
            _administrator(
                administrators.relay, BROKER_RELAY, publish=kept, subscribe=[*asked, RELAY_SUBJECT, ADMISSION_SUBJECT]
            ),
        ],
        "exports": [
            *({"service": subject} for subject in asked),
            {"service": f"{PULL}.*", "response_type": "stream"},
            {"service": f"{ACK}.*.>"},
        ],
        "imports": [_service_import(service, discovery_subject(service)) for service in services],
    }


def _administrator(nkey: str, name: str, *, publish: list[str], subscribe: Iterable[str] = ()) -> dict[str, Any]:
    heard = [f"{inbox_of(name)}.>", *subscribe]
    permissions: dict[str, Any] = {"publish": {"allow": publish}, "subscribe": {"allow": heard}}
    if subscribe:
        permissions["allow_responses"] = ANSWERS
    return {"nkey": nkey, "permissions": permissions}


def _administration() -> list[str]:
    """Return what the operator may ask of JetStream: all about streams and consumers, and nothing that hands posts out.

    The one exception is to read a single parcel of the post, which is sealed, to learn its size. A stream that it makes
    may do more in its place, such as copy and post: that is an alarm, see docs/explanation/security.md.
    """
    return [
        "$JS.API.INFO",
        "$JS.API.STREAM.LIST",
        *(f"$JS.API.STREAM.{verb}.*" for verb in ("INFO", "CREATE", "UPDATE", "DELETE")),
        f"$JS.API.STREAM.PURGE.{MESSAGES}",
        f"$JS.API.STREAM.MSG.GET.{MESSAGES}",
        "$JS.API.CONSUMER.LIST.*",
        *(f"$JS.API.CONSUMER.{verb}.*.*" for verb in ("INFO", "DELETE")),
        f"$JS.API.CONSUMER.CREATE.{MESSAGES}.*.i247.msg.>",
    ]


def _service_account(service: Party) -> Account:
    name = service.name
    requests = request_subject(name, "*")
    return {
        "users": _users(
            service, publish=[fetch_subject(name), *_post(name)], subscribe=[requests, DISCOVERY], answers=True
        ),
        "exports": [{"service": requests}, {"service": discovery_subject(name), "response_type": "stream"}],
        "imports": [*_directory(name), *_broker_imports(_post(name))],
    }


def _bureau_account(bureau: Party, services: list[str]) -> Account:
    name = bureau.name
    requests = {service: request_subject(service, name) for service in services}
    publish = [request_subject("*", name), fetch_subject(name), *_post(name), *_objects(name)]
    account: Account = {
        "imports": [
            *(_service_import(service, subject) for service, subject in requests.items()),
            *_broker_imports([*_post(name), *_objects(name)]),
        ],
    }
    if name == SECRETARIAT:
        account["exports"] = [{"service": fetch_subject("*")}, {"stream": CHANGES_SUBJECT}]
        users = _users(bureau, publish=[*publish, CHANGES_SUBJECT], subscribe=[fetch_subject("*")], answers=True)
    else:
        account["imports"] += _directory(name)
        users = _users(bureau, publish=publish, subscribe=[])
    return account | {"users": users}


def _users(party: Party, *, publish: list[str], subscribe: list[str], answers: bool = False) -> list[dict[str, Any]]:
    permissions: dict[str, Any] = {
        "publish": {"allow": publish},
        "subscribe": {"allow": [CHANGES_SUBJECT, f"{inbox_of(party.name)}.>", *subscribe]},
    }
    if answers:
        permissions["allow_responses"] = ANSWERS
    return [{"nkey": nkey, "permissions": permissions} for nkey in party.nkeys]


def _post(participant: str) -> list[str]:
    consumers = [lane_consumer(participant, lane) for lane in Lane]
    return [
        # To post to anybody, in its own name.
        _posting(participant),
        # To take what is posted to it, and to say what has become of that.
        *(f"{PULL}.{consumer}" for consumer in consumers),
        *(f"{ACK}.{consumer}.>" for consumer in consumers),
    ]


def _posting(sender: str) -> str:
    return posting_subject(message_subject("*", "*", "*", sender))


def _objects(bureau: str) -> list[str]:
    # To write objects into its own bucket, and to read from all buckets.
    return [writing_subject("*", "*", bureau), reading_subject("*", "*", "*", bureau)]


def _directory(participant: str) -> list[dict[str, Any]]:
    changes = {"stream": {"account": SECRETARIAT, "subject": CHANGES_SUBJECT}}
    return [_service_import(SECRETARIAT, fetch_subject(participant)), changes]


def _broker_imports(subjects: Iterable[str]) -> list[dict[str, Any]]:
    return [_service_import(BROKER_ACCOUNT, subject) for subject in subjects]


def _service_import(account: str, subject: str) -> dict[str, Any]:
    return {"service": {"account": account, "subject": subject}}
