"""The participant's part of a key exchange: `i247 keys request` makes keys, `i247 keys install` takes the directory.

Between the two the Secretariat runs `i247 keys approve`: see `deploy.commands.keys`.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

from deploy.provisioning.participant_keys import ParticipantKeys
from deploy.state.clock import clock_of
from deploy.state.directory_file import load_directory, load_drafts, load_root, save_drafts
from deploy.state.errors import StartRefused, WrongUsage, refusing
from deploy.state.settings import Settings
from deploy.state.state_dir import StateDir
from shared.bureaus import SECRETARIAT, ParticipantKind, is_participant, kind_of
from shared.crypto.ed25519 import KeyUnusable, VerifyingKey, decode_base64url, encode_base64url
from shared.files import replace_file
from shared.protocol.directory import Directory
from shared.protocol.directory_entry import Entry, EntryRefused
from shared.protocol.directory_file import read_directory
from shared.protocol.key_request import RequestRefused, read_request


def request_keys(
    settings: Settings, name: str, services: tuple[str, ...], out: Path | None, *, if_none: bool = False
) -> Iterator[str]:
    """Make keys for a participant here, and write the request for its entry. Raises StartRefused.

    With `if_none` nothing is done if a key that is here is entered, even if it is revoked, or requested in the file.
    """
    state_dir = settings.state_dir
    state_dir.open()
    participant = name.strip() if name.strip() in services else name.strip().upper()
    if participant not in services and not is_participant(participant):
        raise StartRefused(
            f"{name[:40]!r} is neither a bureau, such as FR, nor another participant, such as CCF, nor a service: "
            f"{', '.join(services)}"
        )
    if participant == SECRETARIAT and not state_dir.is_of_secretariat:
        # With its key here, the gateway here would also become the Secretariat's.
        raise StartRefused(f"{SECRETARIAT} needs no request: run `i247 provision --secretariat`")
    file = out or Path(f"{participant}.request")
    with state_dir.locked():
        known = load_directory(state_dir).entries_of(participant) if state_dir.has_directory() else []
        with refusing(KeyUnusable):
            if if_none and _is_requested(state_dir, participant, file, known):
                return iter([f"a key of {participant} is here, and is entered or requested: nothing to do"])
            kind: ParticipantKind = "service" if participant in services else kind_of(participant)
            with ParticipantKeys(state_dir, clock_of(state_dir), participant, kind).new_request(known) as text:
                try:
                    replace_file(file, text.encode())
                except OSError as error:
                    raise StartRefused(
                        f"{file} cannot be written ({error.strerror}): choose another file with --out; no key was made"
                    ) from error
    request = read_request(text)
    if request.countersignature is None:
        next_step = f"fingerprint {request.fingerprint}: give it on another channel, such as a call"
    else:
        next_step = f"countersigned by the key {request.countersignature.kid}"
    return iter([f"wrote {file}: give it to the General Secretariat (`i247 keys approve`)", next_step])


def _is_requested(state_dir: StateDir, participant: str, file: Path, known: Iterable[Entry]) -> bool:
    here = {key.kid for key in state_dir.keys_of(participant).signing}
    if any(entry.kid in here for entry in known):
        return True
    try:
        statement = read_request(file.read_text(errors="replace")).statement
    except (OSError, RequestRefused):
        return False
    return VerifyingKey(decode_base64url(statement.signing_key)).kid in here


def install_directory(settings: Settings, file: Path, root: str | None) -> Iterator[str]:
    """Install a directory that the Secretariat signed, in place of an older one. Raises StartRefused, WrongUsage."""
    state_dir = settings.state_dir
    state_dir.open()
    with state_dir.locked():
        trusted = _trusted(state_dir, root)
        given = _given(file, trusted)
        new = given.log.size - _size_before(state_dir, trusted, given, file)
        with refusing():
            replace_file(state_dir.directory, file.read_bytes())
            replace_file(state_dir.root_public_key, f"{encode_base64url(trusted.raw)}\n".encode())
    yield f"installed {state_dir.directory}"
    if state_dir.key_numbers(SECRETARIAT):
        # Imported here, as other participants need not wait for the client of the broker.
        from deploy.mesh.rollout import roll_out

        yield from _drop_signed_drafts(state_dir, given)
        yield from roll_out(settings, given, new)
    else:
        yield from _key_states(state_dir, given)


def _trusted(state_dir: StateDir, root: str | None) -> VerifyingKey:
    """Return the pinned public key of the root, or else the one that was given."""
    if root is None:
        if not state_dir.root_public_key.exists():
            raise WrongUsage("give the root's public key, which the Secretariat gave on another channel: --root=KEY")
        return load_root(state_dir)
    try:
        given = VerifyingKey(decode_base64url(root.strip()))
    except ValueError as error:
        raise WrongUsage(f"{root[:60]!r} is not a public key: it has 43 characters of base64url") from error
    if state_dir.root_public_key.exists() and load_root(state_dir).raw != given.raw:
        raise StartRefused(f"{state_dir.root_public_key} is not the key in --root: a network has one root key")
    return given


def _given(file: Path, root: VerifyingKey) -> Directory:
    try:
        return read_directory(file.read_text(errors="replace"), root)
    except OSError as error:
        raise WrongUsage(f"{file} cannot be read ({error.strerror})") from error
    except EntryRefused as refused:
        raise StartRefused(f"{file}: {refused}") from refused


def _size_before(state_dir: StateDir, root: VerifyingKey, given: Directory, file: Path) -> int:
    """Return how many entries are here already. Raises StartRefused unless the file extends them."""
    if not state_dir.has_directory():
        return 0
    here = load_directory(state_dir, root).log
    if here.size > given.log.size:
        raise StartRefused(f"{file} is older than {state_dir.directory}: get the present one from the Secretariat")
    if not given.log.begins_with(here.size, here.root_hash):
        raise StartRefused(
            f"{file} contradicts {state_dir.directory}, though the root key signed both: keep both as evidence"
        )
    return here.size


def _drop_signed_drafts(state_dir: StateDir, given: Directory) -> Iterator[str]:
    """Remove the drafts that the root key signed; report how many newer drafts remain."""
    with state_dir.locked():
        left = [draft for draft in load_drafts(state_dir) if given.entry_of(draft.kid) != draft]
        if left:
            save_drafts(state_dir, left)
            yield f"{len(left)} drafts are not signed yet: `i247 directory sign` signs them"
        else:
            state_dir.drafts.unlink(missing_ok=True)


def _key_states(state_dir: StateDir, given: Directory) -> Iterator[str]:
    """Yield the state of each participant with keys here, and a warning for each valid key that is not here."""
    now = clock_of(state_dir).now().timestamp()
    for name in state_dir.participants_here():
        here = {key.kid for key in state_dir.keys_of(name).signing}
        valid = [entry for entry in given.entries_of(name) if entry.valid_at(now)]
        own = [entry for entry in given.entries_of(name) if entry.kid in here]
        if in_force := [entry.kid for entry in own if entry.valid_at(now)]:
            yield f"{name}: the key {in_force[0]} is in force"
        elif any(entry.revoked_at is not None for entry in own):
            yield f"{name}: the keys that are here are revoked: `i247 keys request {name}` requests new ones"
        else:
            yield f"{name}: no key that is here is {'in force' if own else 'entered yet'}"
        for entry in valid:
            if entry.kid not in here:
                yield (
                    f"WARNING: the key {entry.kid} is in force for {name} and is not here. If you do not "
                    "have it on another machine, the Secretariat entered it without your request: call the "
                    "Secretariat and your partners"
                )
