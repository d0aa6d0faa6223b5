"""The system calls that decoding and extraction need; all others are forbidden by a filter (seccomp)."""

import ctypes
import platform
import struct
from collections.abc import Iterator
from typing import Final

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


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("steps", ctypes.c_char_p))


def forbid_other_calls(libc: ctypes.CDLL) -> bool:
    """Have the system refuse all calls but these in all threads, irrevocably; return False if it has no such filter.

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
