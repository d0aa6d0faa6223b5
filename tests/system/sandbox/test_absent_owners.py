"""A sandbox without the owners of test identities says at its start which outcomes never happen."""

from pathlib import Path

import pytest

from deploy.provisioning.identities import owners_that_never_act
from deploy.state.errors import StartRefused
from deploy.state.settings import Settings, load_settings
from gateway.sandbox.stored_identities import NAME, OwnerAct, StoredIdentity, write_identities
from shared.identity import Purpose
from tests.system.mesh import RunningMesh, running_mesh

NEVER = (
    "without DE in this mesh no search of a test identity has these outcomes, for which its owner must act: "
    "confirmed, denied, withdrawn; add DE to --bureaus"
)


def identity(outcome: str, owner_does: OwnerAct | None = None, *, is_withdrawn: bool = False) -> StoredIdentity:
    """Return a test identity of Germany."""
    return StoredIdentity(
        service="stolen-vehicles",
        outcome=outcome,
        meaning="",
        search="/api/stolen-vehicles/search",
        query={},
        file=None,
        total=1,
        owner="DE",
        records=(),
        purpose=Purpose.LOCATE,
        owner_does=owner_does,
        is_withdrawn=is_withdrawn,
    )


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Return the settings of a state directory with test identities, and without any bureau."""
    made = load_settings(home=tmp_path)
    made.state_dir.sandbox.mkdir()
    acts: list[tuple[str, OwnerAct]] = [("confirmed", "confirm"), ("denied", "deny"), ("unanswered", "ignore")]
    answered = [identity(outcome, act) for outcome, act in acts]
    write_identities(
        made.state_dir.sandbox,
        [identity("exact"), *answered, *answered, identity("withdrawn", is_withdrawn=True)],
    )
    return made


def test_outcomes_that_need_an_act_of_an_absent_owner_are_named(settings: Settings) -> None:
    """Once each, with what to change; a record that is only found needs no owner, nor does one without an answer."""
    assert owners_that_never_act(settings) == NEVER


def test_nothing_is_said_of_owners_that_are_here(settings: Settings) -> None:
    signing = settings.state_dir.secrets / "signing"
    signing.mkdir(parents=True)
    (signing / "DE.pem").touch()
    assert owners_that_never_act(settings) is None


def test_damaged_test_identities_are_named_and_refused(settings: Settings) -> None:
    """They are not read as none."""
    (settings.state_dir.sandbox / NAME).write_bytes(b"[{}")
    with pytest.raises(StartRefused, match="holds no test identities"):
        owners_that_never_act(settings)


def output_of(mesh: RunningMesh) -> str:
    """Return what a mesh has printed."""
    home = Path(mesh.environment["I247_HOME"])
    return (home.parent / f"{home.name}.out").read_text()


@pytest.mark.thorough
def test_the_start_warns_of_an_absent_owner_alone(tmp_path: Path, running: RunningMesh) -> None:
    """In one line, before it is ready; a sandbox with the owner says nothing."""
    assert "warning" not in output_of(running)
    with running_mesh(tmp_path / "var", "--sandbox", "--bureaus", "FR,PL") as mesh:
        [line] = [line for line in output_of(mesh).splitlines() if "warning" in line]
    assert line.partition("] ")[2] == f"warning: {NEVER}"
