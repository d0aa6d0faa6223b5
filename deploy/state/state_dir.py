"""The state directory of a mesh: its paths, its locks, and whether this program can use it."""

import asyncio
import fcntl
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from itertools import count, takewhile
from pathlib import Path
from typing import Final

from deploy.state.errors import StartRefused, no_mesh_in
from shared.bureaus import SECRETARIAT
from shared.crypto.ed25519 import SigningKey
from shared.crypto.hpke import SealingKey
from shared.files import replace_file
from shared.rpc.keyring import PrivateKeys

FORMAT: Final = "7"
SANDBOX: Final = "sandbox"
"""What follows the format in the mark of the state directory of a sandbox; no other kind of mesh is marked."""
POLL_SECONDS: Final = 1.0
_MARK: Final = "format"
_OF_SANDBOX: Final = f"{FORMAT} {SANDBOX}"


def nats_server_name(number: int) -> str:
    """Return the name of a NATS server of this mesh as a process; that of the first has no number."""
    return "nats-server" if number == 1 else f"nats-server-{number}"


class StateDir:
    """The paths under one state directory."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.secrets = self.path / "secrets"
        """Private keys and passwords, readable by their owner only."""
        self.broker = self.path / "broker"
        """The files that the NATS server reads and writes. It needs no other secret."""
        self.root_key = self.secrets / "root.pem"
        """The private root key of the Secretariat. In a real deployment no gateway of a member has it."""
        self.root_public_key = self.path / "root.pub"
        """The public root key, the anchor of trust. It is written once there is a directory."""
        self.token_key = self.secrets / "token.pem"
        """The key that signs the access tokens of this gateway, made at its first start: see `tokens`."""
        self.local_webhooks = self.secrets / "local-webhooks.json"
        """The secrets with which `i247 listen` signs what it posts, by bureau."""
        self.sessions = self.secrets / "sessions.json"
        """Which officers have logged in since their tokens were revoked: see `gateway.auth.sessions`."""
        self.directory = self.path / "directory.json"
        """The directory: see `shared.protocol.directory_file`."""
        self.drafts = self.path / "directory.draft"
        """The entries that the Secretariat decided and the root key has not signed yet."""
        self.officers = self.secrets / "officers.json"
        """The officers of this gateway, with hashed passwords."""
        self.demo_passwords = self.secrets / "demo-passwords.json"
        """The passwords of the demo accounts."""
        self.nats_configuration = self.nats_configuration_of(1)
        """The configuration of the NATS server, or of the first one of a cluster."""
        self.route_secret = self.secrets / "nats" / "routes.secret"
        """The password by which the servers of a cluster admit each other."""
        self.added_bureaus = self.path / "bureaus"
        """The bureaus that joined after the mesh was created, one a line."""
        self.clock = self.path / "clock"
        """The offset of the shared clock; only in a mesh that was started with one."""
        self.sandbox = self.path / SANDBOX
        """What the processes of a sandbox share; only in the state directory of one."""
        self.running = self.path / "running"
        """What runs at present: see `deploy.state.running`."""
        self.stores = self.path / "stores"
        """The stores of services and mailboxes, unless they are on PostgreSQL."""
        self.archive = self.path / "archive"
        """The archived parts of audit logs, unless `I247_AUDIT_ARCHIVE` names another folder."""
        self.field_packs = self.path / "field-packs"
        """The records of a field pack while it is made, before they are encrypted."""
        self.logs = self.path / "log"
        """The logs, one file for each process."""

    def has_directory(self) -> bool:
        """Return whether there is a directory. Raises StartRefused if it was lost: a new one must not replace it.

        Keys do not prove that there was one: an interrupted first start leaves keys without a directory.
        """
        if self.directory.exists():
            return True
        made_later = (self.root_public_key, self.officers, self.nats_configuration, *self.stores.glob("*.db"))
        if any(file.exists() for file in made_later):
            raise StartRefused(f"{self.directory} is missing: {self.how_to_restore()}")
        return False

    def require_mesh(self) -> None:
        """Make sure that a mesh was made here, whether it runs or not. Raises StartRefused."""
        if not self.secrets.exists():
            raise no_mesh_in(self.path)

    def start_command(self) -> str:
        """Return the command that starts the mesh here, or one if there is none yet. Raises StartRefused."""
        option = " --sandbox" if self.is_sandbox else " --clock" if self.clock.exists() else ""
        return f"i247 up{option}"

    def how_to_restore(self) -> str:
        """Return what to do about a directory that is missing or damaged."""
        if not self.root_key.exists():
            return "get it from the General Secretariat, which signs it"
        return (
            "restore it from a backup made after the last revocation; "
            f"to start again with new keys and without members, move {self.path} away"
        )

    def signing_key(self, participant: str, number: int = 1) -> Path:
        """Return the file of a participant's private signing key; later keys are numbered from 2."""
        return self.secrets / "signing" / _numbered(participant, number, ".pem")

    def sealing_key(self, participant: str, number: int = 1) -> Path:
        """Return the file of a bureau's private sealing key, made together with the signing key of that number."""
        return self.secrets / "sealing" / _numbered(participant, number, ".key")

    def key_numbers(self, participant: str) -> list[int]:
        """Return the numbers of a participant's signing keys that are here, in order."""
        folder = self.secrets / "signing"
        later = (file.name.split(".")[1] for file in folder.glob(f"{participant}.*.pem"))
        first = [1] if self.signing_key(participant).exists() else []
        return first + sorted(int(number) for number in later if number.isdigit())

    def participants_here(self) -> list[str]:
        """Return the participants with a signing key here."""
        return sorted({file.name.partition(".")[0] for file in (self.secrets / "signing").glob("*.pem")})

    @property
    def is_of_secretariat(self) -> bool:
        """Whether the Secretariat's keys are, or were, here: the configuration of its broker stays when they go."""
        return bool(self.key_numbers(SECRETARIAT)) or self.nats_configuration.exists()

    def keys_of(self, participant: str) -> PrivateKeys:
        """Read all private keys of a participant that are here. Raises KeyUnusable."""
        numbers = self.key_numbers(participant)
        sealing = [file for number in numbers if (file := self.sealing_key(participant, number)).exists()]
        return PrivateKeys(
            signing=[SigningKey.load(self.signing_key(participant, number)) for number in numbers],
            sealing=[SealingKey.load(file) for file in sealing],
        )

    def nats_seed(self, participant: str) -> Path:
        """Return the file of a participant's NKEY seed."""
        return self.secrets / "nats" / f"{participant}.nk"

    def nats_configuration_of(self, number: int) -> Path:
        """Return the configuration of a NATS server; those of a cluster are numbered from 1."""
        return self.broker / f"{nats_server_name(number)}.conf"

    def nats_configurations(self) -> list[Path]:
        """Return the configurations of all NATS servers that are here, the first one's first, even if it is missing."""
        others = (self.nats_configuration_of(number) for number in count(2))
        return [self.nats_configuration, *takewhile(Path.exists, others)]

    def broker_changed_at(self) -> float:
        """Return when the users of the broker last changed, in seconds since 1970. 0 if no configuration is here."""
        return max((file.stat().st_mtime for file in self.nats_configurations() if file.exists()), default=0.0)

    def nats_store_of(self, number: int, servers: int) -> Path:
        """Return where a NATS server stores its files: the one of a mesh, or one of a cluster of several."""
        return self.broker / ("jetstream" if servers == 1 else f"jetstream-{number}")

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the lock for changes of keys, directory, officers and broker configuration."""
        with (self.path / "change.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    @contextmanager
    def stores_written(self) -> Iterator[None]:
        """Let nobody copy or replace the stores meanwhile, while a command writes to them beside the mesh."""
        with (self.path / "stores.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH)
            yield

    @contextmanager
    def stores_alone(self) -> Iterator[None]:
        """Let no command write to the stores meanwhile. Raises BlockingIOError while one does."""
        with (self.path / "stores.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield

    @asynccontextmanager
    async def broker_duty(self) -> AsyncIterator[None]:
        """Wait for the lock of the one process that monitors the broker, and hold it.

        Two such processes would revert each other's changes and raise alarms about them.
        """
        with (self.path / "broker-duty.lock").open("w") as lock:
            while True:
                with suppress(BlockingIOError):
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                await asyncio.sleep(POLL_SECONDS)
            yield

    def open(self) -> None:
        """Create the directory, or accept it if this program can use it. Raises StartRefused."""
        try:
            self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
            found = self._read_mark() or self._claim()
            self._restrict_access()
        except OSError as error:
            raise self._unusable(error) from error
        if found not in ("", FORMAT, _OF_SANDBOX):
            raise StartRefused(
                f"the state directory {self.path} has format {found}, this program uses {FORMAT}: "
                "move it away or set I247_HOME to another"
            )

    @property
    def is_sandbox(self) -> bool:
        """Whether it is that of a sandbox. Its folders do not tell: anybody can move one. Raises StartRefused."""
        try:
            return self._read_mark() == _OF_SANDBOX
        except OSError as error:
            raise self._unusable(error) from error

    def mark_sandbox(self) -> None:
        """Make it that of a sandbox for ever. It must hold no mesh yet. Raises OSError."""
        self._write_mark(_OF_SANDBOX)

    def _read_mark(self) -> str:
        """Return the format; empty if there is none, also where an interrupted first start left an empty file."""
        mark = self.path / _MARK
        return mark.read_text(errors="replace").strip()[:20] if mark.exists() else ""

    def _claim(self) -> str:
        """Mark an empty directory, unless another program did just now; return the mark that it had."""
        folder = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            # Of the folder itself, as a file for it would be left in one that is refused.
            fcntl.flock(folder, fcntl.LOCK_EX)
            found = self._read_mark()
            if not found:
                self._require_empty()
                self._write_mark(FORMAT)
            return found
        finally:
            os.close(folder)

    def _write_mark(self, content: str) -> None:
        replace_file(self.path / _MARK, f"{content}\n".encode())

    def _unusable(self, error: OSError) -> StartRefused:
        return StartRefused(f"the state directory {self.path} cannot be used: {error.strerror}")

    def _restrict_access(self) -> None:
        """Make records, mail and logs readable by their owner only, whatever the mode of the state directory is."""
        for folder in (self.stores, self.logs):
            folder.mkdir(exist_ok=True, mode=0o700)
            # A folder of another owner is theirs to restrict.
            with suppress(PermissionError):
                folder.chmod(0o700)

    def _require_empty(self) -> None:
        # A volume for the broker's files is mounted before the first start.
        mounted = self.broker.is_dir() and not any(self.broker.iterdir())
        allowed = {self.broker} if mounted else set()
        if any(not file.name.startswith("format") and file not in allowed for file in self.path.iterdir()):
            raise StartRefused(
                f"{self.path} holds files that are not a mesh's state: move them away or set I247_HOME to another"
            )


def _numbered(participant: str, number: int, suffix: str) -> str:
    return f"{participant}{suffix}" if number == 1 else f"{participant}.{number}{suffix}"
