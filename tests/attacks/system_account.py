"""Access to the server's own account, in which it says what everybody subscribes to."""

import json
import os
import secrets
import signal
import time
from typing import Final

import nkeys

from deploy.home import Home

RELOADED: Final = "Reloaded server configuration"
RELOAD_SECONDS: Final = 10


def ensure_system_account(home: Home) -> str:
    """Return the seed of a user of the system account; a configuration without one gets one, and is reloaded."""
    if "system_account" in json.loads(home.nats_configuration.read_text()):
        return home.nats_seed("system").read_text().strip()
    return _added_user(home)


def _added_user(home: Home) -> str:
    seed: bytes = nkeys.encode_seed(secrets.token_bytes(32), nkeys.PREFIX_BYTE_USER)
    user = {"nkey": nkeys.from_seed(bytearray(seed)).public_key.decode()}
    configuration = json.loads(home.nats_configuration.read_text())
    # The name of the account that a server without a `system_account` makes for itself.
    configuration.setdefault("accounts", {})["$SYS"] = {"users": [user]}
    home.nats_configuration.write_text(json.dumps(configuration))
    _reload(home)
    return seed.decode()


def _reload(home: Home) -> None:
    log = home.logs / "nats-server.log"
    done = log.read_text().count(RELOADED)
    os.kill(int((home.path / "nats-server.pid").read_text()), signal.SIGHUP)
    deadline = time.monotonic() + RELOAD_SECONDS
    while log.read_text().count(RELOADED) == done:
        if time.monotonic() > deadline:
            raise RuntimeError(f"the broker did not take its new configuration: {log.read_text()[-2000:]}")
        time.sleep(0.01)
