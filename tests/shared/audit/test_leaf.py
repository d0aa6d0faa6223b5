"""Leaves: one canonical encoding, and salted digests that are opened one by one."""

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
from tests.shared.audit.notices_log import LOG, opening

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
# The canonical encoding of that leaf, byte for byte.
SPELLED = (
    '{"v":1,"at":1780315200.25,"request":"0197a3c2-5b1e-7c3a-9f20-4d5e6f708192","bureau":"DE","officer":"de.officer",'
    '"purpose":"security-check","operation":"search_vehicles","status":200,'
    '"query":"oSdfw2Tiuwht8oay5Ks4odcA4Xgk0_gpeRyumx1SfRg","records":"sr_bbRslMwBi22OT26WcJNHXQmzattw4nZFx_7CI7XQ","answer":null}'
)


def test_a_leaf_has_one_canonical_encoding() -> None:
    """Members in a fixed order and no white space, so that others can compute the hash."""
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
def test_a_leaf_survives_encoding_and_decoding(leaf: Leaf) -> None:
    """With any characters in an officer's name, and the full precision of the time."""
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
def test_another_encoding_of_a_leaf_is_refused(raw: str) -> None:
    """It has another hash, and another parser might read another value."""
    assert raw != SPELLED
    with pytest.raises(ValueError, match=r"."):
        decode(raw.encode())


def test_digests_have_known_values() -> None:
    """A changed encoding would make existing leaves unprovable."""
    assert (LEAF.query, DIGEST) == (
        "oSdfw2Tiuwht8oay5Ks4odcA4Xgk0_gpeRyumx1SfRg",
        "Uz9ye-IrcvoYyvOV0y-7Wt7Pj3tblhNtGvLBuOY5glg",
    )


def test_the_query_salt_opens_the_query_and_is_used_for_nothing_else() -> None:
    """An auditor who is shown the other salts learns nothing of the query."""
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
        {"reader": "DE"},
        {"kind": 'vehicle","', "record": SHOWN.record[1:]},
    ],
)
def test_the_digest_of_a_record_covers_every_member(changed: dict[str, str]) -> None:
    """Kind, id, version, owner, how, how well and by what it was found, who was sent it; and where a member ends."""
    assert record_digest(SALT, msgspec.structs.replace(SHOWN, **changed), "members") != DIGEST


def test_the_digest_of_a_record_covers_the_rule_and_the_salt() -> None:
    """The same record shown twice has two digests."""
    assert record_digest(SALT, SHOWN, "owner") != DIGEST
    assert record_digest(bytes(SALT_BYTES), SHOWN, "members") != DIGEST


def test_an_integer_score_and_a_float_score_have_the_same_digest() -> None:
    """A store or a JSON parser may turn 1.0 into 1."""
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
def test_the_digest_of_a_query_covers_every_part(asked: tuple[str, str, str, bytes]) -> None:
    """Method, target, content type and body, and where one ends and the next begins."""
    assert query_digest(SALT, HttpRequest(*asked)) != LEAF.query


def test_a_record_and_a_query_with_equal_members_have_different_digests() -> None:
    """Even with the same salt."""
    assert record_digest(SALT, SHOWN, "members") != opened_query_digest(
        SALT, HttpRequest(SHOWN.kind, SHOWN.record, str(SHOWN.version))
    )


def test_a_leaf_that_opens_a_log_cannot_describe_an_answer() -> None:
    """Otherwise a reader would explain one and miss the other."""
    raw = opening(LOG.checkpoint(9))
    assert decode(raw).operation == "open_audit_log"
    for member in (b"query", b"records", b"answer"):
        forged = raw.replace(b'"%s":null' % member, b'"%s":"%s"' % (member, b"A" * 43))
        with pytest.raises(ValueError, match="a leaf that opens a log answers nobody"):
            decode(forged)
