"""Decides which connections the relay admits if TLS is on: those of the users in the present broker configuration."""

import json
from pathlib import Path
from typing import Any, Final

from deploy.broker.nkeys import load_issuer
from deploy.broker.permissions import BROKER_ACCOUNT, SYSTEM_ACCOUNT
from deploy.state.errors import StartRefused
from deploy.state.state_dir import StateDir
from shared.transport.nats.admission import Admission, NotAdmissible, User
from shared.transport.subjects import BROKER_OPERATOR, BROKER_SYSTEM
from shared.transport.users_list import list_number

# The one user of these accounts other than the relay. Every other account has the name of its participant.
NAMES: Final = {BROKER_ACCOUNT: BROKER_OPERATOR, SYSTEM_ACCOUNT: BROKER_SYSTEM}


def admission(state_dir: StateDir) -> Admission:
    """Return the admission service of the relay. Raises StartRefused."""
    users = ConfiguredUsers(state_dir.nats_configuration)
    try:
        users.find("", 0)
    except NotAdmissible as error:
        raise StartRefused(f"{error}: copy the file that the NATS server reads to this place") from error
    return Admission(load_issuer(state_dir), users.find)


class ConfiguredUsers:
    """The users in the present configuration of the NATS server, without revoked and paused participants."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._read_at: tuple[int, int] | None = None
        self._users: dict[str, User] = {}
        self._number = 0

    def find(self, nkey: str, number: int) -> User | None:
        """Return the user of an NKEY; `number` is that of the list of users which the server has.

        Raises NotAdmissible if the configuration cannot be read, or is older than the server's: an old copy would admit
        a revoked user.
        """
        try:
            status = self._file.stat()
            if (now := (status.st_mtime_ns, status.st_ino)) != self._read_at:
                configuration = json.loads(self._file.read_bytes())
                self._users = _users(configuration)
                self._number = list_number(configuration.get("server_tags", ()))
                self._read_at = now
        except (OSError, ValueError, LookupError, TypeError) as error:
            raise NotAdmissible(f"the relay cannot read the users in {self._file}") from error
        if self._number < number:
            raise NotAdmissible(
                f"{self._file} at the relay is older than the configuration of the NATS server: copy it again"
            )
        return self._users.get(nkey)


def _users(configuration: dict[str, Any]) -> dict[str, User]:
    return {
        user["nkey"]: User(NAMES.get(account, account), account, user.get("permissions", {}))
        for account, settings in configuration["accounts"].items()
        for user in settings["users"]
    }
