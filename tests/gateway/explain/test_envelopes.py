"""The steps of an envelope agree with the verifier: one fails exactly if that refuses it."""

from datetime import timedelta
from typing import Any, Final

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.explain.envelopes import Expected, envelope_steps, shown
from shared.bureaus import BureauCode
from shared.clock import FixedClock
from shared.crypto.ed25519 import SigningKey, decode_base64url
from shared.ids import uuid7
from shared.protocol.envelope import RequestHead, sign_envelope
from shared.protocol.parcel import Parcel
from tests.conftest import NOW
from tests.gateway.mesh import Mesh

BODY: Final = b'{"plate":"FZ512KL"}'


@pytest.fixture(scope="module")
def mesh() -> Mesh:
    """Return bureaus without a service."""
    return Mesh(FixedClock(NOW))


def key_of(mesh: Mesh, bureau: str) -> SigningKey:
    """Return the signing key of a bureau."""
    return mesh.bureaus[BureauCode(bureau)].keys.signing


def head_of(mesh: Mesh, **changes: Any) -> RequestHead:
    """Return the head of a request of France."""
    key = key_of(mesh, "FR")
    head = RequestHead(
        kid=key.kid,
        id=uuid7(NOW),
        sender="FR",
        to="stolen-vehicles",
        iat=NOW.timestamp(),
        exp=NOW.timestamp() + 5,
        method="POST",
        target="/api/stolen-vehicles",
        content_type="application/json",
        officer="fr.officer",
        scopes=("stolen-vehicles:write",),
        purpose="locate",
    )
    return msgspec.structs.replace(head, **changes)


def failed_steps(mesh: Mesh, parcel: Parcel, sender: str = "FR") -> list[str]:
    """Return the steps that fail, and require that they agree with the verifier."""
    expected = Expected("request", RequestHead, sender, "stolen-vehicles", NOW.timestamp())
    steps = list(envelope_steps(parcel, expected, mesh.directory))
    failed = [each.step for each in steps if each.result == "failed"]
    assert steps[-1].step == "verifier"
    assert ("verifier" in failed) is bool(failed), steps
    return failed[:-1]


def signed(mesh: Mesh, **changes: Any) -> Parcel:
    """Return a request that France signed, with other members in its head."""
    key = key_of(mesh, "FR")
    return Parcel(sign_envelope(head_of(mesh, **changes), BODY, key), BODY)


LATER: Final = (NOW + timedelta(minutes=10)).timestamp()
EARLIER: Final = (NOW - timedelta(minutes=10)).timestamp()


@pytest.mark.parametrize(
    ("changes", "fails"),
    [
        ({}, []),
        ({"to": "notices"}, ["recipients"]),
        ({"sender": "DE"}, ["sender"]),
        ({"iat": LATER, "exp": LATER + 5}, ["time"]),
        ({"iat": EARLIER, "exp": EARLIER + 5}, ["time"]),
        ({"exp": LATER}, ["time"]),
        ({"kid": "A" * 43}, ["key", "signature"]),
        ({"alg": "none"}, ["form"]),
        ({"id": "0197a3c2-5b1e-4c3a-9f20-4d5e6f708192"}, ["form"]),
    ],
)
def test_what_is_wrong_with_a_head_is_the_step_that_fails(
    mesh: Mesh, changes: dict[str, Any], fails: list[str]
) -> None:
    """Each step judges one thing, whatever else is wrong."""
    assert failed_steps(mesh, signed(mesh, **changes)) == fails


def test_a_request_signed_with_the_key_of_another_bureau_has_a_wrong_key(mesh: Mesh) -> None:
    """Its signature fits, as the key exists."""
    german = key_of(mesh, "DE")
    parcel = Parcel(sign_envelope(head_of(mesh, kid=german.kid), BODY, german), BODY)
    assert failed_steps(mesh, parcel) == ["key"]


def test_a_key_that_expired_is_named_with_its_validity(mesh: Mesh) -> None:
    """So that the officer sees which of two times is wrong."""
    parcel, late = signed(mesh), NOW + timedelta(days=100 * 365)
    expected = Expected("request", RequestHead, "FR", "stolen-vehicles", late.timestamp())
    head = msgspec.structs.replace(head_of(mesh), iat=late.timestamp(), exp=late.timestamp() + 5)
    key = key_of(mesh, "FR")
    parcel = Parcel(sign_envelope(head, BODY, key), BODY)
    [step] = [each for each in envelope_steps(parcel, expected, mesh.directory) if each.step == "key"]
    assert step.result == "failed"
    assert "not valid at this time" in step.says
    assert "valid from" in step.says


@pytest.mark.thorough
@given(place=st.integers(0, 700), bit=st.integers(0, 7), in_body=st.booleans())
def test_no_changed_bit_goes_unexplained(mesh: Mesh, place: int, bit: int, *, in_body: bool) -> None:
    """Wherever a bit of head, signature or body is flipped, a step fails."""
    parcel = signed(mesh)
    if in_body:
        changed = Parcel(parcel.signature, flipped(parcel.body, place, bit))
    else:
        changed = Parcel(flipped(parcel.signature.encode(), place, bit).decode("latin-1"), parcel.body)
    if changed.signature.isascii():
        assert failed_steps(mesh, changed)


def flipped(raw: bytes, place: int, bit: int) -> bytes:
    """Return bytes with one bit changed."""
    return bytes(each ^ (1 << bit) if number == place % len(raw) else each for number, each in enumerate(raw))


def test_the_signing_input_is_what_was_signed(mesh: Mesh) -> None:
    """Anybody verifies the signature with the bytes that are shown."""
    parcel = signed(mesh)
    opened = shown(parcel, whole=True)
    signature = decode_base64url(parcel.signature.partition("..")[2])
    signing_input = decode_base64url(opened.signing_input.base64url or "")
    assert key_of(mesh, "FR").public.verifies(signature, signing_input)
    assert opened.signing_input.text == signing_input.decode()
    assert (opened.head or {})["from"] == "FR"


def test_without_the_right_to_the_body_only_its_digest_is_shown(mesh: Mesh) -> None:
    """A colleague was not shown what the answer says."""
    signing_input = shown(signed(mesh), whole=False).signing_input
    assert (signing_input.text, signing_input.base64url) == (None, None)
    assert signing_input.size > len(BODY)
