"""A root key in a PKCS #11 device, named by a URI of RFC 7512.

For example `pkcs11:token=i247;object=root?module-path=/usr/lib/softhsm/libsofthsm2.so`. It is an Ed25519 key
(CKK_EC_EDWARDS) whose public key has the same label. Needs the package `python-pkcs11`.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, unquote

from deploy.state.errors import StartRefused
from shared.crypto.ed25519 import KeyUnusable, VerifyingKey
from shared.files import secret_in

OCTET_STRING: Final = 0x04
KEY_BYTES: Final = 32


class DeviceKey:
    """The root key in its device, used in a new session each time."""

    def __init__(self, uri: str, pin_file: Path | None) -> None:
        """Read the public key. Raises StartRefused."""
        try:
            import pkcs11
        except ImportError as error:
            raise StartRefused("I247_ROOT_PKCS11 needs the package python-pkcs11: install it") from error
        self._api: Any = pkcs11
        self._module, self._token, self._label = _parts_of(uri)
        self._pin_file = pin_file
        try:
            self.public = VerifyingKey(self._public())
        except KeyUnusable as error:
            raise StartRefused(f"the root key {uri} cannot be used: {error}") from error

    @property
    def kid(self) -> str:
        """The thumbprint of the public key."""
        return self.public.kid

    def sign(self, message: bytes) -> bytes:
        """Return the signature of 64 bytes. Raises KeyUnusable if the device does not sign."""
        kind, mechanism = self._api.ObjectClass.PRIVATE_KEY, self._api.Mechanism.EDDSA
        return self._use(kind, lambda key: bytes(key.sign(message, mechanism=mechanism)))

    def _public(self) -> bytes:
        point = self._use(self._api.ObjectClass.PUBLIC_KEY, lambda key: bytes(key[self._api.Attribute.EC_POINT]))
        # A DER octet string of 32 bytes; some devices return the bytes without it.
        return point[2:] if point[:2] == bytes([OCTET_STRING, KEY_BYTES]) else point

    def _use(self, kind: Any, act: Callable[[Any], bytes]) -> bytes:
        if self._pin_file is None:
            raise KeyUnusable("I247_ROOT_PIN_FILE must name a file with its PIN")
        try:
            token = self._api.lib(self._module).get_token(token_label=self._token)
            with token.open(user_pin=secret_in(self._pin_file).decode()) as session:
                return act(session.get_key(kind, self._api.KeyType.EC_EDWARDS, self._label))
        except (self._api.PKCS11Error, RuntimeError, OSError, ValueError) as error:
            raise KeyUnusable(str(error) or type(error).__name__) from error


def _parts_of(uri: str) -> tuple[str, str, str]:
    scheme, _, rest = uri.partition(":")
    path, _, query = rest.partition("?")
    named = dict(part.partition("=")[::2] for part in path.split(";"))
    module = parse_qs(query).get("module-path", [""])[0]
    token, label = unquote(named.get("token", "")), unquote(named.get("object", ""))
    if scheme != "pkcs11" or not (module and token and label):
        raise StartRefused(
            "I247_ROOT_PKCS11 must have the form pkcs11:token=NAME;object=LABEL?module-path=/usr/lib/libsofthsm2.so"
        )
    return module, token, label
