"""Programs of third parties verify a kept answer with their JOSE library, as the documents show: see `jose.md`."""

import json
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwcrypto.jwk import JWK

from shared.crypto.ed25519 import encode_base64url
from tests.interop.node import packages_of, run_node

PAGE: Final = Path(__file__).parents[2] / "docs/how-to/jose.md"
SOURCES: Final = Path(__file__).parent
STATEMENT: Final = b'{"total":0,"candidates":[]}'
NOW: Final = time.time()
LONG_AGO: Final = NOW - 90 * 86_400
LIBRARIES: Final = ("joserfc", "pyjwt", "jose")
SAID: Final = "signed by cultural-property for PUBLIC"


class Answer:
    """A kept answer: its statement, head and keys, which a case changes."""

    def __init__(self) -> None:
        self.signing, self.statement = Ed25519PrivateKey.from_private_bytes(bytes([7]) * 32), STATEMENT
        public = self.signing.public_key().public_bytes_raw()
        self.key: dict[str, Any] = {"kty": "OKP", "crv": "Ed25519", "x": encode_base64url(public)}
        kid = JWK(**self.key).thumbprint()
        self.key |= {"kid": kid, "use": "sig", "alg": "Ed25519", "participant": "cultural-property", "kind": "service"}
        self.key |= {"nbf": LONG_AGO - 86_400, "exp": NOW + 86_400, "revoked_at": None, "standing": "member"}
        # As a service signs it: with members that no library knows, and longer than some allow.
        self.head: dict[str, Any] = {
            "typ": "i247-reply",
            "alg": "Ed25519",
            "b64": False,
            "crit": ["b64"],
            "kid": kid,
            "id": "01a227e3-7e58-78b7-9a31-9a0e0efded1e",
            "from": "cultural-property",
            "to": "PUBLIC",
            "iat": NOW,
            "exp": NOW + 30,
            "re": "01a227e3-7e46-7574-a860-2e7e33f9a968",
            "re_digest": "r" * 43,
            "status": 200,
            "content_type": "application/json",
            "headers": {},
            "error": None,
        }

    def write(self, folder: Path) -> None:
        """Write the files that a gallery keeps."""
        head = encode_base64url(json.dumps(self.head).encode())
        signature = self.signing.sign(f"{head}.".encode() + STATEMENT)
        (folder / "signature").write_text(f"{head}..{encode_base64url(signature)}\n")
        (folder / "statement.json").write_bytes(self.statement)
        (folder / "keys.json").write_text(json.dumps({"keys": [self.key]}))


Change = Callable[[Answer], object]
ACCEPTED: Final[dict[str, Change]] = {
    "as it was signed": lambda _: None,
    "after `exp` of the head": lambda answer: answer.head.update(iat=LONG_AGO, exp=LONG_AGO + 30),
    "before the key was revoked": lambda answer: (
        answer.head.update(iat=LONG_AGO),
        answer.key.update(revoked_at=NOW - 86_400),
    ),
}
REFUSED: Final[dict[str, Change]] = {
    "another statement": lambda answer: setattr(answer, "statement", STATEMENT.replace(b"0", b"1")),
    "a message of the register": lambda answer: answer.head.update(typ="i247-message"),
    "a receipt of the register": lambda answer: answer.head.update(typ="i247-receipt"),
    "an answer to a bureau": lambda answer: answer.head.update(to="FR"),
    "a refusal": lambda answer: answer.head.update(status=404),
    "of another service by its own key": lambda answer: (
        answer.head.update({"from": "notices"}),
        answer.key.update(participant="notices"),
    ),
    "by the key of another service": lambda answer: answer.key.update(participant="notices"),
    "in the name of another": lambda answer: answer.head.update({"from": "notices"}),
    "by a key that is not kept": lambda answer: answer.key.update(kid="another"),
    "by a key that was revoked before": lambda answer: answer.key.update(revoked_at=NOW - 60),
    "by a key that had expired": lambda answer: answer.key.update(exp=NOW - 60),
    "by a key that was not valid yet": lambda answer: answer.key.update(nbf=NOW + 60),
    "by another signature": lambda answer: setattr(answer, "signing", Ed25519PrivateKey.generate()),
    "without a signature": lambda answer: answer.head.update(alg="none"),
    "by a secret": lambda answer: answer.head.update(alg="HS256"),
    "by an unknown extension": lambda answer: answer.head.update(crit=["b64", "exp"]),
}


def program(library: str) -> str:
    """Return the program of the page."""
    page = PAGE.read_text()
    if library == "jose":
        return re.findall(r"```js\n(.*?)```", page, re.DOTALL)[0]
    return re.findall(rf"with_{library}\.py <<'PROGRAM'\n(.*?)PROGRAM\n", page, re.DOTALL)[0]


def verify(library: str, folder: Path) -> str | None:
    """Run the program on the files in a folder; return what it prints, None if it fails."""
    if library == "jose":
        (folder / "verify.mjs").write_text(program(library))
        (folder / "node_modules").symlink_to(packages_of(SOURCES))
        try:
            return run_node(["verify.mjs", str(folder)], folder).strip()
        except RuntimeError:
            return None
    (folder / "verify.py").write_text(program(library))
    # Isolated: nothing of this project can be imported.
    done = subprocess.run(
        [sys.executable, "-I", folder / "verify.py", folder], check=False, capture_output=True, text=True, timeout=60
    )
    return done.stdout.strip() if done.returncode == 0 else None


@pytest.mark.thorough
@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("case", ACCEPTED)
def test_what_was_signed_is_verified(library: str, case: str, tmp_path: Path) -> None:
    """Also long after `exp` of its head, which protects the network alone."""
    answer = Answer()
    ACCEPTED[case](answer)
    answer.write(tmp_path)
    assert verify(library, tmp_path) == SAID


@pytest.mark.thorough
@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_answer_of_the_register_to_the_public_is_refused(library: str, case: str, tmp_path: Path) -> None:
    """By the library, or by what the program checks besides."""
    answer = Answer()
    REFUSED[case](answer)
    answer.write(tmp_path)
    assert verify(library, tmp_path) is None


@pytest.mark.thorough
def test_libraries_refuse_it_as_they_are_installed(tmp_path: Path) -> None:
    """As the page says of each: no setting in it is superfluous."""
    Answer().write(tmp_path)
    plain = {
        "joserfc": program("joserfc").replace("rules.max_header_length = 18_000", ""),
        "pyjwt": program("pyjwt").replace('library.register_algorithm("Ed25519", OKPAlgorithm())', ""),
    }
    for library, text in plain.items():
        assert text != program(library)
        file = tmp_path / f"{library}_plain.py"
        file.write_text(text)
        done = subprocess.run(
            [sys.executable, "-I", file, tmp_path], check=False, capture_output=True, text=True, timeout=60
        )
        assert done.returncode != 0
        assert re.search("ExceededSizeError|InvalidAlgorithmError|not supported", done.stderr), done.stderr
