"""The vectors in docs are correct for an implementation in another language too."""

import json
from pathlib import Path
from typing import Any

import pytest

from shared.crypto.ed25519 import encode_base64url
from tests.interop.node import Node
from tests.interop.node_verifier import NodeVerifier, reason_in
from tests.vectors.make import FOLDER
from tests.vectors.sealed_messages import plaintext


def vectors(name: str) -> Any:
    """Return a file of vectors."""
    return json.loads((FOLDER / name).read_text())


@pytest.fixture
def node_verifier(node: Node, tmp_path: Path) -> NodeVerifier:
    """Return a verifier in Node.js with the directory of the vectors."""
    directory = vectors("directory.json")
    return NodeVerifier(node, tmp_path, directory["root"], [each["jws"] for each in directory["entries"]])


def stated(cases: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the reason that each case states."""
    return {case["name"]: case["reason"] for case in cases}


def test_node_opens_messages_to_their_stated_content(node_verifier: NodeVerifier) -> None:
    """Or refuses them for the stated reason."""
    kids = {each["sealing"]["seed"]: each["sealing"]["kid"] for each in sealing_keys()}
    cases = [case | {"kid": kids[case["seed"]]} for case in vectors("messages.json")]
    outcomes = dict(zip(stated(cases), node_verifier("open", *cases), strict=True))
    assert {name: reason_in(outcome) for name, outcome in outcomes.items()} == stated(cases)
    contents = {case["name"]: case["opened"]["content"] for case in cases if "opened" in case}
    assert {name: outcomes[name] for name in contents} == contents


def sealing_keys() -> list[dict[str, Any]]:
    """Return the participants that have sealing keys."""
    return [each for each in vectors("keys.json")["participants"] if each.get("sealing")]


def test_node_verifies_receipts_to_their_stated_heads(node_verifier: NodeVerifier) -> None:
    """Or refuses them for the stated reason."""
    cases = vectors("receipts.json")
    assert node_verifier("verify", *cases) == [case["reason"] or case["head"] for case in cases]


@pytest.mark.thorough
def test_node_seals_attachments_to_the_stated_bytes(node_verifier: NodeVerifier) -> None:
    """Empty, a full chunk, and one byte more; a manipulated one is refused."""
    cases = vectors("attachments.json")
    genuine = [case for case in cases if case["reason"] is None]
    plain = [case | {"plaintext": encode_base64url(plaintext(case["size"]))} for case in genuine]
    assert node_verifier("attach", *plain) == [case["sealed_digest"] for case in genuine]
    sealed = [case for case in cases if case["sealed"] is not None]
    assert node_verifier("detach", *sealed) == [case["reason"] or case["digest"] for case in sealed]


@pytest.mark.thorough
def test_node_derives_the_stated_keys_and_standing_in_any_order_of_entries(node_verifier: NodeVerifier) -> None:
    directory = vectors("directory.json")
    cases = [case | {"root": directory["root"]} for case in directory["cases"]]
    expected = [
        {
            "standing": case["standing"],
            "sealing": case["sealing_kid"] or "sealing-key-unknown",
            "signing": case["signing"],
        }
        for case in cases
    ]
    assert node_verifier("learn", *cases) == expected
    assert node_verifier("learn", *(case | {"entries": case["entries"][::-1]} for case in cases)) == expected


def test_node_accepts_or_refuses_directory_log_cases_as_stated(node_verifier: NodeVerifier) -> None:
    directory = vectors("directory.json")
    cases = [case | {"root": directory["root"]} for case in directory["logs"]]
    expected = [case["reason"] or len(case["parts"][-1]["entries"]) for case in cases]
    assert node_verifier("follow", *cases) == expected


def test_node_refuses_directory_entries_stated_as_refused(node_verifier: NodeVerifier) -> None:
    directory = vectors("directory.json")
    case = {"root": directory["root"], "participant": "FR", "at": 0, "signing": {}}
    cases = [case | {"entries": [each["jws"]]} for each in directory["refused"]]
    assert all(map(reason_in, node_verifier("learn", *cases)))
