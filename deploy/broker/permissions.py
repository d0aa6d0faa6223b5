"""The accounts and permissions of the NATS server, derived from the directory.

Each participant has its own NATS account, so that every subject it names, reply subjects included, is in that account.
An account imports exactly the subjects of its participant, under the participant's name, and JetStream has an account
of its own. Permissions alone are not enough: JetStream replies to any reply subject without applying the requester's
permissions, and such a reply can be a command to another participant (ADR 17).

In its account a participant may publish and subscribe only to the subjects that it needs.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from deploy.broker.nkeys import Administrators
from shared.bureaus import EXPECTED, MAILBOX_KINDS, SECRETARIAT, kind_of
from shared.protocol.directory_entry import Entry
from shared.transport import DEFAULT_QUOTAS, BrokerQuotas
from shared.transport.subjects import (
    ADMISSION_REPLIES,
    ADMISSION_SUBJECT,
    BROKER_OPERATOR,
    BROKER_RELAY,
    DIRECTORY_CHANGES,
    MESSAGES,
    RELAY_SUBJECT,
    REPLY_PREFIX,
    Lane,
    directory_subject,
    inbox_of,
    lane_consumer,
    message_subject,
    object_subject,
    posting_subject,
    reading_subject,
    repetition_subject,
    request_subject,
    writing_subject,
)

BROKER_ACCOUNT: Final = "BROKER"
SYSTEM_ACCOUNT: Final = "SYS"
# In the account of a service, whose client library needs it; but see `discovery_subject`.
DISCOVERY: Final = "$SRV.>"
PULL: Final = f"$JS.API.CONSUMER.MSG.NEXT.{MESSAGES}"
ACK: Final = f"$JS.ACK.{MESSAGES}"
# One reply to each request, within this time.
REPLY_LIMITS: Final = {"max": 1, "expires": "2m"}
# For each connection. A service has one subscription for each sender, two while it renews them, and so does the
# Secretariat; a gateway needs half a dozen. The server copies a message to all subscriptions to its subject, so a
# bureau must not have many.
MAX_SUBSCRIPTIONS: Final = 1_000
MAX_SUBSCRIPTIONS_OF_BUREAU: Final = 16

Account = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Party:
    """A participant as the broker knows it: its name, its kind and the NKEYS with which it may connect."""

    name: str
    kind: str
    nkeys: tuple[str, ...]


def accounts(
    entries: Iterable[Entry], administrators: Administrators, quotas: BrokerQuotas = DEFAULT_QUOTAS
) -> dict[str, Account]:
    """Return the accounts of all present and possible participants, and those of the broker itself.

    An expected participant without an entry, or whose keys are all revoked, has an account without users: the server
    does not activate the imports of an account that a reload adds, so one that joins needs an existing account, or a
    second reload (`deploy.mesh.rollout`).
    """
    parties = _parties(entries)
    services = [party.name for party in parties if party.kind == "service"]
    result = {
        SYSTEM_ACCOUNT: {"users": [{"nkey": administrators.system}]},
        BROKER_ACCOUNT: _broker_account(administrators, services),
    }
    for party in parties:
        account = _service_account(party) if party.kind == "service" else _bureau_account(party, services)
        serves = party.kind == "service" or party.name == SECRETARIAT
        subscriptions = MAX_SUBSCRIPTIONS if serves else MAX_SUBSCRIPTIONS_OF_BUREAU
        limits = {"max_connections": quotas.connections, "max_subscriptions": subscriptions, "max_leafnodes": 0}
        result[party.name] = account | {"limits": limits}
    return result


def discovery_subject(service: str) -> str:
    """Return the subject on which the operator discovers one service.

    On the NATS subjects for all services, each service could reply as another.
    """
    return f"$SRV.*.{service}"


def _parties(entries: Iterable[Entry]) -> list[Party]:
    kinds: dict[str, str] = {code: kind_of(code) for code in EXPECTED}
    nkeys: dict[str, dict[str, None]] = {code: {} for code in EXPECTED}
    for entry in entries:
        kinds[entry.participant] = entry.kind
        of_participant = nkeys.setdefault(entry.participant, {})
        if entry.revoked_at is None:
            # During a rotation two signing keys of one participant may share an NKEY.
            of_participant[entry.nats_user] = None
    return [Party(name, kind, tuple(nkeys[name])) for name, kind in sorted(kinds.items())]


def _broker_account(administrators: Administrators, services: Iterable[str]) -> Account:
    forwarded = [
        _posting("*"),
        writing_subject("*", "*", "*"),
        reading_subject("*", "*", "*", "*"),
    ]
    published = [
        message_subject("*", "*", "*", "*"),
        object_subject("*", "*", "*"),
        f"$JS.API.DIRECT.GET.*.{object_subject('*', '*', '*')}",
        # Permitted explicitly, because a reload makes the server forget permissions to reply.
        f"{REPLY_PREFIX}.>",
        f"{ADMISSION_REPLIES}.>",
    ]
    return {
        # Without limits: those of the server apply to it alone.
        "jetstream": "enabled",
        "users": [
            _user(
                administrators.operator, BROKER_OPERATOR, [discovery_subject("*"), RELAY_SUBJECT, *_administration()]
            ),
            _user(administrators.relay, BROKER_RELAY, published, [*forwarded, RELAY_SUBJECT, ADMISSION_SUBJECT]),
        ],
        "exports": [
            *({"service": subject} for subject in forwarded),
            {"service": f"{PULL}.*", "response_type": "stream"},
            {"service": f"{ACK}.*.>"},
        ],
        "imports": [_service_import(service, discovery_subject(service)) for service in services],
    }


def _user(nkey: str, name: str, publish: list[str], answer: Iterable[str] = (), *events: str) -> dict[str, Any]:
    """Return a user that may publish to some subjects, answer requests on others, and receive events."""
    subscribe = [*events, f"{inbox_of(name)}.>", *answer]
    permissions: dict[str, Any] = {"publish": {"allow": publish}, "subscribe": {"allow": subscribe}}
    if answer:
        permissions["allow_responses"] = REPLY_LIMITS
    return {"nkey": nkey, "permissions": permissions}


def _administration() -> list[str]:
    """Return the JetStream subjects of the operator: it manages streams and consumers, and cannot consume messages.

    The exception is reading a single parcel, which is sealed, to learn its size. A stream that the operator creates
    could copy and publish messages: an alarm detects that, see docs/explanation/security.md.
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
    requests, repetitions = request_subject(name, "*"), repetition_subject(name)
    return {
        # Repetitions stay in the account: its processes ask each other.
        "users": _users(
            service, [directory_subject(name), repetitions, *_post(name)], [requests, repetitions, DISCOVERY]
        ),
        "exports": [{"service": requests}, {"service": discovery_subject(name), "response_type": "stream"}],
        "imports": [*_directory(name), *_broker_imports(_post(name))],
    }


def _bureau_account(bureau: Party, services: list[str]) -> Account:
    name = bureau.name
    requests = {service: request_subject(service, name) for service in services}
    # The public only reads: it neither posts nor stores.
    of_mail = [*_post(name), *_objects(name)] if bureau.kind in MAILBOX_KINDS else []
    publish = [request_subject("*", name), directory_subject(name), *of_mail]
    account: Account = {
        "imports": [
            *(_service_import(service, subject) for service, subject in requests.items()),
            *_broker_imports(of_mail),
        ],
    }
    if name == SECRETARIAT:
        account["exports"] = [{"service": directory_subject("*")}, {"stream": DIRECTORY_CHANGES}]
        users = _users(bureau, [*publish, DIRECTORY_CHANGES], [directory_subject("*")])
    else:
        account["imports"] += _directory(name)
        users = _users(bureau, publish)
    return account | {"users": users}


def _users(party: Party, publish: list[str], answer: Iterable[str] = ()) -> list[dict[str, Any]]:
    return [_user(nkey, party.name, publish, answer, DIRECTORY_CHANGES) for nkey in party.nkeys]


def _post(participant: str) -> list[str]:
    consumers = [lane_consumer(participant, lane) for lane in Lane]
    return [
        # To post to any participant, in its own name.
        _posting(participant),
        # To consume what is posted to it, and to acknowledge that.
        *(f"{PULL}.{consumer}" for consumer in consumers),
        *(f"{ACK}.{consumer}.>" for consumer in consumers),
    ]


def _posting(sender: str) -> str:
    return posting_subject(message_subject("*", "*", "*", sender))


def _objects(bureau: str) -> list[str]:
    # To write objects to its own bucket, and to read from all buckets.
    return [writing_subject("*", "*", bureau), reading_subject("*", "*", "*", bureau)]


def _directory(participant: str) -> list[dict[str, Any]]:
    changes = {"stream": {"account": SECRETARIAT, "subject": DIRECTORY_CHANGES}}
    return [_service_import(SECRETARIAT, directory_subject(participant)), changes]


def _broker_imports(subjects: Iterable[str]) -> list[dict[str, Any]]:
    return [_service_import(BROKER_ACCOUNT, subject) for subject in subjects]


def _service_import(account: str, subject: str) -> dict[str, Any]:
    return {"service": {"account": account, "subject": subject}}
