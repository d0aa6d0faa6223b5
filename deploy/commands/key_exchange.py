"""The commands of a participant's machine: `i247 keys request` makes keys, `i247 keys install` takes the directory.

The Secretariat's part, between the two, is `i247 keys approve` in `deploy.commands.keys`.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

from deploy.provisioning.participant_keys import OwnKeys
from deploy.state.clock import clock_of
from deploy.state.directory_file import load_directory, load_drafts, load_root, save_drafts
from deploy.state.errors import StartRefused, unwritable
from deploy.state.settings import Settings
from deploy.state.state_dir import StateDir
from shared.bureaus import PARTICIPATING, SECRETARIAT
from shared.crypto.ed25519 import KeyUnusable, VerifyingKey, decode_base64url, encode_base64url
from shared.files import replace_file
from shared.protocol.directory import Directory, Entry, EntryRefused
from shared.protocol.directory_file import read_directory
from shared.protocol.key_request import KeyRequest, Kind, RequestRefused, read_request


def request_keys(
    settings: Settings, name: str, services: tuple[str, ...], out: Path | None, *, if_none: bool = False
) -> Iterator[str]:
    """Make keys for a participant here, and write the request for its entry. Raises StartRefused.

    With `if_none` nothing is made where a key that is here is entered, or is asked for in the file: a revoked key is
    replaced by people alone.
    """
    home = StateDir(settings.home)
    home.open()
    participant = name.strip() if name.strip() in services else name.strip().upper()
    if participant not in (*services, *PARTICIPATING):
        raise StartRefused(f"{name[:40]!r} is neither a bureau, such as FR, nor a service: {', '.join(services)}")
    if participant == SECRETARIAT and not home.is_of_secretariat:
        # With its key here, the gateway here would be that of the Secretariat as well.
        raise StartRefused(f"{SECRETARIAT} is the Secretariat, which asks nobody: `i247 provision --secretariat`")
    file = out or Path(f"{participant}.request")
    with home.changing():
        known = load_directory(home).entries_of(participant) if home.has_directory() else []
        try:
            if if_none and _is_asked_for(home, participant, file, known):
                return iter([f"a key of {participant} is here, and it is entered or asked for: nothing is made"])
            kind: Kind = "service" if participant in services else "bureau"
            with OwnKeys(home, clock_of(home), participant, kind).requesting(known) as text:
                _write_request(file, text)
        except KeyUnusable as error:
            raise StartRefused(str(error)) from error
        except OSError as error:
            raise unwritable(error) from error
    return _asked(file, read_request(text))


def _write_request(file: Path, text: str) -> None:
    try:
        replace_file(file, text.encode())
    except OSError as error:
        said = f"{file} cannot be written ({error.strerror}): name another file with --out; no key is made"
        raise StartRefused(said) from error


def _is_asked_for(home: StateDir, participant: str, file: Path, known: Iterable[Entry]) -> bool:
    here = {key.kid for key in home.keys_of(participant).signing}
    return any(entry.kid in here for entry in known) or _requested_in(file) in here


def _requested_in(file: Path) -> str | None:
    """Return the id of the signing key that a request asks to be entered; None where there is no request."""
    try:
        stated = read_request(file.read_text(errors="replace")).statement
    except (OSError, RequestRefused):
        return None
    return VerifyingKey(decode_base64url(stated.signing_key)).kid


def _asked(file: Path, request: KeyRequest) -> Iterator[str]:
    yield f"wrote {file}: give it to the General Secretariat (`i247 keys approve`)"
    if request.countersignature is None:
        yield f"fingerprint {request.fingerprint}: tell it by another way, such as a call"
    else:
        yield f"countersigned by the key {request.countersignature.kid}"


def install_directory(settings: Settings, file: Path, root: str | None) -> Iterator[str]:
    """Take the directory that the Secretariat gave, in place of an older one. Raises StartRefused."""
    home = StateDir(settings.home)
    home.open()
    with home.changing():
        trusted = _trusted(home, root)
        given = _given(file, trusted)
        new = given.log.size - _size_before(home, trusted, given, file)
        try:
            replace_file(home.directory, file.read_bytes())
            replace_file(home.root_public_key, f"{encode_base64url(trusted.raw)}\n".encode())
        except OSError as error:
            raise unwritable(error) from error
    yield f"installed {home.directory}"
    if home.key_numbers(SECRETARIAT):
        # Here alone, as nobody else need wait for the import of all that speaks with the broker.
        from deploy.mesh.rollout import publish

        yield from _drop_signed_drafts(home, given)
        yield from publish(settings, given, new)
    else:
        yield from _keys_in_force(home, given)


def _trusted(home: StateDir, root: str | None) -> VerifyingKey:
    """Return the root's public key: the one that is trusted here already, or the one that is stated."""
    if root is None:
        if not home.root_public_key.exists():
            raise StartRefused("state the root's public key, which the Secretariat told by another way: --root=KEY")
        return load_root(home)
    try:
        stated = VerifyingKey(decode_base64url(root.strip()))
    except ValueError as error:
        raise StartRefused(f"{root[:60]!r} is no public key: it has 43 characters of base64url") from error
    if home.root_public_key.exists() and load_root(home).raw != stated.raw:
        raise StartRefused(f"{home.root_public_key} is another key than --root states: a network has one root key")
    return stated


def _given(file: Path, root: VerifyingKey) -> Directory:
    try:
        return read_directory(file.read_text(errors="replace"), root)
    except OSError as error:
        raise StartRefused(f"{file} cannot be read ({error.strerror})") from error
    except EntryRefused as refused:
        raise StartRefused(f"{file}: {refused}") from refused


def _size_before(home: StateDir, root: VerifyingKey, given: Directory, file: Path) -> int:
    """Return how many entries are here already. Raises StartRefused unless the file goes on from them."""
    if not home.has_directory():
        return 0
    here = load_directory(home, root).log
    if here.size > given.log.size:
        raise StartRefused(f"{file} is older than {home.directory}: ask the Secretariat for the present one")
    if not given.log.begins_with(here.size, here.root_hash):
        raise StartRefused(
            f"{file} contradicts {home.directory}, though the root key signed both: keep both as evidence"
        )
    return here.size


def _drop_signed_drafts(home: StateDir, given: Directory) -> Iterator[str]:
    """Remove the drafts that the root key signed; say how many others there are, which were made meanwhile."""
    with home.changing():
        left = [draft for draft in load_drafts(home) if given.entry_of(draft.kid) != draft]
        if left:
            save_drafts(home, left)
            yield f"{len(left)} drafts are not signed yet: `i247 directory sign` carries them out"
        else:
            home.drafts.unlink(missing_ok=True)


def _keys_in_force(home: StateDir, given: Directory) -> Iterator[str]:
    """Yield what has become of each participant whose keys are here, and a warning of keys that are not."""
    now = clock_of(home).now().timestamp()
    for name in home.participants_here():
        here = {key.kid for key in home.keys_of(name).signing}
        valid = [entry for entry in given.entries_of(name) if entry.valid_at(now)]
        yield f"{name}: {_state_of(name, here, given.entries_of(name), now)}"
        for entry in valid:
            if entry.kid not in here:
                yield (
                    f"WARNING: the key {entry.kid} is in force for {name} and is not here: unless you have it on "
                    "another machine, the Secretariat entered it without you: call it, and those whom you write to"
                )


def _state_of(name: str, here: set[str], entries: list[Entry], now: float) -> str:
    own = [entry for entry in entries if entry.kid in here]
    if valid := [entry.kid for entry in own if entry.valid_at(now)]:
        return f"the key {valid[0]} is in force"
    if any(entry.revoked_at is not None for entry in own):
        return f"the keys that are here are revoked: `i247 keys request {name}` asks for new ones"
    return "no key that is here is in force" if own else "no key that is here is entered yet"
