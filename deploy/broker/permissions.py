"""Who may say and hear what on the broker: the configuration of the NATS server, derived from the directory.

Each participant has a NATS account of its own, so that every subject a participant names, reply subjects included, lies
in that account. An account imports exactly the subjects of its participant, under the participant's own name, and
JetStream lives in an account that nobody else is in. Permissions lists alone are no boundary: JetStream answers to any
reply subject without applying the asker's permissions, and there an answer can be an order (ADR 17).

Inside its account a participant may publish and subscribe what it needs and nothing else.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from deploy.broker.nkeys import Administrators
from shared.bureaus import PARTICIPATING, SECRETARIAT
from shared.protocol.directory import Entry
from shared.rpc.directory_sync import CHANGES_SUBJECT, fetch_subject
from shared.transport import (
    BROKER_OPERATOR,
    BROKER_RELAY,
    DEFAULT_QUOTAS,
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

Account = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Party:
    """A participant as the broker knows it: its name, its kind and the NKEYS under which it may connect."""

    name: str
    kind: str
    nkeys: tuple[str, ...]


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


def discovery_subject(service: str) -> str:
    """Return where the operator discovers one service.

    The subjects of NATS for all services at once reach every one of them, and each could answer as another.
    """
    return f"$SRV.*.{service}"


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
    may do more in its place, such as copy and post: that is an alarm, see docs/security.md.
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
