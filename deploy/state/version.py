"""The versions that a report of a fault names."""

import platform
from importlib.metadata import version

from deploy.state.state_dir import FORMAT


def versions() -> str:
    """Return the version of the program, that of Python, and that of the format of the state directory."""
    return f"i247 {version('i247')}, Python {platform.python_version()}, state format {FORMAT}"
