"""The commands of the page about replicas and brokers, as a reader runs them."""

import json
import os
import signal
import subprocess
from pathlib import Path

import psutil
import pytest

from tests.broker import free_ports
from tests.documents import block_run_by, lay_out
from tests.system.cluster.servers import PORTS
from tests.system.mesh import PROJECT, free_port, left_of

SECONDS = 180


@pytest.mark.thorough
def test_the_page_starts_replicas_and_brokers(tmp_path: Path) -> None:
    """They run on when the shell that started them has ended, and end together."""
    commands = block_run_by("tests/system/cluster/test_page.py", "how-to/replicas.md")
    home = tmp_path / "var"
    ports = {"I247_PORT": str(free_port()), "I247_NATS_PORT": str(free_ports(PORTS)), "I247_BUREAUS": "FR"}
    environment = {**os.environ, "PYTHONPATH": str(PROJECT), "I247_HOME": str(home), **ports}
    folder = lay_out(tmp_path / "project")
    done = subprocess.run(
        ["bash", "-ec", commands], cwd=folder, env=environment, capture_output=True, text=True, timeout=SECONDS
    )
    [announced] = (home / "running").glob("mesh-*.json")
    running = json.loads(announced.read_text())
    first = psutil.Process(running["pid"])
    family = [first, *first.children(recursive=True)]
    try:
        assert done.returncode == 0, done.stdout + done.stderr
        names = {each["name"] for each in running["processes"]}
        assert names >= {"nats-server-3", "gateway-2", "notices-2", "stolen-vehicles-2"}
        assert "i247-3 " in done.stdout
    finally:
        first.send_signal(signal.SIGINT)
        assert left_of(family, seconds=30) == []
