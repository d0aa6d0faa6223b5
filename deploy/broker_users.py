"""Who the NATS server lets in: kept in step with the directory while it runs."""

import json
import os
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from deploy.home import Home, StartRefused
from deploy.permissions import accounts
from deploy.registrar import administrators
from shared.directory import Directory
from shared.settings import Settings
from shared.signing import write_secret

SERVER: Final = "nats-server"


@dataclass(frozen=True, slots=True)
class UserChange:
    """By whom the list of users became longer, and by whom shorter."""

    admitted: frozenset[str]
    excluded: frozenset[str]


def require_configuration(home: Home) -> None:
    """Make sure, before anything is changed, that the list of users can be. Raises StartRefused."""
    _configuration(home)


def authorize(home: Home, directory: Directory) -> UserChange:
    """Write who is let in into the configuration of the NATS server, and leave the rest of it. Raises StartRefused."""
    configuration = _configuration(home)
    before = _users(configuration)
    wanted = accounts(directory.entries(), administrators(home))
    for name, account in wanted.items():
        # The limits of an account stay as they are while the server runs.
        if "limits" in configuration["accounts"].get(name, {}):
            account["limits"] = configuration["accounts"][name]["limits"]
    changed = configuration["accounts"] != wanted
    configuration["accounts"] = wanted
    after = _users(configuration)
    if changed:
        write_secret(home.nats_configuration, (json.dumps(configuration, indent=1) + "\n").encode())
    return UserChange(after - before, before - after)


def listening_at(settings: Settings) -> str:
    """Return the URL of the NATS server that this state directory is the configuration of. Raises StartRefused."""
    configuration = _configuration(Home(settings.home))
    port = str(configuration["listen"]).rpartition(":")[2]
    return f"{'tls' if 'tls' in configuration else 'nats'}://127.0.0.1:{port}"


def reload_broker(home: Home) -> bool:
    """Have the NATS server read its configuration again; tell whether it runs here. Raises StartRefused."""
    try:
        process = int(Path(_configuration(home)["pid_file"]).read_text())
        if not _is_server(process):
            return False
        os.kill(process, signal.SIGHUP)
    except (KeyError, OSError, ValueError):
        return False
    return True


def _users(configuration: dict[str, Any]) -> frozenset[str]:
    return frozenset(user["nkey"] for account in configuration["accounts"].values() for user in account["users"])


def _configuration(home: Home) -> dict[str, Any]:
    file = home.nats_configuration
    try:
        configuration: dict[str, Any] = json.loads(file.read_bytes())
        _users(configuration)
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise StartRefused(f"{file} is not what `i247 provision` writes: restore or remove it and run that") from error
    return configuration


def _is_server(process: int) -> bool:
    # A server that was killed leaves its file behind, and its number may be another's by now.
    name = Path(f"/proc/{process}/comm")
    return not Path("/proc/self").exists() or name.read_text().strip() == SERVER
