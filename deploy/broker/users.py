"""Updates the users in the configuration of the NATS server when the directory changes."""

import asyncio
import json
from dataclasses import dataclass
from pathlib import Path
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
from shared.transport import BrokerRefused
from shared.transport.users_list import list_number, list_tag, number_after

PROBE_SECONDS: Final = 1.0
# For a URL without a port.
NATS_PORT: Final = 4222


@dataclass(frozen=True, slots=True)
class UserChange:
    """The NKEYS that were added to the list of users, and those that were removed."""

    admitted: frozenset[str]
    excluded: frozenset[str]


def require_configuration(state_dir: StateDir) -> None:
    """Make sure, before any other change, that the list of users can be changed. Raises StartRefused."""
    _configuration(state_dir)


def update_users(state_dir: StateDir, directory: Directory, excluded: frozenset[str] = frozenset()) -> UserChange:
    """Write the users to the configuration of the NATS server, and keep the rest of it. Raises StartRefused."""
    configuration = _configuration(state_dir)
    before = _users(configuration)
    wanted = accounts(directory.entries(), administrators(state_dir))
    for name, account in wanted.items():
        # The server cannot change the limits of an account while it runs.
        if "limits" in configuration["accounts"].get(name, {}):
            account["limits"] = configuration["accounts"][name]["limits"]
        if name in excluded:
            account["users"] = []
    changed = configuration["accounts"] != wanted
    after = _users({"accounts": wanted})
    if changed:
        common: dict[str, Any] = {"accounts": wanted}
        if "server_tags" in configuration:
            common["server_tags"] = [list_tag(number_after(list_number(configuration["server_tags"])))]
        # The first one last: it is compared with the directory, so that an interrupted change is made again.
        for file in reversed(state_dir.nats_configurations()):
            write_secret(file, (json.dumps(_read(file) | common, indent=1) + "\n").encode())
    return UserChange(after - before, before - after)


async def exclude_users(state_dir: StateDir, known: Directory, names: frozenset[str]) -> bool:
    """Admit all users but these; return whether that is a change. Raises BrokerRefused.

    `known` is the directory of the running process: the file may be older, and miss a revocation.
    """
    entries = known.signed_entries()

    def exclude() -> UserChange:
        with state_dir.locked():
            directory = load_directory(state_dir)
            for entry in entries:
                directory.learn(entry)
            return update_users(state_dir, directory, names)

    try:
        change = await asyncio.to_thread(exclude)
    except (StartRefused, OSError) as error:
        raise BrokerRefused(str(error)) from error
    return bool(change.admitted or change.excluded)


def configured_url(settings: Settings) -> str:
    """Return the URLs of the NATS servers that this state directory configures. Raises StartRefused."""
    configurations = [_read(file) for file in settings.state_dir.nats_configurations()]
    scheme = "tls" if "tls" in configurations[0] else "nats"
    return ",".join(f"{scheme}://127.0.0.1:{str(each['listen']).rpartition(':')[2]}" for each in configurations)


async def is_reachable(url: str, seconds: float = PROBE_SECONDS) -> bool:
    """Return whether the broker, or one server of a cluster, accepts connections."""
    answers = await asyncio.gather(*(_accepts(each, seconds) for each in url.split(",")))
    return any(answers)


async def _accepts(url: str, seconds: float) -> bool:
    try:
        host, port = host_and_port(url)
        async with asyncio.timeout(seconds):
            _, writer = await asyncio.open_connection(host, port)
    except (OSError, ValueError):
        return False
    writer.close()
    return True


def host_and_port(url: str) -> tuple[str, int]:
    """Return where the NATS server of a URL listens. Raises ValueError."""
    where = urlsplit(url)
    return where.hostname or "127.0.0.1", where.port or NATS_PORT


def current_list_number(state_dir: StateDir) -> int:
    """Return the number of the present list of users; 0 if there is none."""
    try:
        return list_number(_configuration(state_dir).get("server_tags", ()))
    except StartRefused:
        return 0


def _users(configuration: dict[str, Any]) -> frozenset[str]:
    return frozenset(user["nkey"] for account in configuration["accounts"].values() for user in account["users"])


def _configuration(state_dir: StateDir) -> dict[str, Any]:
    return _read(state_dir.nats_configuration)


def _read(file: Path) -> dict[str, Any]:
    try:
        configuration: dict[str, Any] = json.loads(file.read_bytes())
        _users(configuration)
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise StartRefused(
            f"{file} is not a configuration that `i247 provision` wrote: restore it, or remove it and run that command"
        ) from error
    return configuration
