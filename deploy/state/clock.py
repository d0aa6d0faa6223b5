"""The clock of a state directory: the system clock, or for tests a clock that all processes share and tests advance."""

from collections.abc import Callable
from ipaddress import ip_address
from pathlib import Path

from deploy.state.errors import StartRefused
from deploy.state.settings import Settings
from deploy.state.state_dir import StateDir
from shared.clock import Clock, ClockUnusable, SharedClock, SystemClock


def clock_of(state_dir: StateDir) -> Clock:
    """Return the clock of all processes and commands of a state directory. Raises StartRefused."""
    return shared_clock(state_dir) or SystemClock()


def prepare_clock(state_dir: StateDir, settings: Settings) -> None:
    """Make the clock of a mesh that starts the one in the settings. Raises StartRefused.

    A shared clock that was never advanced is removed if the settings do not ask for one.
    """
    shared = shared_clock(state_dir)
    if shared is not None and not shared.offset and not settings.shares_clock:
        state_dir.clock.unlink()
    require_clock(state_dir, settings)


def require_clock(state_dir: StateDir, settings: Settings) -> None:
    """Make sure that a process that starts uses the clock in the settings. Raises StartRefused."""
    if settings.shares_clock:
        require_loopback(settings.host)
        _usable(SharedClock.make, state_dir.clock)
    elif state_dir.clock.exists():
        raise StartRefused(
            f"the state directory {state_dir.path} uses a shared clock, not the system clock: start it with "
            "`i247 up --clock` or set I247_HOME to another"
        )


def shared_clock(state_dir: StateDir) -> SharedClock | None:
    """Return the shared clock; None if the state directory uses the system clock. Raises StartRefused."""
    return _usable(SharedClock, state_dir.clock) if state_dir.clock.exists() else None


def _usable(open_clock: Callable[[Path], SharedClock], file: Path) -> SharedClock:
    try:
        return open_clock(file)
    except ClockUnusable as error:
        raise StartRefused(str(error)) from error
    except OSError as error:
        raise StartRefused(f"{file} cannot be used ({error.strerror}): restore or remove it") from error


def require_loopback(host: str) -> None:
    """Let only programs on this machine advance the clock, as that needs no token. Raises StartRefused."""
    try:
        here = host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        here = False
    if not here:
        raise StartRefused(
            f"a clock that any program may advance requires a loopback address, not {host}: set I247_HOST to "
            "127.0.0.1, or start without --clock and --sandbox"
        )
