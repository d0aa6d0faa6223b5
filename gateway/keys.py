"""The public keys of all participants, so that whoever holds a signed answer can check it."""

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, Field

from shared.directory import Directory, Entry


class KeySet(BaseModel):
    """A JWK Set (RFC 7517) of the directory."""

    keys: list[dict[str, Any]] = Field(
        description="Each key with its `kid`, its `participant`, and when it is valid: `nbf`, `exp`, `revoked_at`.",
        examples=[[{"kty": "OKP", "crv": "Ed25519", "kid": "MTWB...", "x": "11qY...", "participant": "notices"}]],
    )
    entries: list[str] = Field(description="The same as compact JWS of the Secretariat's root key, one for each key.")


def key_routes(directory: Directory) -> APIRouter:
    """Return the route of the directory."""
    router = APIRouter(tags=["directory"])

    @router.get("/directory")
    async def read_directory() -> KeySet:
        """Get the public keys of all bureaus and services, with their history.

        With these any JOSE library checks the header `I247-Signature` of an answer: a detached JWS over the exact body.
        """
        keys = [_jwk(entry) for entry in directory.entries()]
        return KeySet(keys=keys, entries=directory.signed_entries())

    return router


def _jwk(entry: Entry) -> dict[str, Any]:
    return {
        **entry.verifying_key().jwk,
        "use": "sig",
        "alg": "Ed25519",
        "participant": entry.participant,
        "kind": entry.kind,
        "nbf": entry.not_before,
        "exp": entry.not_after,
        "revoked_at": entry.revoked_at,
    }
