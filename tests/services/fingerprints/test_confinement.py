"""The process that decodes images can open no file, reach no network and take no more than its memory."""

import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest

from services.fingerprints.extraction import Extractor
from services.fingerprints.extraction_worker import MORE_MEMORY
from shared.images.refusals import ImageRefused
from tests.services.fingerprints.files import saved_as

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="docs/explanation/security.md says what holds elsewhere"
)

ROOT = Path(__file__).parents[3]
SECRET = "I247_A_SECRET"
NOBODY = "65534"
AS_OTHERS = pytest.mark.parametrize("user", ["", NOBODY], ids=["as it is", "as nobody"])

# What a compromised decoder would try, each written as it would be in C.
ATTEMPT = """
import ctypes, mmap, os, resource, signal, socket, sys
from shared.images.confinement import confine, leave_networks

if sys.argv[1] and os.getuid() == 0:
    os.setgroups([])
    os.setresgid(*[int(sys.argv[1])] * 3)
    os.setresuid(*[int(sys.argv[1])] * 3)
held = leave_networks()
parent = os.getppid()
held |= confine(64 * 1024 * 1024)
libc = ctypes.CDLL(None)

def attempt():
    {attempt}

try:
    attempt()
    print("done")
except (OSError, MemoryError, ValueError):
    print("refused")
"""
ATTEMPTS = {
    "read a file": "open('/etc/passwd').read()",
    "write a file": "open('/tmp/i247-was-here', 'w').write('x')",
    "list a folder": "os.listdir('/')",
    "open a socket": "socket.socket()",
    "open a local socket": "socket.socket(socket.AF_UNIX)",
    "start a process": "os.fork() or os._exit(0)",
    "run a program": "os.execv('/bin/true', ['/bin/true'])",
    "end its parent": "os.kill(parent, signal.SIGCONT)",
    "ask for more memory": "bytearray(256 * 1024 * 1024)",
    "make memory executable": "mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_EXEC)",
    "have more descriptors": "resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))",
    "become root": "os.setuid(0)",
    "look into its parent": "libc.ptrace(16, parent, 0, 0) and (_ for _ in ()).throw(OSError())",
}


@AS_OTHERS
@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_a_confined_process_is_refused_everything_but_computation(attempt: str, user: str) -> None:
    """Whether it was started as root or not."""
    program = ATTEMPT.format(attempt=ATTEMPTS[attempt])
    environment = {"PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"]}
    command = [sys.executable, "-c", program, user]
    ran = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=ROOT)
    assert (ran.returncode, ran.stdout.strip()) == (0, "refused"), ran.stderr


@pytest.fixture
async def extractor(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Extractor]:
    monkeypatch.setenv(SECRET, "x")
    extractor = Extractor()
    await extractor.warm()
    yield extractor
    await extractor.close()


def worker_of(extractor: Extractor) -> psutil.Process:
    process = extractor._workers[0]._process
    assert process is not None
    return psutil.Process(process.pid)


def status_of(worker: psutil.Process) -> dict[str, str]:
    lines = Path(f"/proc/{worker.pid}/status").read_text().splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


def limits_of(worker: psutil.Process) -> dict[str, int]:
    """Return the limits of a worker that are numbers."""
    lines = Path(f"/proc/{worker.pid}/limits").read_text()
    return {name: int(most) for name, most in re.findall(r"^Max ([a-z ]+?)\s{2,}(\d+)", lines, re.MULTILINE)}


def link_of(path: str) -> str:
    return str(Path(path).readlink())


def opened_by(worker: psutil.Process) -> list[str]:
    """Return the open files of a worker: paths, or the kind of a file without one."""
    return sorted(str(file.readlink()).partition(":")[0] for file in Path(f"/proc/{worker.pid}/fd").iterdir())


@pytest.mark.thorough
async def test_a_worker_is_confined_before_its_first_image(extractor: Extractor) -> None:
    """In all ways that this system offers; a missing one would be logged."""
    worker, status = worker_of(extractor), status_of(worker_of(extractor))
    assert extractor._missing == []
    assert (status["Seccomp"], status["NoNewPrivs"], status["Threads"]) == ("2", "1", "1")
    assert link_of(f"/proc/{worker.pid}/ns/net") != link_of("/proc/self/ns/net")
    assert link_of(f"/proc/{worker.pid}/cwd") == "/"
    assert opened_by(worker) == ["/dev/null", "/dev/null", "pipe", "pipe"]
    if os.getuid() == 0:
        assert "0" not in status["Uid"].split()
        assert int(status["CapEff"], 16) == 0


@pytest.mark.thorough
async def test_a_worker_has_no_secret_in_its_environment(extractor: Extractor) -> None:
    """The environment has only what is needed to find its program and libraries."""
    assert set(worker_of(extractor).environ()) <= {
        "LD_LIBRARY_PATH",
        "LC_CTYPE",
        "OPENBLAS_NUM_THREADS",
        "PATH",
        "PYTHONPATH",
    }


@pytest.mark.thorough
async def test_the_memory_of_a_worker_is_limited(extractor: Extractor) -> None:
    """The largest image that is accepted takes less than half of it."""
    worker = worker_of(extractor)
    limits = limits_of(worker)
    assert [limits[each] for each in ("open files", "processes", "file size", "core file size")] == [0] * 4
    most = limits["address space"]
    before = worker.memory_info().vms
    assert most - before <= MORE_MEMORY
    with pytest.raises(ImageRefused):
        await extractor.template(saved_as("PNG", 1500, 1500)[:-200])
    assert worker_of(extractor).memory_info().vms < before + MORE_MEMORY // 2
