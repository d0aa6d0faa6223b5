"""The keys that a gateway publishes: any JOSE library takes the set, and what is sealed to a key can be opened."""

from datetime import timedelta
from typing import Any

import msgspec
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
    """Return the directory as anyone is told it."""
    async with client_of(mesh.gateway()) as client:
        answer = await client.get("/directory")
        assert answer.status_code == 200
        told: dict[str, Any] = answer.json()
        return told


async def test_jose_libraries_take_the_whole_set() -> None:
    """Two libraries that know nothing of sealing keys import every signing key, under its name."""
    mesh = Mesh(FixedClock(NOW))
    told = await published(mesh)
    kids = {entry.kid for entry in mesh.directory.entries()}
    assert {key.kid for key in JoseKeySet.import_key_set(told).keys} == kids
    imported = JWKSet.from_json(msgspec.json.encode(told).decode())
    assert {key.thumbprint() for key in imported["keys"]} == kids


async def test_what_is_sealed_to_a_published_key_is_opened_by_its_owner() -> None:
    """Each bureau has one sealing key, and it is the one whose private part it holds."""
    mesh = Mesh(FixedClock(NOW))
    told = {key["participant"]: key for key in (await published(mesh))["sealing_keys"]}
    assert set(told) == set(mesh.bureaus)
    own = SealingKey(bytes([FRANCE]) * 32)
    assert told["FR"]["kid"] == own.kid != told["DE"]["kid"]
    wrapped = SealingPublicKey(decode_base64url(told["FR"]["pub"])).wrap(b"secret", b"info")
    assert own.unwrap(wrapped, b"info") == b"secret"


async def test_a_revocation_is_published_with_its_time_and_the_entry_that_proves_it() -> None:
    """Revoked keys stay listed, as what they signed before is still to be checked."""
    mesh = Mesh(FixedClock(NOW))
    [entry] = mesh.directory.entries_of("DE")
    at = (NOW + timedelta(hours=1)).timestamp()
    revoked = msgspec.structs.replace(entry, issued=at, revoked_at=at, standing="suspended")
    mesh.directory.learn(sign_entry(revoked, mesh.root))
    told = await published(mesh)
    listed = [key for key in (*told["keys"], *told["sealing_keys"]) if key["participant"] == "DE"]
    assert [(key["revoked_at"], key["standing"]) for key in listed] == [(at, "suspended")] * 2
    assert revoked in [verify_entry(jws, mesh.root.public) for jws in told["entries"]]


async def test_what_is_public_is_told_to_anyone_as_often_as_they_ask() -> None:
    """Nobody is asked who they are, and nothing bounds how often but the connections."""
    async with client_of(Mesh(FixedClock(NOW)).gateway()) as client:
        assert {(await client.get("/directory")).status_code for _ in range(200)} == {200}


async def test_the_whole_log_is_published_in_pages() -> None:
    """Every entry ever signed, under the head of all; a page goes on where the one before ended."""
    mesh = Mesh(FixedClock(NOW))
    signed = mesh.directory.signed_entries()
    mesh.directory.take(DirectoryPart(log_head(signed, mesh.root), 0, signed))
    async with client_of(mesh.gateway()) as client:
        page = (await client.get("/directory/log")).json()
        assert (page["items"], page["next"]) == (signed, None)
        assert tree_hashes(page["items"])[-1] == read_head(page["head"], mesh.root.public)[1].root
        assert (await client.get("/directory/log?from=2")).json()["items"] == signed[2:]
        assert (await client.get("/directory/log?from=-1")).status_code == 422
