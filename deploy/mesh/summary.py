"""What `i247 up` prints of a mesh that is ready: its addresses, and commands for another terminal."""

import shlex
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from deploy.state.gateway import base_of
from deploy.state.settings import Settings
from shared.bureaus import SECRETARIAT

SHOWN_BUREAUS: Final = 12
NEEDED: Final = ("home", "host", "port", "nats_port", "nats_url")
"""The settings without which a command finds no mesh, or another one."""


def summary(settings: Settings) -> str:
    """Return the lines, indented."""
    return "\n".join(f"  {line}" for line in _lines(settings))


def _lines(settings: Settings) -> Iterator[str]:
    base, state_dir, bureaus = base_of(settings), settings.state_dir, settings.bureaus
    example, i247 = next(iter(bureaus), SECRETARIAT), command_of(settings)
    yield f"gateway    {base}"
    yield f"console    {base}/  (sign in with a login)"
    yield f"documents  {base}/docs"
    yield f"broker     {settings.broker_url}"
    yield f"state      {state_dir.path}  (logs in {state_dir.logs})"
    yield f"bureaus    {', '.join(bureaus[:SHOWN_BUREAUS])}{', ...' if len(bureaus) > SHOWN_BUREAUS else ''}"
    if settings.sandbox:
        yield (
            "sandbox    yes, for tests only: programs on this machine may reset it, move its clock and let steps fail, "
            f"without a token ({base}/sandbox)"
        )
    yield f"a token    {i247} token {example}"
    yield f"a login    {i247} officer {example}"
    yield f"a demo     {i247} demo"
    yield f"its state  {i247} status"
    yield "stop       Ctrl-C"


def command_of(settings: Settings) -> str:
    """Return `i247` as a terminal in this folder takes it, or one anywhere if settings are not the usual ones."""
    needed, used = _needed(settings), Path(sys.argv[0])
    if used.name != "i247":
        return " ".join([*needed, sys.executable, "-m", "deploy"])
    return " ".join([*needed, shlex.quote(str(used.absolute() if needed else used))])


def _needed(settings: Settings) -> list[str]:
    fields, values = type(settings).model_fields, {name: getattr(settings, name) for name in NEEDED}
    changed = {name: value for name, value in values.items() if value != fields[name].default}
    if "home" in changed:
        changed["home"] = settings.home.absolute()
    return [f"I247_{name.upper()}={shlex.quote(str(value))}" for name, value in changed.items()]
