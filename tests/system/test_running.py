"""What is announced as running in a state directory that processes of several containers share."""

import os
from contextlib import ExitStack
from pathlib import Path

from deploy.state.running import announced, running_in
from deploy.state.settings import Settings
from deploy.state.state_dir import StateDir


def test_replicas_with_the_same_process_id_are_all_announced(tmp_path: Path) -> None:
    """As in containers, in each of which the first process has the same id; none waits for another."""
    home = StateDir(tmp_path)
    with ExitStack() as stack:
        for _ in range(3):
            stack.enter_context(announced(home, "notices")).write(Settings(home=tmp_path))
        assert [(one.what, one.pid) for one in running_in(home)] == [("notices", os.getpid())] * 3
    assert running_in(home) == []
    assert list(home.running.iterdir()) == []
