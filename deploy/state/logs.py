"""Opens the log of a process by its settings."""

from deploy.state.errors import StartRefused
from deploy.state.settings import MEBIBYTE, Settings
from shared.clock import Clock
from shared.logs import Log
from shared.logs.output import LogFile


def open_log(name: str, settings: Settings, clock: Clock) -> Log:
    """Return the log of this process. Raises StartRefused."""
    if settings.log_file is None:
        return Log(name, level=settings.log_level, clock=clock)
    try:
        output = LogFile(settings.log_file, limit=settings.log_file_mib * MEBIBYTE, kept=settings.log_files_kept)
    except OSError as error:
        raise StartRefused(f"I247_LOG_FILE: {settings.log_file} cannot be used ({error.strerror})") from error
    return Log(name, level=settings.log_level, stream=output, clock=clock)
