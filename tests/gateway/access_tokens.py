"""Access tokens of a gateway, signed with joserfc."""

import json
from typing import Any

from joserfc import jws
from joserfc.jwk import OKPKey

from shared.crypto.ed25519 import SigningKey, encode_base64url


def jose(key: SigningKey) -> OKPKey:
    return OKPKey.import_key({**key.public.jwk, "d": encode_base64url(key.seed)})


def signed(claims: dict[str, Any], key: SigningKey, **header: str) -> str:
    stated = json.dumps(claims).encode()
    return jws.serialize_compact(
        {"alg": "Ed25519", "typ": "at+jwt"} | header, stated, jose(key), algorithms=["Ed25519"]
    )
