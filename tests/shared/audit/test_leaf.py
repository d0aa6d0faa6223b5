"""Leaves: one spelling for what they say, and digests that are opened one by one."""

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.audit.format.commitment import commit
from shared.audit.format.leaf import (
    MAX_LEAF,
    SALT_BYTES,
    Leaf,
    decode,
    encode,
    filler_secret,
    opened_query_digest,
    query_digest,
    query_salt,
    record_digest,
)
from shared.audit.format.lists import bound, tag
from shared.bureaus import BureauCode
from shared.disclosure import Disclosure
from shared.protocol.http import HttpRequest
from tests.shared.audit.logs import LOG, opening

SALT = bytes(range(SALT_BYTES))
SHOWN = Disclosure(
    "vehicle", "0197a3c2-5b1e-7c3a-9f20-4d5e6f708192", 3, BureauCode("FR"), "search", 1.0, "vin: ZAR93200001999999"
)
ASKED = HttpRequest("GET", "/vehicles?vin=ZAR93200001999999")
DIGEST = record_digest(SALT, SHOWN, "members")
LEAF = Leaf(
    at=1780315200.25,
    request="0197a3c2-5b1e-7c3a-9f20-4d5e6f708192",
    bureau="DE",
    officer="de.officer",
    purpose="security-check",
    operation="search_vehicles",
    status=200,
    query=query_digest(SALT, ASKED),
    records=commit(filler_secret(SALT), [bound(tag(bytes(32), 7), DIGEST)]),
    answer=None,
)
# What others have to make of the same, byte for byte.
SPELLED = (
    '{"v":1,"at":1780315200.25,"request":"0197a3c2-5b1e-7c3a-9f20-4d5e6f708192","bureau":"DE","officer":"de.officer",'
    '"purpose":"security-check","operation":"search_vehicles","status":200,'
    '"query":"oSdfw2Tiuwht8oay5Ks4odcA4Xgk0_gpeRyumx1SfRg","records":"sr_bbRslMwBi22OT26WcJNHXQmzattw4nZFx_7CI7XQ","answer":null}'
)


def test_a_leaf_has_one_spelling() -> None:
    """What is hashed can be made anew by anybody: members in their order, no white space."""
    assert encode(LEAF).decode() == SPELLED
    assert decode(encode(LEAF)) == LEAF


@given(
    st.builds(
        Leaf,
        at=st.floats(0, 4e9),
        request=st.text(),
        bureau=st.text(),
        officer=st.text(),
        purpose=st.text(),
        operation=st.text(),
        status=st.integers(0, 599),
        query=st.none() | st.just(LEAF.query),
        records=st.none() | st.just(LEAF.records),
        answer=st.none() | st.just(LEAF.query),
    )
)
def test_whatever_a_leaf_says_comes_back(leaf: Leaf) -> None:
    """Whatever characters a bureau puts into the name of an officer, and to the last digit of the time."""
    assert decode(encode(leaf)) == leaf


@pytest.mark.parametrize(
    "raw",
    [
        SPELLED.replace('"v":1', '"v":2'),
        SPELLED.replace("1780315200.25", "1780315200.250"),
        SPELLED.replace("1780315200.25", "1780315200"),
        SPELLED.replace('"bureau":"DE"', '"bureau": "DE"'),
        SPELLED.replace('"bureau":"DE"', '"bureau":"\\u0044E"'),
        SPELLED.replace('"bureau":"DE"', '"bureau":"FR","bureau":"DE"'),
        SPELLED.replace('"bureau":"DE",', ""),
        SPELLED.replace('"bureau":"DE"', '"bureau":"DE","note":""'),
        SPELLED.replace("200", "600"),
        SPELLED.replace("null", '"short"'),
        SPELLED + "\n",
        "[" * 100_000,
        "{}",
        "",
        json.dumps({"officer": "x" * MAX_LEAF}),
    ],
)
def test_another_spelling_is_refused(raw: str) -> None:
    """A log that spells a leaf otherwise has another hash, and a reader might read another thing."""
    assert raw != SPELLED
    with pytest.raises(ValueError, match=r"."):
        decode(raw.encode())


def test_digests_are_what_others_can_make() -> None:
    """The very bytes of the digests, so that no change of the code changes what old leaves say."""
    assert (LEAF.query, DIGEST) == (
        "oSdfw2Tiuwht8oay5Ks4odcA4Xgk0_gpeRyumx1SfRg",
        "Uz9ye-IrcvoYyvOV0y-7Wt7Pj3tblhNtGvLBuOY5glg",
    )


def test_the_salt_of_the_query_opens_it_and_is_no_other() -> None:
    """What an auditor is shown of a leaf says nothing of the query, which has a salt of its own."""
    assert len({SALT, query_salt(SALT), filler_secret(SALT), filler_secret(SALT)[:SALT_BYTES]}) == 4
    assert len(query_salt(SALT)) == SALT_BYTES
    assert opened_query_digest(query_salt(SALT), ASKED) == LEAF.query


@pytest.mark.parametrize(
    "changed",
    [
        {"kind": "notice"},
        {"record": "0197a3c2-5b1e-7c3a-9f20-4d5e6f708193"},
        {"version": 4},
        {"owner": "DE"},
        {"how": "read"},
        {"score": 0.99},
        {"match": ""},
        {"kind": 'vehicle","', "record": SHOWN.record[1:]},
    ],
)
def test_the_digest_of_a_record_holds_all_of_why_it_was_shown(changed: dict[str, str]) -> None:
    """Which version, whose, how it was found, how well and by what: nothing can be said otherwise afterwards."""
    assert record_digest(SALT, msgspec.structs.replace(SHOWN, **changed), "members") != DIGEST


def test_the_digest_of_a_record_holds_the_rule_and_the_salt() -> None:
    """By which rule it was shown, too; and the same shown twice has two digests."""
    assert record_digest(SALT, SHOWN, "owner") != DIGEST
    assert record_digest(bytes(SALT_BYTES), SHOWN, "members") != DIGEST


def test_a_score_is_a_number_with_a_fraction_wherever_it_comes_from() -> None:
    """A store, or a reader of JSON, may take 1.0 for 1 and back."""
    assert record_digest(SALT, msgspec.structs.replace(SHOWN, score=1), "members") == DIGEST


@pytest.mark.parametrize(
    "asked",
    [
        ("POST", "/vehicles?vin=ZAR93200001999999", "", b""),
        ("GET", "/vehicles?vin=ZAR93200001999998", "", b""),
        ("GET", "/vehicles?vin=ZAR93200001999999", "application/json", b""),
        ("GET", "/vehicles?vin=ZAR93200001999999", "", b"{}"),
        ("GE", "T/vehicles?vin=ZAR93200001999999", "", b""),
        ("GET", "/vehicles?vin=ZAR9320000199999", "9", b""),
        ("GET", "/vehicles?vin=", "", b"ZAR93200001999999"),
    ],
)
def test_the_digest_of_a_query_holds_all_of_it(asked: tuple[str, str, str, bytes]) -> None:
    """Method, target, type and body, and where one ends and the next begins."""
    assert query_digest(SALT, HttpRequest(*asked)) != LEAF.query


def test_a_record_is_not_taken_for_a_query() -> None:
    """Not even where the same salt were used for both, and the body were made for it."""
    assert record_digest(SALT, SHOWN, "members") != opened_query_digest(
        SALT, HttpRequest(SHOWN.kind, SHOWN.record, str(SHOWN.version))
    )


def test_a_leaf_does_not_hide_an_answer_behind_a_new_log() -> None:
    """Whoever explains it says one or the other."""
    raw = opening(LOG.checkpoint(9))
    assert decode(raw).operation == "open_audit_log"
    for member in (b"query", b"records", b"answer"):
        hiding = raw.replace(b'"%s":null' % member, b'"%s":"%s"' % (member, b"A" * 43))
        with pytest.raises(ValueError, match="a leaf that opens a log answers nobody"):
            decode(hiding)
