"""The command `i247 trigger`: the real thing happens, and the bureau sees it where the command says."""

import json
from pathlib import Path
from typing import Any

import pytest

from deploy.cli import main
from deploy.state.settings import Settings
from tests.system.commands.conftest import Run
from tests.system.mesh import RunningMesh, running_mesh

FORMS = {"withdrawal": "withdrawal", "notice": "publication"}


def seen(mesh: RunningMesh, kind: str, bureau: str = "FR", *options: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Let it happen, and return what the command printed and what the bureau gets at the address in it."""
    done = mesh.i247("trigger", kind, bureau, "--json", *options)
    assert (done.returncode, done.stderr) == (0, "")
    said = json.loads(done.stdout)
    assert (said["kind"], said["bureau"]) == (kind, bureau)
    with mesh.client(bureau) as officer:
        answer = officer.get(said["url"])
        assert answer.status_code == 200
        body: dict[str, Any] = answer.json()
    return said, body


@pytest.mark.thorough
def test_a_hit_is_that_of_another_bureau_on_a_record_of_the_bureau(mesh: RunningMesh) -> None:
    said, hit = seen(mesh, "hit", "FR", "--by", "PL")
    assert (hit["id"], hit["record"]) == (said["ids"]["hit"], said["ids"]["record"])
    assert (hit["owner"], hit["finder"], said["by"]) == ("FR", "PL", "PL")


@pytest.mark.thorough
def test_a_message_is_in_the_inbox_when_the_command_returns(mesh: RunningMesh) -> None:
    said, message = seen(mesh, "message")
    assert (message["id"], message["box"], message["from"]) == (said["ids"]["message"], "inbox", said["by"])


@pytest.mark.thorough
@pytest.mark.parametrize("kind", FORMS)
def test_a_service_writes_about_what_another_bureau_did(mesh: RunningMesh, kind: str) -> None:
    """A withdrawal must be applied; a diffusion comes with its content."""
    said, _ = seen(mesh, kind)
    with mesh.client("FR") as officer:
        message = officer.get(f"/api/messages/{said['ids']['message']}").json()
        assert (message["form"], message["box"]) == (FORMS[kind], "inbox")
        if kind == "withdrawal":
            assert officer.post(f"/api/messages/{said['ids']['message']}/applied").status_code == 200


@pytest.mark.thorough
def test_a_refusal_is_signed_by_the_other_bureau(mesh: RunningMesh) -> None:
    said, message = seen(mesh, "refusal")
    assert message["progress"] == {"refused": 1}
    assert message["id"] == said["ids"]["message"]


@pytest.mark.thorough
def test_an_expiry_needs_a_clock_that_can_be_advanced(mesh: RunningMesh) -> None:
    """Otherwise one sentence says how to start such a mesh, and nothing is entered."""
    done = mesh.i247("trigger", "expiry", "FR")
    assert (done.returncode, done.stdout) == (3, "")
    assert "`i247 up --sandbox` or `--clock`" in done.stderr


@pytest.mark.thorough
def test_an_expiry_comes_after_the_question_whether_to_keep_the_record(tmp_path: Path) -> None:
    """The record is then shown to nobody; what else happens later is not in the way."""
    with running_mesh(tmp_path / "var", "--clock", "--bureaus", "FR,DE") as mesh:
        for _ in range(2):
            said, message = seen(mesh, "expiry")
            assert message["form"] == "review-due"
            with mesh.client("FR") as officer:
                assert officer.get(f"/api/notices/{said['ids']['record']}").status_code == 404
        seen(mesh, "message")


@pytest.mark.parametrize(("bureau", "status"), [("XX", 2), ("CCF", 2), ("IT", 3), ("FR", 3)])
def test_what_cannot_happen_is_refused(settings: Settings, run: Run, bureau: str, status: int) -> None:
    """To an unknown bureau or to no bureau, to one without a gateway here, and where no other bureau is here."""
    ended, objects, problems = run("trigger", "message", bureau)
    assert (ended, objects, len(problems)) == (status, [], 1)


def test_the_kinds_are_listed_with_what_they_do(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["trigger", "--help"])
    assert "`hit`: another bureau finds a record of this one" in " ".join(capsys.readouterr().out.split())
