"""The checkout of the source that some commands write to. An installed package has none."""

from pathlib import Path
from typing import Final

from deploy.state.errors import StartRefused

PROJECT: Final = Path(__file__).parents[2]


def require_source_tree(command: str, project: Path = PROJECT) -> None:
    """Make sure that a command which works on the source does not write beside an installed package.

    Raises StartRefused.
    """
    if not (project / "pyproject.toml").exists():
        raise StartRefused(
            f"`i247 {command}` works on the source, and this program is installed as a package: run it in a checkout"
        )
