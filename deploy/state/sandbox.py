"""A sandbox: a mesh for tests, whose state may be faked, reset and restored. Nothing else may become one."""

from collections.abc import Iterator
from contextlib import contextmanager

from deploy.state.clock import clock_of, require_loopback
from deploy.state.errors import StartRefused, unwritable
from deploy.state.settings import Settings
from deploy.state.snapshots import Snapshots
from deploy.state.state_dir import StateDir
from shared.sandbox.restores import CountLost, begin_count, restores_of


def require_whole_mesh(settings: Settings) -> None:
    """Refuse to start a sandbox of what is, or might be, used in production. Raises StartRefused."""
    if not settings.sandbox:
        return
    # Before its state directory is made that of a sandbox, which it stays.
    require_loopback(settings.host)
    for setting, value in (("I247_NATS_URL", settings.nats_url), ("I247_STORE_URL", settings.store_url)):
        if value is not None:
            raise StartRefused(
                f"a sandbox has a broker and stores of its own: unset {setting}, or start without --sandbox"
            )
    if settings.nats_replicas > 1:
        raise StartRefused(
            "a sandbox has one NATS server, whose store its snapshots contain: start it without --nats-cluster and "
            "I247_NATS_REPLICAS, or start a mesh without --sandbox and --counterparts"
        )


def prepare_sandbox(state_dir: StateDir, settings: Settings) -> None:
    """Make the state directory that of a sandbox, if the settings ask for one and it holds no other mesh.

    Raises StartRefused.
    """
    if settings.sandbox:
        with _usable():
            _prepare(state_dir)
    require_sandbox(state_dir, settings)
    require_folder_of_kind(state_dir)


def _prepare(state_dir: StateDir) -> None:
    if not state_dir.is_sandbox:
        if state_dir.has_directory():
            raise StartRefused(
                f"the state directory {state_dir.path} holds a mesh that is no sandbox, and a sandbox may be reset: "
                "set I247_HOME to another"
            )
        state_dir.mark_sandbox()
    if not state_dir.sandbox.exists():
        if state_dir.has_directory():
            raise StartRefused(
                f"the state directory {state_dir.path} is that of a sandbox, whose folder {state_dir.sandbox.name} "
                "was removed: restore it, or set I247_HOME to another"
            )
        state_dir.sandbox.mkdir(mode=0o700)
    snapshots = Snapshots(state_dir)
    if not snapshots.has_start:
        begin_count(state_dir.sandbox)
    restores_of(state_dir.sandbox)
    snapshots.finish()


def prepare_snapshots(state_dir: StateDir) -> None:
    """Remember what a sandbox is before its first start, for `reset`. Raises StartRefused."""
    with _usable():
        Snapshots(state_dir).require_start(clock_of(state_dir).now().timestamp())


def require_sandbox(state_dir: StateDir, settings: Settings) -> None:
    """Make sure that a process is of a sandbox exactly if the state directory is that of one. Raises StartRefused."""
    if state_dir.is_sandbox and not settings.sandbox:
        raise StartRefused(
            f"the state directory {state_dir.path} is that of a sandbox: start it with `i247 up --sandbox` "
            "or set I247_HOME to another"
        )
    if settings.sandbox and not state_dir.is_sandbox:
        raise StartRefused(f"the state directory {state_dir.path} is that of no sandbox: set I247_HOME to another")


def require_folder_of_kind(state_dir: StateDir) -> None:
    """Refuse an ordinary mesh with the folder of a sandbox: one of them was moved here. Raises StartRefused."""
    if state_dir.sandbox.exists() and not state_dir.is_sandbox:
        raise StartRefused(
            f"the state directory {state_dir.path} is that of no sandbox, but has the folder "
            f"{state_dir.sandbox.name} of one: nothing in it is used, move it away"
        )


@contextmanager
def _usable() -> Iterator[None]:
    try:
        yield
    except CountLost as lost:
        raise StartRefused(str(lost)) from lost
    except OSError as error:
        raise unwritable(error) from error
