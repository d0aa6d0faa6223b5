"""The tests go on when a worker dies."""

import subprocess
import sys
from pathlib import Path

import pytest

CONFTEST = "from tests.scheduling import pytest_xdist_make_scheduler as pytest_xdist_make_scheduler\n"
TESTS = """
import os

import pytest

@pytest.mark.parametrize("number", range({number}))
def test_it(number):
    if number == {died}:
        os._exit(1)
"""


@pytest.mark.thorough
@pytest.mark.parametrize("died", [0, 4])
@pytest.mark.parametrize("number", [1, 5])
def test_when_a_worker_dies_its_test_has_failed_and_all_others_are_run(tmp_path: Path, died: int, number: int) -> None:
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "test_dies.py").write_text(TESTS.format(number=5, died=died))
    for name in ("a", "b", "c"):
        (tmp_path / f"test_{name}.py").write_text(TESTS.format(number=number, died=-1))
    options = ("-q", "-n2", "-p", "no:cacheprovider", f"--rootdir={tmp_path}", "-p", "no:asyncio")
    command = [sys.executable, "-m", "pytest", *options, str(tmp_path)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 1
    assert f"crashed while running 'test_dies.py::test_it[{died}]'" in ended.stdout
    assert f"1 failed, {4 + 3 * number} passed" in ended.stdout
