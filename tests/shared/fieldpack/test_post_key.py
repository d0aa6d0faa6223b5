"""The key of a post: what a passphrase protects, and what the bureau is given."""

from pathlib import Path

import msgspec
import pytest

from shared.crypto.ed25519 import encode_base64url
from shared.fieldpack.post_key import PostKey, PostKeyUnusable, read_public, write_public
from tests.post.border import post_key

PASSPHRASE = "a long passphrase"
# Of Argon2id, so that a test need not take a third of a second for each.
CHEAP = {"memory": 64, "passes": 1}


def test_a_key_is_opened_with_its_passphrase_alone(tmp_path: Path) -> None:
    """The file has mode 0600, and another passphrase says nothing of the right one."""
    key, file = post_key("DE-1"), tmp_path / "post.key"
    key.save(file, PASSPHRASE, **CHEAP)
    assert PostKey.load(file, PASSPHRASE).public == key.public
    assert file.stat().st_mode & 0o777 == 0o600
    with pytest.raises(PostKeyUnusable, match="cannot be opened with this passphrase"):
        PostKey.load(file, "another passphrase")


@pytest.mark.thorough
def test_a_guess_of_the_passphrase_costs_memory_and_passes(tmp_path: Path) -> None:
    """As much as is stated in the security model."""
    file = tmp_path / "post.key"
    post_key("DE-1").save(file, PASSPHRASE)
    stored = msgspec.json.decode(file.read_bytes())
    assert (stored["memory"], stored["passes"]) == (128 * 1024, 4)


@pytest.mark.parametrize(
    "changed",
    [
        {"post": "DE-2"},
        {"bureau": "PL"},
        {"root": encode_base64url(bytes(32))},
        {"passes": 2},
        {"memory": 128},
        {"salt": "AAAAAAAAAAAAAAAAAAAAAA"},
    ],
)
def test_an_altered_key_file_is_refused(tmp_path: Path, changed: dict[str, object]) -> None:
    """Also its name, and how the passphrase is hashed."""
    file = tmp_path / "post.key"
    post_key("DE-1").save(file, PASSPHRASE, **CHEAP)
    file.write_bytes(msgspec.json.encode({**msgspec.json.decode(file.read_bytes()), **changed}))
    with pytest.raises(PostKeyUnusable):
        PostKey.load(file, PASSPHRASE)


@pytest.mark.parametrize("content", [b"", b"{}", b"[" * 5_000, b'{"format": "i247-post-key-1"}', b"\xff"])
def test_what_is_no_key_is_refused(tmp_path: Path, content: bytes) -> None:
    """With one sentence, whatever is in the file."""
    file = tmp_path / "post.key"
    file.write_bytes(content)
    with pytest.raises(PostKeyUnusable, match="holds no key of a post"):
        PostKey.load(file, PASSPHRASE)
    with pytest.raises(PostKeyUnusable):
        read_public(content)


def test_a_missing_key_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(PostKeyUnusable, match="i247 fieldpack key"):
        PostKey.load(tmp_path / "post.key", PASSPHRASE)


def test_a_short_passphrase_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PostKeyUnusable, match="12 characters"):
        post_key("DE-1").save(tmp_path / "post.key", "short")


def test_a_public_key_that_was_altered_is_refused() -> None:
    """It is signed with its own key; the fingerprint says whose it is."""
    public = post_key("DE-1").public
    assert read_public(write_public(public)) == public
    other = post_key("DE-1").public
    assert public.fingerprint != other.fingerprint
    for changed in (
        {"post": "DE-2"},
        {"bureau": "PL"},
        {"sealing_key": other.sealing_key},
        {"signing_key": other.signing_key},
    ):
        with pytest.raises(PostKeyUnusable, match="was altered"):
            read_public(write_public(msgspec.structs.replace(public, **changed)))
