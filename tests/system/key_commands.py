"""Words of the commands for keys and members, and the participants that the broker admits."""

import json
from typing import Any

from deploy.state.state_dir import StateDir

STANDING = ("bureaus", "standing")
DECIDED = ("--reason", "compliance", "--resolution", "EC/2026/14")


def users(home: StateDir) -> set[str]:
    """Return the NKEYs that the broker would admit."""
    return users_in(json.loads(home.nats_configuration.read_text()))


def users_in(configuration: dict[str, Any]) -> set[str]:
    """Return the NKEYs that a configuration admits."""
    return {user["nkey"] for account in configuration["accounts"].values() for user in account["users"]}
