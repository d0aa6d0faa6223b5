"""Whom the relay has the NATS server let in where TLS is on: those who are in its configuration at the moment."""

import json
from pathlib import Path
from typing import Any, Final

from deploy.broker.nkeys import load_issuer
from deploy.broker.permissions import BROKER_ACCOUNT, SYSTEM_ACCOUNT
from deploy.state.errors import StartRefused
from deploy.state.state_dir import StateDir
from shared.transport import BROKER_OPERATOR, BROKER_SYSTEM
from shared.transport.nats.admission import Admission, NotAdmissible, User
from shared.transport.users_list import list_number

# The one user of these accounts who is not the relay. Every other account has the name of its participant.
NAMES: Final = {BROKER_ACCOUNT: BROKER_OPERATOR, SYSTEM_ACCOUNT: BROKER_SYSTEM}


def admission(home: StateDir) -> Admission:
    """Return what decides who is let in. Raises StartRefused."""
    users = ConfiguredUsers(home.nats_configuration)
    try:
        users.find("", 0)
    except NotAdmissible as error:
        raise StartRefused(f"{error}: put the file there that the NATS server reads") from error
    return Admission(load_issuer(home), users.find)


class ConfiguredUsers:
    """The users in the configuration of the NATS server as it is now: who is revoked or paused is not among them."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._read_at: tuple[int, int] | None = None
        self._users: dict[str, User] = {}
        self._number = 0

    def find(self, nkey: str, number: int) -> User | None:
        """Return whom an NKEY stands for.

        Raises NotAdmissible where the configuration cannot be read, or is older than that of the server, of which
        `number` is the one of its list of users: a copy that was not renewed would let in who was revoked.
        """
        try:
            status = self._file.stat()
            if (now := (status.st_mtime_ns, status.st_ino)) != self._read_at:
                configuration = json.loads(self._file.read_bytes())
                self._users = _users(configuration)
                self._number = list_number(configuration.get("server_tags", ()))
                self._read_at = now
        except (OSError, ValueError, LookupError, TypeError) as error:
            raise NotAdmissible(f"the relay cannot read in {self._file} whom to let in") from error
        if self._number < number:
            raise NotAdmissible(f"{self._file} at the relay is older than what the NATS server reads: renew it")
        return self._users.get(nkey)


def _users(configuration: dict[str, Any]) -> dict[str, User]:
    return {
        user["nkey"]: User(NAMES.get(account, account), account, user.get("permissions", {}))
        for account, settings in configuration["accounts"].items()
        for user in settings["users"]
    }
