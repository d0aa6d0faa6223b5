"""The public keys of a gateway: any JOSE library imports the set, and a published sealing key works."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest
from joserfc.jwk import KeySet as JoseKeySet
from jwcrypto.jwk import JWKSet

from shared.clock import FixedClock
from shared.crypto.ed25519 import decode_base64url
from shared.crypto.hpke import SealingKey, SealingPublicKey
from shared.protocol.directory_entry import sign_entry, verify_entry
from shared.protocol.directory_log import DirectoryPart, log_head, read_head, tree_hashes
from tests.conftest import NOW
from tests.gateway.mesh import Mesh, client_of

FRANCE, GERMANY = 10, 11


async def published(mesh: Mesh) -> dict[str, Any]:
    """Return the directory as it is published."""
    async with client_of(mesh.gateway()) as client:
        answer = await client.get("/directory")
        assert answer.status_code == 200
        document: dict[str, Any] = answer.json()
        return document


async def test_two_jose_libraries_import_every_signing_key() -> None:
    """Although they do not know the sealing keys in the same document."""
    mesh = Mesh(FixedClock(NOW))
    document = await published(mesh)
    kids = {entry.kid for entry in mesh.directory.entries()}
    assert {key.kid for key in JoseKeySet.import_key_set(document).keys} == kids
    imported = JWKSet.from_json(msgspec.json.encode(document).decode())
    assert {key.thumbprint() for key in imported["keys"]} == kids


async def test_data_sealed_to_a_published_key_is_opened_by_its_owner() -> None:
    """Each bureau publishes one sealing key, whose private part it holds."""
    mesh = Mesh(FixedClock(NOW))
    sealing_keys = {key["participant"]: key for key in (await published(mesh))["sealing_keys"]}
    assert set(sealing_keys) == set(mesh.bureaus)
    own = SealingKey(bytes([FRANCE]) * 32)
    assert sealing_keys["FR"]["kid"] == own.kid != sealing_keys["DE"]["kid"]
    wrapped = SealingPublicKey(decode_base64url(sealing_keys["FR"]["pub"])).wrap(b"secret", b"info")
    assert own.unwrap(wrapped, b"info") == b"secret"


async def test_a_revocation_is_published_with_its_time_and_the_entry_that_proves_it() -> None:
    """Revoked keys stay listed, as earlier signatures must still be verified."""
    mesh = Mesh(FixedClock(NOW))
    [entry] = mesh.directory.entries_of("DE")
    at = (NOW + timedelta(hours=1)).timestamp()
    revoked = msgspec.structs.replace(entry, issued=at, revoked_at=at, standing="suspended")
    mesh.directory.learn(sign_entry(revoked, mesh.root))
    document = await published(mesh)
    listed = [key for key in (*document["keys"], *document["sealing_keys"]) if key["participant"] == "DE"]
    assert [(key["revoked_at"], key["standing"]) for key in listed] == [(at, "suspended")] * 2
    assert revoked in [verify_entry(jws, mesh.root.public) for jws in document["entries"]]


@pytest.mark.thorough
async def test_the_directory_is_visible_without_a_token_and_without_a_rate_limit() -> None:
    """Only the number of connections is limited."""
    async with client_of(Mesh(FixedClock(NOW)).gateway()) as client:
        assert {(await client.get("/directory")).status_code for _ in range(200)} == {200}


async def test_the_directory_log_is_published_in_pages() -> None:
    """Every entry ever signed, under the signed head; `from` continues where the last page ended."""
    mesh = Mesh(FixedClock(NOW))
    signed = mesh.directory.signed_entries()
    mesh.directory.take(DirectoryPart(log_head(signed, mesh.root), 0, signed))
    async with client_of(mesh.gateway()) as client:
        page = (await client.get("/directory/log")).json()
        assert (page["items"], page["next"]) == (signed, None)
        assert tree_hashes(page["items"])[-1] == read_head(page["head"], mesh.root.public)[1].root
        assert (await client.get("/directory/log?from=2")).json()["items"] == signed[2:]
        assert (await client.get("/directory/log?from=-1")).status_code == 422
