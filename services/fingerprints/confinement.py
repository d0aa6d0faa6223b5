"""Take from this process all rights that it does not need for decoding, before it reads untrusted bytes.

Linux has all these protections. Elsewhere there are the limits on memory, files and processes, as far as the system
enforces them. Those in force are returned, so that the others can be logged. Does NOT protect against another image in
the same process.
"""

import ctypes
import os
import platform
import resource
import struct
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

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


# The machines, what the system calls them (AUDIT_ARCH), and the number of the call that installs a filter.
_MACHINES: Final = {"x86_64": (0, 0xC000003E, 317), "aarch64": (1, 0xC00000B7, 277)}
# The numbers of each call on these machines. Not among them: open, socket, connect, clone, execve, kill, ptrace.
_ALLOWED: Final = {
    "read": (0, 63),
    "write": (1, 64),
    "munmap": (11, 215),
    "brk": (12, 214),
    "rt_sigaction": (13, 134),
    "rt_sigprocmask": (14, 135),
    "rt_sigreturn": (15, 139),
    "sched_yield": (24, 124),
    "mremap": (25, 216),
    "madvise": (28, 233),
    "alarm": (37, None),
    "setitimer": (38, 103),
    "getpid": (39, 172),
    "exit": (60, 93),
    "gettimeofday": (96, 169),
    "getrusage": (98, 165),
    "sigaltstack": (131, 132),
    "gettid": (186, 178),
    "futex": (202, 98),
    "sched_getaffinity": (204, 123),
    "restart_syscall": (219, 128),
    "clock_gettime": (228, 113),
    "clock_nanosleep": (230, 115),
    "exit_group": (231, 94),
    "getrandom": (318, 278),
}
_ALLOWED_UNLESS_EXECUTABLE: Final = {"mmap": (9, 222), "mprotect": (10, 226)}

_INSTALL_FILTER, _IN_ALL_THREADS = 1, 1
_LOAD, _JUMP_IF_EQUAL, _JUMP_IF_SET, _RETURN = 0x20, 0x15, 0x45, 0x06
_ALLOW, _DENY, _KILL = 0x7FFF0000, 0x00050001, 0x80000000  # the second with EPERM
_CALL_AT, _MACHINE_AT, _PROTECTION_AT, _EXECUTABLE = 0, 4, 32, 4

# What to do, how far to jump if something is so and if not, and a number.
_Step = tuple[int, int, int, int]


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
    if libc is not None and _forbid_calls(libc):
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


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("steps", ctypes.c_char_p))


def _forbid_calls(libc: ctypes.CDLL) -> bool:
    """Have the system refuse all other calls in all threads, irrevocably; return False if it has no such filter.

    The filter is a program of the classic Berkeley Packet Filter (seccomp). A refused call fails with EPERM, so that a
    library that calls more than it needs can continue. The process must have set `PR_SET_NO_NEW_PRIVS`.
    """
    if platform.machine() not in _MACHINES:
        return False
    column, name, install = _MACHINES[platform.machine()]
    steps = b"".join(struct.pack("=HBBI", *step) for step in _filter(column, name))
    program = _Program(len(steps) // 8, steps)
    return bool(libc.syscall(install, _INSTALL_FILTER, _IN_ALL_THREADS, ctypes.byref(program)) == 0)


def _filter(column: int, machine: int) -> Iterator[_Step]:
    yield (_LOAD, 0, 0, _MACHINE_AT)
    yield (_JUMP_IF_EQUAL, 1, 0, machine)
    yield (_RETURN, 0, 0, _KILL)
    yield (_LOAD, 0, 0, _CALL_AT)
    for numbers in _ALLOWED.values():
        if (number := numbers[column]) is not None:
            yield (_JUMP_IF_EQUAL, 0, 1, number)
            yield (_RETURN, 0, 0, _ALLOW)
    for numbers in _ALLOWED_UNLESS_EXECUTABLE.values():
        yield (_JUMP_IF_EQUAL, 0, 4, numbers[column])
        yield (_LOAD, 0, 0, _PROTECTION_AT)
        yield (_JUMP_IF_SET, 1, 0, _EXECUTABLE)
        yield (_RETURN, 0, 0, _ALLOW)
        yield (_RETURN, 0, 0, _DENY)
    yield (_RETURN, 0, 0, _DENY)
