"""Take from this process all rights that it does not need for decoding, before it reads untrusted bytes.

Linux has all these protections. Elsewhere there are the limits on memory, files and processes, as far as the system
enforces them. Those in force are returned, so that the others can be logged. Does NOT protect against another image in
the same process.
"""

import ctypes
import os
import resource
import struct
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

from shared.images.system_calls import forbid_other_calls

PROTECTIONS: Final = ("memory", "descriptors", "user", "network", "landlock", "seccomp")
"""Limited memory; no new file or socket; a user or a user namespace of its own; a network of its own; two filters."""

# From which systemd allocates the users of services that have none (`DynamicUser=`): they own no files.
_FIRST_USER, _USERS = 61184, 4336
_NEW_USER, _NEW_NETWORK, _NEW_IPC = 0x10000000, 0x40000000, 0x08000000
_SET_DEATH_SIGNAL, _SET_DUMPABLE, _SET_NO_NEW_PRIVILEGES = 1, 4, 38
_SIGKILL: Final = 9

# What each version of Landlock can forbid, of files, of TCP, and towards other processes. All is forbidden.
_LANDLOCK_FILES: Final = {1: 0x1FFF, 2: 0x3FFF, 3: 0x7FFF, 4: 0x7FFF, 5: 0xFFFF}
_LANDLOCK_TCP_SINCE, _LANDLOCK_SCOPES_SINCE, _LANDLOCK_BITS = 4, 6, 0x3
_LANDLOCK_CREATE, _LANDLOCK_RESTRICT, _LANDLOCK_VERSION = 444, 446, 1


def leave_networks() -> set[str]:
    """Leave the network for one of its own, without any interface. Must come before the first thread.

    Root keeps its user, which `confine` changes; anyone else gets a namespace of users in which there is nobody else.
    """
    libc = _libc()
    if libc is None:
        return set()
    if os.getuid() == 0 and libc.unshare(_NEW_NETWORK | _NEW_IPC) == 0:
        return {"network"}
    if libc.unshare(_NEW_USER | _NEW_NETWORK | _NEW_IPC) == 0:
        return {"network", "user"}
    return set()


def confine(more_memory: int) -> set[str]:
    """Remove all other rights, irrevocably, and return which protections hold.

    `more_memory` bytes may be added to what the process has mapped by now. From here on no file is opened, no module
    imported, no thread started. The process ends with its parent.
    """
    os.chdir("/")
    held = _limit(more_memory)
    if _leave_root():
        held.add("user")
    libc = _libc()
    if libc is not None:
        _give_up_privileges(libc)
        if _forbid_files(libc):
            held.add("landlock")
    # After the last file that is opened here.
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))
    held.add("descriptors")
    if libc is not None and forbid_other_calls(libc):
        held.add("seccomp")
    return held


def _libc() -> ctypes.CDLL | None:
    return ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def _limit(more_memory: int) -> set[str]:
    for limit in (resource.RLIMIT_CORE, resource.RLIMIT_FSIZE, resource.RLIMIT_NPROC):
        resource.setrlimit(limit, (0, 0))
    if sys.platform != "linux":
        # macOS accepts the limit, and does not enforce it.
        return set()
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    limit = pages * resource.getpagesize() + more_memory
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    return {"memory"}


def _leave_root() -> bool:
    """Become a user who owns nothing, if this is root and there is such a user."""
    if os.getuid() != 0:
        return False
    user = _FIRST_USER + os.getpid() % _USERS
    with suppress(OSError):
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)
        return True
    return False


def _give_up_privileges(libc: ctypes.CDLL) -> None:
    libc.prctl(_SET_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    # No process of the same user may read its memory.
    libc.prctl(_SET_DUMPABLE, 0, 0, 0, 0)
    parent = os.getppid()
    libc.prctl(_SET_DEATH_SIGNAL, _SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(0)


def _forbid_files(libc: ctypes.CDLL) -> bool:
    """Forbid all access to files, TCP, and other processes that this version of Landlock knows of."""
    version = libc.syscall(_LANDLOCK_CREATE, None, ctypes.c_size_t(0), _LANDLOCK_VERSION)
    if version < 1:
        return False
    kinds = [
        _LANDLOCK_FILES.get(version, max(_LANDLOCK_FILES.values())),
        _LANDLOCK_BITS if version >= _LANDLOCK_TCP_SINCE else 0,
        _LANDLOCK_BITS if version >= _LANDLOCK_SCOPES_SINCE else 0,
    ]
    while not kinds[-1]:
        # An older system refuses a longer description.
        kinds.pop()
    forbidden = struct.pack(f"={len(kinds)}Q", *kinds)
    rules = libc.syscall(_LANDLOCK_CREATE, forbidden, ctypes.c_size_t(len(forbidden)), 0)
    if rules < 0:
        return False
    try:
        return bool(libc.syscall(_LANDLOCK_RESTRICT, rules, 0) == 0)
    finally:
        os.close(rules)
