"""Byte strings in the data of others, and how to find these or envelopes of others in received bytes."""

import base64
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

from tests.attacks.network import ATTACKING_SERVICE

# By the participant that may know each besides the bureaus that use it.
SECRETS: Final = {
    ATTACKING_SERVICE: "CANARYVEHICLE7Q2",
    "notices": "Canarynoticeperson",
    "missing-persons": "Canarymissingperson",
    "firearms": "CANARYGUN7731",
    "fingerprints": "CANARY-PRINT-5512",
    "letter": "CANARY-LETTER-9914-body",
}
# In everything that an attacker stores or sends.
MARKER: Final = b"ATTACK-MARKER-3307"
# The protected header of a detached JWS, which names the sender and the recipients of an envelope.
_HEAD: Final = re.compile(rb"(eyJ[A-Za-z0-9_-]{80,})\.\.[A-Za-z0-9_-]{80,}")


def exposures(received: bytes, attacker: str) -> list[str]:
    """Return the data of others in these bytes."""
    secrets = [name for name in SECRETS if name != attacker]
    found = [f"a secret of {name}" for name in secrets if any(form in received for form in _forms(SECRETS[name]))]
    return found + sorted({f"an envelope {head}" for head in _others(received, attacker)})


def _forms(secret: str) -> Iterator[bytes]:
    """Yield a text itself, and the part of its base64 form that does not depend on the surrounding text."""
    yield secret.encode()
    for offset in range(3):
        encoded = base64.urlsafe_b64encode(b"\0" * offset + secret.encode())
        yield encoded[-(-offset * 4 // 3) + (offset > 0) : -4]


def _others(received: bytes, attacker: str) -> Iterator[str]:
    for match in _HEAD.finditer(received):
        try:
            head: dict[str, Any] = json.loads(base64.urlsafe_b64decode(match[1] + b"=="))
        except ValueError:
            continue
        recipients = head.get("to", ())
        parties = {head.get("from"), *([recipients] if isinstance(recipients, str) else recipients)}
        if attacker not in parties:
            yield f"from {head.get('from')} to {_listed(parties - {head.get('from')})}"


def _listed(names: Iterable[Any]) -> str:
    return ", ".join(sorted(map(str, names)))
