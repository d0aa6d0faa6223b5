"""The scripts of `i247 completion`, read by the shells themselves."""

import os
import pty
import select
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.commands.completion import SHELLS, script

PATIENCE_SECONDS = 30
WORDS = {
    "i247 stat": {"status"},
    "i247 keys ro": {"rotate"},
    "i247 token F": {"FR"},
    "i247 trigger hit FR --by I": {"IPSG", "IT"},
    "i247 bureaus add F": {"FI", "FJ", "FM", "FR"},
    "i247 keys rotate F": {"FR"},
    "i247 keys rotate n": {"notices"},
    "i247 sandbox restore s": {"seeded", "start"},
    "i247 officers disable n": set(),
    "i247 officers add FR n": set(),
    "i247 partners add PARTNER-I": {"PARTNER-ICC"},
    "i247 sandbox fault store --failure out": {"outcome-unknown"},
    "i247 logs --service re": {"relay"},
    "i247 help sta": {"status"},
    "i247 token --off": {"--officer"},
    "i247 token --officer aud": {"auditor"},
    "i247 seed --service sto": {"stolen-vehicles"},
    "i247 audit fetch sto": {"stolen-vehicles"},
    "i247 trigger with": {"withdrawal"},
}
"""What is typed, and what may follow; nothing where only the state of a mesh that cannot be listed would say it."""

FISH = """
source $argv[1]
complete -C "$argv[2]"
"""

ZSH = """
_arguments() { : }
compadd() { print -l -- "${@:2}" }
compdef() { : }
source "$1" 2>/dev/null
$3
"""
"""What zsh would show, as it completes nothing without a terminal."""

NOT_NAMES = ("$(touch PWNED)", "`touch PWNED`", "seeded;touch PWNED", "s\n$(touch PWNED)", "s\x1b]0;x\x07", "-s", "sé")
"""What no key and no snapshot is named; a file can be."""

HERE = ("FR.pem", "FR.2.pem", "IT.pem", "IPSG.pem", "notices.pem")
"""The keys in the state directory."""

BASH = """
source "$1"
function=$(complete -p i247 | sed 's/.* -F \\([^ ]*\\) .*/\\1/')
COMP_WORDS=($2)
[[ $2 != *" " ]] || COMP_WORDS+=("")
COMP_CWORD=$((${#COMP_WORDS[@]} - 1)) COMP_LINE=$2 COMP_POINT=${#2}
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


@pytest.fixture(scope="module", autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Set a state directory, in a folder whose name has a space, with keys and snapshots."""
    folder = tmp_path_factory.mktemp("a state")
    keys, snapshots = folder / "secrets" / "signing", folder / "sandbox" / "snapshots"
    keys.mkdir(parents=True)
    for name in HERE:
        (keys / name).touch()
    for name in ("seeded", "start"):
        (snapshots / name).mkdir(parents=True)
    for name in NOT_NAMES:
        (keys / f"{name}.pem").touch()
        (snapshots / name).touch()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("I247_HOME", str(folder))
        yield


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


@pytest.mark.parametrize(
    ("typed", "lists", "names"),
    [
        ("i247 sandbox restore ", "_i247_snapshot", {"seeded", "start"}),
        ("i247 keys rotate ", "_i247_participant", {"FR", "IPSG", "IT", "notices"}),
        ("i247 listen ", "_i247_bureau", {"FR", "IPSG", "IT"}),
    ],
)
def test_no_shell_executes_the_name_of_a_file(
    shell: str, scripts: Path, tmp_path: Path, typed: str, lists: str, names: set[str]
) -> None:
    """Nor completes with it: only what can be the name of a snapshot or of a participant is listed."""
    complete = {"bash": ["-c", BASH, "bash"], "fish": ["--no-config", "-c", FISH], "zsh": ["-f", "-c", ZSH, "zsh"]}
    command = [shell, *complete[shell], scripts / shell, typed, lists]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    listed = {line.split("\t")[0] for line in done.stdout.splitlines()}
    assert ({each for each in listed if not each.startswith("-")}, done.stderr) == (names, "")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("typed", WORDS)
@pytest.mark.parametrize("shell", ["fish"], indirect=True)
def test_fish_completes_them_too(shell: str, scripts: Path, typed: str) -> None:
    command = [shell, "--no-config", "-c", f"source {scripts / shell}; complete -C '{typed}'"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert {line.split("\t")[0] for line in done.stdout.splitlines()} == WORDS[typed]


@pytest.mark.thorough
@pytest.mark.parametrize("typed", ["i247 stat", "i247 token --officer aud", "i247 token F"])
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
