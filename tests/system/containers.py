"""Runs the compose file without Docker: each container is a process, and each of its volumes a folder.

Variables are interpolated, containers wait for those they depend on, and a path or a port of a container becomes
one of this machine. Does NOT confine a process to its folders or networks, nor enforce read-only mounts.
"""

import json
import os
import re
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx

from shared.process import die_with_parent
from tests.broker import free_ports
from tests.postgres import PostgresServer
from tests.system.mesh import PROJECT, free_port

FILE = PROJECT / "deploy" / "compose.yaml"
OF_CLUSTER = PROJECT / "deploy" / "compose.cluster.yaml"
STATEMENTS = PROJECT / "deploy" / "databases.sql"
TIMEOUT_SECONDS = 120
STOP_SECONDS = 20
BROKER_PORT, GATEWAY_PORT = "8248", "8247"

Container = dict[str, Any]


def containers(*others: Path) -> dict[str, Container]:
    """Return the definitions of the containers in the compose file, to which others add some, as compose merges them.

    The files are JSON after a comment line.
    """
    merged: dict[str, Container] = {}
    for file in (FILE, *others):
        found: dict[str, Container] = json.loads(file.read_text().partition("\n")[2])["services"]
        for name, container in found.items():
            before = merged.get(name, {})
            environment = before.get("environment", {}) | container.get("environment", {})
            merged[name] = {**before, **container, **({"environment": environment} if environment else {})}
    return merged


def mounts(container: Container) -> dict[str, str]:
    """Return the volumes of a container by mount path, without the mode."""
    return {path: volume for volume, path, *_ in (mount.split(":") for mount in container["volumes"])}


def passwords(command: str, project: Path) -> dict[str, str]:
    """Make `.env` in a folder with this command of the documents, and return its variables."""
    (project / "deploy").mkdir()
    (project / "deploy" / "compose.yaml").write_bytes(FILE.read_bytes())
    subprocess.run(["sh", "-ec", command], cwd=project, check=True)
    made = project / "deploy" / ".env"
    assert stat.S_IMODE(made.stat().st_mode) == 0o600
    again = subprocess.run(["sh", "-ec", command], cwd=project, capture_output=True)
    assert again.returncode != 0, "passwords in use must not be replaced"
    return dict(line.split("=") for line in made.read_text().splitlines())


class Compose:
    """One run of the compose file."""

    def __init__(self, folder: Path, variables: Mapping[str, str], postgres: PostgresServer, *others: Path) -> None:
        """`variables` are those of `.env`; `others` are files that add to the compose file."""
        self.folder = folder
        self._variables = variables
        self._postgres = postgres
        self._containers = containers(*others)
        self._ports = {name: str(free_port()) for name in self._containers}
        self._brokers = [name for name in self._containers if name.partition("-")[0] == "broker"]
        first = free_ports(2 * len(self._brokers))
        self._ports |= {name: str(first + index) for index, name in enumerate(self._brokers)}
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._done: set[str] = set()

    def up(self, *names: str) -> None:
        """Start these or all, and their dependencies, unless they run. Raises AssertionError with a container's log."""
        self._done = set(self._running)
        for name in names or self._containers:
            self._start(name)

    def stop(self) -> None:
        """Stop all that run, and the broker after its clients."""
        others = {name: process for name, process in self._running.items() if name not in self._brokers}
        for at_once in (others, self._running):
            for process in at_once.values():
                process.send_signal(signal.SIGTERM)
            for process in at_once.values():
                process.wait(STOP_SECONDS)
        self._running.clear()

    def kill(self, name: str) -> None:
        """Kill a container at once, and do not start it again."""
        process = self._running.pop(name)
        process.kill()
        process.wait(STOP_SECONDS)

    def run(self, name: str, *command: str) -> str:
        """Run a command in a container, as `docker compose exec` does, and return its output."""
        return subprocess.run(
            command, env=self._environment(name), cwd=PROJECT, text=True, capture_output=True, check=True
        ).stdout

    def base(self, name: str) -> str:
        """Return the base URL of a gateway."""
        return f"http://127.0.0.1:{self._ports[name]}"

    def volume(self, name: str) -> Path:
        """Return the folder of a volume."""
        return self.folder / "volumes" / name

    def log(self, name: str) -> str:
        """Return the log of a container."""
        return (self.folder / f"{name}.log").read_text()

    def is_healthy(self, name: str) -> bool:
        """Return the result of the health check of a container."""
        _, *check = self._here(name, self._containers[name]["healthcheck"]["test"])
        return subprocess.run(check, env=self._environment(name), cwd=PROJECT, capture_output=True).returncode == 0

    def _start(self, name: str) -> None:
        if name in self._done:
            return
        self._done.add(name)
        container = self._containers[name]
        for other, how in container.get("depends_on", {}).items():
            self._start(other)
            if how["condition"] == "service_healthy":
                self._wait_for(other)
        if name == "postgres":
            self._make_databases(container)
            return
        self._mount(container)
        process = self._process(name)
        if container["restart"] == "no":
            assert process.wait(TIMEOUT_SECONDS) == 0, self.log(name)
        else:
            self._running[name] = process
        for number in range(2, container.get("scale", 1) + 1):
            self._running[f"{name}-{number}"] = self._process(name, f"{name}-{number}")

    def _process(self, name: str, log_name: str = "") -> subprocess.Popen[bytes]:
        container = self._containers[name]
        command = self._here(name, [*container.get("entrypoint", []), *container["command"]])
        with (self.folder / f"{log_name or name}.log").open("ab") as log:
            return subprocess.Popen(
                command,
                env=self._environment(name),
                cwd=PROJECT,
                stdout=log,
                stderr=log,
                preexec_fn=die_with_parent,  # noqa: PLW1509 - no thread runs here
            )

    def _wait_for(self, name: str) -> None:
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while name in self._running and not self.is_healthy(name):
            assert self._running[name].poll() is None, self.log(name)
            assert time.monotonic() < deadline, self.log(name)
            time.sleep(0.2)

    def _make_databases(self, container: Container) -> None:
        """Create the databases, as the image does at its first start."""
        if not self._postgres.ask("SELECT 1 FROM pg_database WHERE datname = 'i247_notices'"):
            environment = {name: self._interpolated(value) for name, value in container["environment"].items()}
            self._postgres.carry_out(STATEMENTS, environment)

    def _mount(self, container: Container) -> None:
        """Make the folders of the volumes; a volume mounted in another is a symbolic link there."""
        paths = mounts(container)
        for path, volume in sorted(paths.items()):
            self.volume(volume).mkdir(parents=True, exist_ok=True, mode=0o700)
            parent = paths.get(str(Path(path).parent))
            if parent is not None and not (inner := self.volume(parent) / Path(path).name).exists():
                inner.symlink_to(self.volume(volume))

    def _environment(self, name: str) -> dict[str, str]:
        """Return the environment of a container, which has only the PATH of this process."""
        programs = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
        given = self._containers[name]["environment"]
        keys, values = list(given), self._here(name, list(given.values()))
        return {"PATH": programs, **dict(zip(keys, values, strict=True))}

    def _here(self, name: str, words: list[str]) -> list[str]:
        """Return arguments of a container with paths and ports of this machine."""
        here = {path: str(self.volume(volume)) for path, volume in mounts(self._containers[name]).items()}
        here |= {"/tmp": str(self._in_memory(name))}  # noqa: S108 - replaced by this
        here |= {f"{broker}:{BROKER_PORT}": f"127.0.0.1:{self._ports[broker]}" for broker in self._brokers}
        own_broker = name if name in self._brokers else "broker"
        here |= {BROKER_PORT: self._ports[own_broker], GATEWAY_PORT: self._ports[name]}
        here |= {"0.0.0.0": "127.0.0.1"}  # noqa: S104 - replaced by this
        found = re.compile("|".join(re.escape(each) for each in sorted(here, key=len, reverse=True)))
        # Passwords are inserted last, as they may contain the digits of a port.
        return [self._interpolated(self._stored_here(found.sub(lambda each: here[each[0]], word))) for word in words]

    def _in_memory(self, name: str) -> Path:
        folder = self.folder / "tmp" / name
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def _stored_here(self, word: str) -> str:
        """Return a store URL with the socket of the local server instead of its host."""
        return self._postgres.at_socket(word, "postgres") if word.startswith("postgresql://") else word

    def _interpolated(self, text: str) -> str:
        """Interpolate variables as compose does. Raises KeyError for a missing required one."""
        required = re.compile(r"\$\$|\$\{(\w+):\?[^}]*\}")
        return required.sub(lambda found: self._variables[found[1]] if found[1] else "$", text)


def client(network: Compose, bureau: str) -> httpx.Client:
    """Return a client of the officer whose login `i247 officer` prints in a bureau's container."""
    name = f"gateway-{bureau.lower()}"
    printed = dict(line.split(maxsplit=1) for line in network.run(name, "i247", "officer", bureau).splitlines())
    login = {"grant_type": "password", "username": printed["username"], "password": printed["password"]}
    token = httpx.post(f"{network.base(name)}/oauth/token", data=login).raise_for_status().json()["access_token"]
    return httpx.Client(base_url=network.base(name), headers={"Authorization": f"Bearer {token}"}, timeout=30)
