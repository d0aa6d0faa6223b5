"""The detectors find bytes of others, so that a suite without reports is known to have searched."""

import base64
import json

import pytest

from tests.attacks.canaries import SECRETS, exposures
from tests.attacks.network import ATTACKING_BUREAU, ATTACKING_SERVICE


@pytest.mark.parametrize("before", ["", "x", "xy", "xyz"])
@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_is_detected_in_plain_text_and_in_base64(name: str, before: str) -> None:
    """At every offset within what was encoded."""
    text = f"{before}{SECRETS[name]} and more"
    for received in (text.encode(), base64.urlsafe_b64encode(text.encode())):
        assert exposures(b"MSG x 1 9\r\n" + received, ATTACKING_BUREAU) == [f"a secret of {name}"]


def test_a_request_to_the_attacking_service_is_no_exposure() -> None:
    """A request to another service is one."""
    received = "".join(SECRETS.values()).encode()
    assert f"a secret of {ATTACKING_SERVICE}" not in exposures(received, ATTACKING_SERVICE)
    assert "a secret of notices" in exposures(received, ATTACKING_SERVICE)


@pytest.mark.parametrize(("sender", "to"), [("DE", "PL"), ("notices", "DE"), ("DE", ["PL", "IT"])])
def test_an_envelope_between_other_participants_is_detected(sender: str, to: str | list[str]) -> None:
    """The head names its sender and its recipients."""
    [found] = exposures(b"I247-Signature: " + envelope(sender, to), ATTACKING_BUREAU)
    assert found.startswith(f"an envelope from {sender} to ")


@pytest.mark.parametrize(("sender", "to"), [("FR", "DE"), ("notices", "FR"), ("DE", ["PL", "FR"])])
def test_an_envelope_from_or_to_the_attacker_is_no_exposure(sender: str, to: str | list[str]) -> None:
    assert exposures(envelope(sender, to), ATTACKING_BUREAU) == []


def envelope(sender: str, to: str | list[str]) -> bytes:
    """Return a string in the form of a detached JWS."""
    head = json.dumps({"typ": "request", "alg": "Ed25519", "b64": False, "from": sender, "to": to, "id": "0" * 36})
    return base64.urlsafe_b64encode(head.encode()).rstrip(b"=") + b".." + b"A" * 86
