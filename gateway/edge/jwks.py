"""The public keys of all participants: to verify signed answers, and to seal messages."""

from typing import Annotated, Any, Final

import msgspec
from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, Field
from typing_extensions import TypeAliasType

from shared.errors import Invalid
from shared.protocol.directory import Directory
from shared.protocol.directory_entry import Entry
from shared.web.problems import refusals

PAGE_ENTRIES: Final = 100
MAX_NUMBER: Final = 2**31


Jwk = TypeAliasType("Jwk", dict[str, Any])
PartnerAgreement = TypeAliasType("PartnerAgreement", dict[str, Any])


class KeySet(BaseModel):
    """A JWK Set (RFC 7517) of the signing keys in the directory, and separately the sealing keys.

    JOSE libraries do not know the type of sealing keys yet, and some refuse a whole set for one such key.
    """

    keys: list[Jwk] = Field(
        description="Each key with its `kid`, its `participant`, and when it is valid: `nbf`, `exp`, `revoked_at`. "
        "`standing` and `measure` are as the entry states them: see `/standing` for those in force.",
        examples=[[{"kty": "OKP", "crv": "Ed25519", "kid": "MTWB...", "x": "11qY...", "participant": "notices"}]],
    )
    sealing_keys: list[Jwk] = Field(
        description="The keys to which messages are sealed (X-Wing): `pub` is ML-KEM-768, then X25519, "
        "and `kid` its SHA-256.",
        examples=[[{"kty": "AKP", "alg": "X-Wing", "kid": "o4Xn...", "pub": "mK3r...", "participant": "FR"}]],
    )
    agreements: dict[str, PartnerAgreement] = Field(
        description="What each partner may do, and until when, by its last entry.",
        examples=[{"PARTNER-ICC": {"services": ["notices"], "verbs": ["read"], "until": "2027-12-31"}}],
    )
    entries: list[str] = Field(description="The same as compact JWS of the Secretariat's root key, one for each key.")


class DirectoryLogPage(BaseModel):
    """Some entries of the log of the directory."""

    head: str = Field(description="The signed head of the whole log.", examples=["i247/directory\n15\nqL1...=\n\n..."])
    items: list[str] = Field(description="Entries in order, as compact JWS of the Secretariat's root key.")
    next: int | None = Field(description="Pass as `from` to get the next page; null on the last one.", examples=[100])


router = APIRouter(tags=["directory"])


def _directory_of(request: Request) -> Directory:
    directory: Directory = request.app.state.directory
    return directory


Known = Annotated[Directory, Depends(_directory_of)]


@router.get("/directory")
async def get_directory(directory: Known) -> KeySet:
    """Get the public keys of all bureaus and services, with their history.

    With these a JOSE library that knows Ed25519 (RFC 9864) and `b64` (RFC 7797) verifies the header `I247-Signature` of
    an answer: a detached JWS over the exact body. The guide *Verify an answer with a JOSE library* has the settings.
    """
    entries = directory.entries()
    return KeySet(
        keys=[{**entry.verifying_key().jwk, "use": "sig", "alg": "Ed25519", **_validity(entry)} for entry in entries],
        sealing_keys=[
            {"kty": "AKP", "alg": "X-Wing", "use": "enc", "kid": key.kid, "pub": entry.sealing_key, **_validity(entry)}
            for entry in entries
            if (key := entry.sealing_public_key())
        ],
        agreements={
            name: msgspec.to_builtins(agreement)
            for name in directory.participants()
            if (agreement := directory.agreement_of(name)) is not None
        },
        entries=directory.signed_entries(),
    )


@router.get("/directory/log", responses=refusals(Invalid))
async def get_directory_log(
    directory: Known, start: Annotated[int, Query(alias="from", ge=0, le=MAX_NUMBER)] = 0
) -> DirectoryLogPage:
    """Get the log of the directory.

    It has every entry ever signed, in order, with the signed head: every key of every participant, and its start. The
    head is a checkpoint (C2SP tlog-checkpoint) of the root key with the lines of bureaus that cosigned it; the entries
    are its leaves (RFC 6962).
    """
    entries = directory.log.entries(start)[:PAGE_ENTRIES]
    more = start + len(entries) < directory.log.size
    return DirectoryLogPage(head=directory.log.head, items=entries, next=start + len(entries) if more else None)


def _validity(entry: Entry) -> dict[str, Any]:
    return {
        "participant": entry.participant,
        "kind": entry.kind,
        "standing": entry.standing,
        "measure": None if entry.measure is None else msgspec.to_builtins(entry.measure),
        "nbf": entry.not_before,
        "exp": entry.not_after,
        "revoked_at": entry.revoked_at,
    }
