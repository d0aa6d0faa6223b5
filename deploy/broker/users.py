"""Who the NATS server lets in: kept in step with the directory while it runs."""

import asyncio
import json
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from deploy.broker.nkeys import administrators
from deploy.broker.permissions import accounts
from deploy.state.directory_file import load_directory
from deploy.state.errors import StartRefused
from deploy.state.settings import Settings
from deploy.state.state_dir import StateDir
from shared.crypto.ed25519 import write_secret
from shared.protocol.directory import Directory
from shared.transport import NotStored
from shared.transport.users_list import list_number, list_tag, number_after

PROBE_SECONDS: Final = 1.0


@dataclass(frozen=True, slots=True)
class UserChange:
    """By whom the list of users became longer, and by whom shorter."""

    admitted: frozenset[str]
    excluded: frozenset[str]


def require_configuration(home: StateDir) -> None:
    """Make sure, before anything is changed, that the list of users can be. Raises StartRefused."""
    _configuration(home)


def authorize(home: StateDir, directory: Directory, left_out: frozenset[str] = frozenset()) -> UserChange:
    """Write who is let in into the configuration of the NATS server, and leave the rest of it. Raises StartRefused."""
    configuration = _configuration(home)
    before = _users(configuration)
    wanted = accounts(directory.entries(), administrators(home))
    for name, account in wanted.items():
        # The limits of an account stay as they are while the server runs.
        if "limits" in configuration["accounts"].get(name, {}):
            account["limits"] = configuration["accounts"][name]["limits"]
        if name in left_out:
            account["users"] = []
    changed = configuration["accounts"] != wanted
    configuration["accounts"] = wanted
    after = _users(configuration)
    if changed:
        if "server_tags" in configuration:
            configuration["server_tags"] = [list_tag(number_after(list_number(configuration["server_tags"])))]
        write_secret(home.nats_configuration, (json.dumps(configuration, indent=1) + "\n").encode())
    return UserChange(after - before, before - after)


async def leave_out(home: StateDir, known: Directory, names: frozenset[str]) -> bool:
    """Write that all but these are let in; return whether that is a change. Raises NotStored if it cannot be.

    The file of a machine where no keys are changed may be older than what is known, and name keys that are revoked.
    """
    try:
        change = await asyncio.to_thread(_leave_out, home, known.signed_entries(), names)
    except (StartRefused, OSError) as error:
        raise NotStored(str(error)) from error
    return bool(change.admitted or change.excluded)


def _leave_out(home: StateDir, known: list[str], names: frozenset[str]) -> UserChange:
    with home.changing():
        directory = load_directory(home)
        for entry in known:
            directory.learn(entry)
        return authorize(home, directory, names)


def listening_at(settings: Settings) -> str:
    """Return the URL of the NATS server that this state directory is the configuration of. Raises StartRefused."""
    configuration = _configuration(StateDir(settings.home))
    port = str(configuration["listen"]).rpartition(":")[2]
    return f"{'tls' if 'tls' in configuration else 'nats'}://127.0.0.1:{port}"


async def is_answering(url: str) -> bool:
    """Tell whether anything answers where a broker should be."""
    where = urlsplit(url)
    try:
        async with asyncio.timeout(PROBE_SECONDS):
            _, writer = await asyncio.open_connection(where.hostname, where.port)
    except (OSError, TimeoutError):
        return False
    writer.close()
    return True


def list_before(home: StateDir) -> int:
    """Return the number of the list of users that is written; 0 where there is none."""
    try:
        return list_number(_configuration(home).get("server_tags", ()))
    except StartRefused:
        return 0


def _users(configuration: dict[str, Any]) -> frozenset[str]:
    return frozenset(user["nkey"] for account in configuration["accounts"].values() for user in account["users"])


def _configuration(home: StateDir) -> dict[str, Any]:
    file = home.nats_configuration
    try:
        configuration: dict[str, Any] = json.loads(file.read_bytes())
        _users(configuration)
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise StartRefused(f"{file} is not what `i247 provision` writes: restore or remove it and run that") from error
    return configuration
