"""A sandbox: a mesh for tests, whose state may be faked, reset and restored. Nothing else may become one."""

from collections.abc import Iterator
from contextlib import contextmanager

from deploy.state.clock import clock_of
from deploy.state.errors import StartRefused, unwritable
from deploy.state.settings import Settings
from deploy.state.snapshots import Snapshots
from deploy.state.state_dir import StateDir


def require_whole_mesh(settings: Settings) -> None:
    """Refuse to start a sandbox of what is, or might be, used in production. Raises StartRefused."""
    if not settings.sandbox:
        return
    for setting, value in (("I247_NATS_URL", settings.nats_url), ("I247_STORE_URL", settings.store_url)):
        if value is not None:
            raise StartRefused(
                f"a sandbox has a broker and stores of its own: unset {setting}, or start without --sandbox"
            )


def prepare_sandbox(state_dir: StateDir, settings: Settings) -> None:
    """Make the state directory that of a sandbox, if the settings ask for one and it holds no other mesh.

    Raises StartRefused.
    """
    if settings.sandbox and not state_dir.sandbox.exists():
        if state_dir.has_directory():
            raise StartRefused(
                f"the state directory {state_dir.path} holds a mesh that is no sandbox, and a sandbox may be reset: "
                "set I247_HOME to another"
            )
        state_dir.sandbox.mkdir(mode=0o700)
    require_sandbox(state_dir, settings)
    if settings.sandbox:
        with _usable():
            Snapshots(state_dir).finish()


def prepare_snapshots(state_dir: StateDir) -> None:
    """Remember what a sandbox is before its first start, for `reset`. Raises StartRefused."""
    with _usable():
        Snapshots(state_dir).require_start(clock_of(state_dir).now().timestamp())


def require_sandbox(state_dir: StateDir, settings: Settings) -> None:
    """Make sure that a process that starts is of a sandbox if the state directory is one. Raises StartRefused."""
    if state_dir.sandbox.exists() and not settings.sandbox:
        raise StartRefused(
            f"the state directory {state_dir.path} is that of a sandbox: start it with `i247 up --sandbox` "
            "or set I247_HOME to another"
        )


@contextmanager
def _usable() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise unwritable(error) from error
