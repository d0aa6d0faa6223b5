"""A root key that a device keeps and never gives away (PKCS #11), named by a URI of RFC 7512.

Such as `pkcs11:token=i247;object=root?module-path=/usr/lib/softhsm/libsofthsm2.so`. The key is of Ed25519
(CKK_EC_EDWARDS), with its public key beside it under the same label. Needs the package `python-pkcs11`.
"""

from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote

from deploy.home import StartRefused
from shared.files import secret_in
from shared.signing import KeyUnusable, VerifyingKey

OCTET_STRING = 0x04
KEY_BYTES = 32


class TokenKey:
    """The root key, in a session with its device."""

    def __init__(self, private: Any, public: VerifyingKey, mechanism: Any, failures: type[Exception]) -> None:
        self._private = private
        self._mechanism = mechanism
        self._failures = failures
        self.public = public

    @property
    def kid(self) -> str:
        """The thumbprint of the public key."""
        return self.public.kid

    def sign(self, message: bytes) -> bytes:
        """Return the signature of 64 bytes. Raises KeyUnusable where the device does not sign."""
        try:
            return bytes(self._private.sign(message, mechanism=self._mechanism))
        except self._failures as error:
            raise KeyUnusable(f"the device of the root key does not sign: {type(error).__name__}") from error


def open_token_key(uri: str, pin_file: Path | None) -> TokenKey:
    """Open a session with the device, and return the key that a URI names. Raises StartRefused."""
    try:
        import pkcs11
    except ImportError as error:
        raise StartRefused("I247_ROOT_PKCS11 needs the package python-pkcs11: install it") from error
    module, token, label = _parts_of(uri)
    if pin_file is None:
        raise StartRefused("I247_ROOT_PIN_FILE must name a file with the PIN of the device of the root key")
    try:
        session = pkcs11.lib(module).get_token(token_label=token).open(user_pin=secret_in(pin_file).decode())
        kind = pkcs11.KeyType.EC_EDWARDS
        private = session.get_key(pkcs11.ObjectClass.PRIVATE_KEY, kind, label)
        public = session.get_key(pkcs11.ObjectClass.PUBLIC_KEY, kind, label)
        point = bytes(public[pkcs11.Attribute.EC_POINT])
    except (pkcs11.PKCS11Error, RuntimeError, OSError, ValueError) as error:
        raise StartRefused(f"the root key {uri} cannot be used: {str(error) or type(error).__name__}") from error
    return TokenKey(private, VerifyingKey(_raw(point)), pkcs11.Mechanism.EDDSA, pkcs11.PKCS11Error)


def _parts_of(uri: str) -> tuple[str, str, str]:
    scheme, _, rest = uri.partition(":")
    path, _, query = rest.partition("?")
    named = dict(part.partition("=")[::2] for part in path.split(";"))
    module = parse_qs(query).get("module-path", [""])[0]
    token, label = unquote(named.get("token", "")), unquote(named.get("object", ""))
    if scheme != "pkcs11" or not (module and token and label):
        raise StartRefused(
            "I247_ROOT_PKCS11 must be such as pkcs11:token=NAME;object=LABEL?module-path=/usr/lib/libsofthsm2.so"
        )
    return module, token, label


def _raw(point: bytes) -> bytes:
    # DER wraps the 32 bytes into an octet string; some devices give them bare.
    return point[2:] if point[:2] == bytes([OCTET_STRING, KEY_BYTES]) else point
