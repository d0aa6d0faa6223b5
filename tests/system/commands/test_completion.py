"""The scripts of `i247 completion`, read by the shells themselves."""

import os
import pty
import select
import shutil
import subprocess
from pathlib import Path

import pytest

from deploy.commands.completion import SHELLS, script

PATIENCE_SECONDS = 30
WORDS = {
    "i247 stat": {"status"},
    "i247 keys ro": {"rotate"},
    "i247 token F": {"FI", "FJ", "FM", "FR"},
    "i247 token --off": {"--officer"},
    "i247 token --officer aud": {"auditor"},
    "i247 seed --service sto": {"stolen-vehicles"},
    "i247 audit fetch sto": {"stolen-vehicles"},
    "i247 trigger with": {"withdrawal"},
}
"""What is typed, and what may follow."""

BASH = """
source "$1"
function=$(complete -p i247 | sed 's/.* -F \\([^ ]*\\) .*/\\1/')
COMP_WORDS=($2) COMP_CWORD=$((${#COMP_WORDS[@]} - 1)) COMP_LINE=$2 COMP_POINT=${#2}
"$function" i247 "${COMP_WORDS[-1]}" "${COMP_WORDS[-2]}"
printf '%s\\n' "${COMPREPLY[@]}"
"""


@pytest.fixture(params=SHELLS)
def shell(request: pytest.FixtureRequest) -> str:
    """Return a shell of this machine."""
    name: str = request.param
    if shutil.which(name) is None:
        assert name != "bash"
        assert "CI" not in os.environ, "CI installs all of them"
        pytest.skip(f"there is no {name} on this machine")
    return name


@pytest.fixture(scope="module")
def scripts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the script of each shell."""
    folder = tmp_path_factory.mktemp("scripts")
    for name in SHELLS:
        (folder / name).write_text(script(name))
    return folder


def test_the_shell_reads_the_script(shell: str, scripts: Path) -> None:
    """Without an error of its syntax."""
    done = subprocess.run([shell, "-n", scripts / shell], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("typed", WORDS)
def test_bash_completes_commands_options_and_their_values(scripts: Path, typed: str) -> None:
    done = subprocess.run(["bash", "-c", BASH, "bash", scripts / "bash", typed], capture_output=True, text=True)
    assert (set(done.stdout.split()), done.stderr) == (WORDS[typed], "")


@pytest.mark.parametrize("typed", WORDS)
@pytest.mark.parametrize("shell", ["fish"], indirect=True)
def test_fish_completes_them_too(shell: str, scripts: Path, typed: str) -> None:
    command = [shell, "--no-config", "-c", f"source {scripts / shell}; complete -C '{typed}'"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert {line.split("\t")[0] for line in done.stdout.splitlines()} == WORDS[typed]


@pytest.mark.parametrize("typed", ["i247 stat", "i247 token --officer aud"])
@pytest.mark.parametrize("shell", ["zsh"], indirect=True)
def test_zsh_completes_them_too(shell: str, scripts: Path, tmp_path: Path, typed: str) -> None:
    """On a terminal, as zsh completes nothing without one. The help has backquotes, of which zsh must run nothing."""
    (tmp_path / "_i247").write_text((scripts / shell).read_text())
    [completed] = WORDS[typed]
    terminal, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "dumb", "PS1": "", "HISTFILE": ""}
    with subprocess.Popen([shell, "-f", "-i"], stdin=theirs, stdout=theirs, stderr=theirs, env=environment) as process:
        os.close(theirs)
        try:
            setup = f"fpath=({tmp_path} $fpath); autoload -Uz compinit; compinit -D -u; print rea''dy\n"
            os.write(terminal, setup.encode())
            read_until(terminal, "ready")
            os.write(terminal, f"{typed}\t".encode())
            said = read_until(terminal, f" {completed}")
        finally:
            process.kill()
            os.close(terminal)
    assert "not found" not in said


def read_until(terminal: int, wanted: str) -> str:
    """Return what a terminal shows up to a text."""
    shown = ""
    while wanted not in shown:
        assert select.select([terminal], [], [], PATIENCE_SECONDS)[0], shown
        shown += os.read(terminal, 4096).decode(errors="replace")
    return shown
