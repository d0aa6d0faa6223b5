"""The vectors in docs are what they say they are, also in another language."""

import json
from pathlib import Path
from typing import Any

import pytest

from shared.crypto.ed25519 import encode_base64url
from tests.interop.judge import Judge, reason_in
from tests.interop.node import Node
from tests.vectors.make import FOLDER
from tests.vectors.sealed import plaintext


def vectors(name: str) -> Any:
    """Return a file of vectors."""
    return json.loads((FOLDER / name).read_text())


@pytest.fixture
def judge(node: Node, tmp_path: Path) -> Judge:
    """Return one who judges in another language, with the directory of the vectors."""
    directory = vectors("directory.json")
    return Judge(node, tmp_path, directory["root"], [each["jws"] for each in directory["entries"]])


def stated(cases: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the reason that each case states."""
    return {case["name"]: case["reason"] for case in cases}


def test_messages_open_to_what_is_stated(judge: Judge) -> None:
    """Genuine messages open to their content for each recipient; all others are refused for what is wrong with them."""
    kids = {each["sealing"]["seed"]: each["sealing"]["kid"] for each in sealing_keys()}
    cases = [case | {"kid": kids[case["seed"]]} for case in vectors("messages.json")]
    outcomes = dict(zip(stated(cases), judge("open", *cases), strict=True))
    assert {name: reason_in(outcome) for name, outcome in outcomes.items()} == stated(cases)
    contents = {case["name"]: case["opened"]["content"] for case in cases if "opened" in case}
    assert {name: outcomes[name] for name in contents} == contents


def sealing_keys() -> list[dict[str, Any]]:
    """Return those who have sealing keys."""
    return [each for each in vectors("keys.json")["participants"] if each.get("sealing")]


def test_receipts_verify_to_the_heads_that_are_stated(judge: Judge) -> None:
    """Each receipt verifies and its head is the one beside it, or it is refused for the reason that is stated."""
    cases = vectors("receipts.json")
    assert judge("verify", *cases) == [case["reason"] or case["head"] for case in cases]


def test_attachments_are_sealed_to_what_is_stated(judge: Judge) -> None:
    """Of no bytes, of a full chunk, of one byte more: sealed alike, and what was done to one is found out."""
    cases = vectors("attachments.json")
    genuine = [case for case in cases if case["reason"] is None]
    plain = [case | {"plaintext": encode_base64url(plaintext(case["size"]))} for case in genuine]
    assert judge("attach", *plain) == [case["sealed_digest"] for case in genuine]
    sealed = [case for case in cases if case["sealed"] is not None]
    assert judge("detach", *sealed) == [case["reason"] or case["digest"] for case in sealed]


def test_what_follows_from_entries_follows_in_any_order(judge: Judge) -> None:
    """To which key others seal, and which signatures are good, is as stated, whatever came first."""
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
    assert judge("learn", *cases) == expected
    assert judge("learn", *(case | {"entries": case["entries"][::-1]} for case in cases)) == expected


def test_logs_grow_or_are_refused(judge: Judge) -> None:
    """The tree and the head of the log are those that another language computes."""
    directory = vectors("directory.json")
    cases = [case | {"root": directory["root"]} for case in directory["logs"]]
    expected = [case["reason"] or len(case["parts"][-1]["entries"]) for case in cases]
    assert judge("follow", *cases) == expected


def test_entries_that_are_to_be_refused_are_refused(judge: Judge) -> None:
    """What the root did not sign, or not as an entry, is not learned."""
    directory = vectors("directory.json")
    case = {"root": directory["root"], "participant": "FR", "at": 0, "signing": {}}
    cases = [case | {"entries": [each["jws"]]} for each in directory["refused"]]
    assert all(map(reason_in, judge("learn", *cases)))
