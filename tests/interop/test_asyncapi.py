"""The AsyncAPI document is valid, complete, and consistent with the broker's permissions."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft7Validator
from referencing import Registry
from referencing.jsonschema import DRAFT7

from deploy.broker.nkeys import Administrators
from deploy.broker.permissions import BROKER_ACCOUNT, accounts
from deploy.generated.asyncapi import describe_network
from deploy.generated.asyncapi.operations import BUREAU, OPERATOR, RELAY, SECRETARIAT, SERVICE
from deploy.generated.asyncapi.schemas import HEADS, STRUCTS, members_of
from deploy.generated.source_tree import PROJECT
from services import SERVICES
from shared.bureaus import SECRETARIAT as IPSG
from shared.crypto.ed25519 import decode_base64url, encode_base64url
from shared.protocol.directory_entry import Entry
from shared.protocol.envelope import Head
from shared.protocol.payloads import FORMS, write
from shared.transport.subjects import BROKER_OPERATOR, BROKER_RELAY, Lane
from tests.gateway.messages.form_samples import SAID
from tests.interop.node import Node
from tests.shared.correspondents import KEYS as SIGNING_KEYS
from tests.shared.museum.make import FOLDER, KEYS

DOCUMENT = describe_network(SERVICES)
SCHEMAS: dict[str, Any] = DOCUMENT["components"]["schemas"]
# An example participant of each role, the tags of its operations, and its own name in an address.
ROLES: dict[str, tuple[set[str], dict[str, str]]] = {
    "FR": ({BUREAU}, {"bureau": "FR", "participant": "FR"}),
    IPSG: ({BUREAU, SECRETARIAT}, {"bureau": IPSG, "participant": IPSG}),
    "notices": ({SERVICE}, {"service": "notices", "participant": "notices"}),
    BROKER_OPERATOR: ({OPERATOR}, {"participant": BROKER_OPERATOR}),
    BROKER_RELAY: ({RELAY}, {"participant": BROKER_RELAY, "bureau": "*", "recipient": "*"}),
}
SAMPLES = {
    "verb": "PING",
    "bureau": "KE",
    "service": "fingerprints",
    "recipient": "DE",
    "id": "019e8312-1c00-7000-8000-000000000003",
    "rest": "one.or.more",
    "owner": "DE",
    "sender": "FR",
    "part": "0",
    "server": "ND",
    "name": "MDE5ZTgzMTI=",
    "stream": "OBJ_DE",
    "consumer": "DE-urgent",
}


def permissions(participant: str) -> dict[str, Any]:
    """Return the broker's permissions of a participant."""
    entry = Entry(
        participant=participant,
        kind="service" if participant == "notices" else "bureau",
        signing_key=encode_base64url(SIGNING_KEYS["FR"].public.raw),
        nats_user="user",
        issued=0,
        not_before=0,
        not_after=1,
    )
    administrators = (BROKER_OPERATOR, BROKER_RELAY)
    made = accounts([entry], Administrators(operator=BROKER_OPERATOR, system="system", relay=BROKER_RELAY))
    users = made[BROKER_ACCOUNT if participant in administrators else participant]["users"]
    [user] = [each for each in users if participant not in administrators or each["nkey"] == participant]
    allowed: dict[str, Any] = user["permissions"]
    return allowed


def covers(pattern: str, subject: str) -> bool:
    """Return whether a NATS pattern matches a subject."""
    expression = re.escape(pattern).replace(r"\*", "[^.]+").replace(">", ".+")
    return re.fullmatch(expression, subject) is not None


def subjects(participant: str, action: str) -> Iterator[tuple[str, str]]:
    """Yield each operation of a participant with a subject on which they perform it."""
    roles, own = ROLES[participant]
    for name, operation in DOCUMENT["operations"].items():
        mine = roles & {tag["name"] for tag in operation["tags"]}
        if mine and operation["action"] == action and "x-through" not in operation:
            address = resolved(operation["channel"])["address"]
            for lane in Lane:
                values: dict[str, str] = {**SAMPLES, "lane": lane.value, **own}
                yield name, address.format_map(values)


def resolved(reference: dict[str, str]) -> Any:
    """Return the target of a reference. Raises KeyError if there is none."""
    place: Any = DOCUMENT
    for step in reference["$ref"].removeprefix("#/").split("/"):
        place = place[step]
    return place


def references(place: Any) -> Iterator[dict[str, str]]:
    """Yield every reference in a part of the document."""
    if isinstance(place, dict) and isinstance(place.get("$ref"), str):
        yield place
    for part in place.values() if isinstance(place, dict) else place if isinstance(place, list) else ():
        yield from references(part)


@pytest.mark.thorough
def test_the_asyncapi_document_is_valid(node: Node) -> None:
    """By the JSON schema of AsyncAPI 3.1 that the AsyncAPI project publishes."""
    schema = json.loads((node.packages / "@asyncapi" / "specs" / "schemas" / "3.1.0.json").read_text())
    faults = Draft7Validator(schema).iter_errors(DOCUMENT)
    assert [(list(fault.path), fault.message) for fault in faults] == []


def test_every_reference_of_the_asyncapi_document_resolves() -> None:
    """The messages of an operation are messages of its channel."""
    assert [resolved(reference) for reference in references(DOCUMENT)]
    for operation in DOCUMENT["operations"].values():
        for part in (operation, operation.get("reply", operation)):
            inside = f"{part['channel']['$ref']}/messages/"
            assert all(message["$ref"].startswith(inside) for message in part["messages"])


@pytest.mark.parametrize("participant", ROLES)
@pytest.mark.parametrize(("action", "side"), [("send", "publish"), ("receive", "subscribe")])
def test_described_operations_and_broker_permissions_agree(participant: str, action: str, side: str) -> None:
    """Each subject is allowed to the tagged participants, and every allowed pattern is described."""
    rules = permissions(participant)[side]
    described = list(subjects(participant, action))
    for name, subject in described:
        assert any(covers(pattern, subject) for pattern in rules["allow"]), (name, subject)
        assert not any(covers(pattern, subject) for pattern in rules.get("deny", ())), (name, subject)
    unused = [each for each in rules["allow"] if not any(covers(each, subject) for _, subject in described)]
    assert unused == []


@pytest.mark.parametrize("participant", ["FR", IPSG])
def test_only_participants_that_answer_have_allow_responses(participant: str) -> None:
    """The Secretariat answers requests; a bureau does not."""
    roles, _ = ROLES[participant]
    answers = [
        operation
        for operation in DOCUMENT["operations"].values()
        if roles & {tag["name"] for tag in operation["tags"]}
        and operation["action"] == "receive"
        and "reply" in operation
    ]
    assert bool(answers) == ("allow_responses" in permissions(participant))


@pytest.mark.parametrize("kind", HEADS, ids=lambda kind: kind.__name__)
def test_the_schema_of_a_head_agrees_with_the_code(kind: type[Head]) -> None:
    """Genuine envelopes of the museum are valid; those without a required member are not."""
    validator = Draft7Validator(SCHEMAS[kind.__name__])
    shown = {file.stem: json.loads(file.read_text()) for file in FOLDER.glob("*.json") if file.name != KEYS}
    heads = {
        name: head_in(exhibit["signature"])
        for name, exhibit in shown.items()
        if exhibit["kind"] == kind.__struct_config__.tag and is_about_form(name, exhibit["reason"])
    }
    assert {name: validator.is_valid(head) for name, head in heads.items()} == {
        name: shown[name]["reason"] is None for name in heads
    }
    assert any(shown[name]["reason"] is None for name in heads)


def is_about_form(name: str, reason: str | None) -> bool:
    """Return whether an exhibit is genuine, or lacks a member of its head."""
    return reason is None or (reason == "malformed" and "-without-" in name)


def head_in(signature: str) -> Any:
    """Return the head of an envelope without verifying it."""
    # The envelope does not restrict purposes, and the museum has others.
    return json.loads(decode_base64url(signature.partition("..")[0]).replace(b"criminal-investigation", b"warning"))


@pytest.mark.parametrize("struct", STRUCTS, ids=lambda struct: struct.__name__)
def test_schema_patterns_use_no_anchors_of_python_only(struct: type) -> None:
    r"""`\A` and `\Z` have another meaning in other languages."""
    assert not re.search(r"\\\\[AZ]", json.dumps(SCHEMAS[struct.__name__]))


@pytest.mark.parametrize("kind", HEADS, ids=lambda kind: kind.__name__)
def test_members_have_the_description_of_their_field_in_the_code(kind: type[Head]) -> None:
    for name, description in members_of(kind):
        assert SCHEMAS[kind.__name__]["properties"][name].get("description", "") == description


@pytest.mark.parametrize("form", FORMS)
def test_the_schema_of_a_form_agrees_with_the_code(form: str) -> None:
    """A payload that the code writes is valid; one with an unknown member or without a required one is not."""
    payload = DOCUMENT["components"]["messages"]["message"]["payload"]
    reference, sample = payload["x-forms"][form], json.loads(write(SAID[form]))
    registry = Registry().with_resource("urn:document", DRAFT7.create_resource(DOCUMENT))
    validator = Draft7Validator({"$ref": f"urn:document{reference['$ref']}"}, registry=registry)
    assert validator.is_valid(sample)
    assert not validator.is_valid({**sample, "unknown": 1})
    for member in resolved(reference)["required"]:
        assert not validator.is_valid({name: value for name, value in sample.items() if name != member})


def test_the_committed_asyncapi_document_is_current() -> None:
    committed = json.loads((PROJECT / "docs" / "asyncapi.json").read_text())
    assert committed == DOCUMENT
