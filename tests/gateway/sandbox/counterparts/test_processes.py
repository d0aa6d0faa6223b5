"""Counterparts in a gateway of several processes, and after a restart."""

import json
from pathlib import Path

import pytest

from tests.gateway.sandbox.counterparts.integrator import Integrator
from tests.system.mesh import running_mesh

pytestmark = pytest.mark.thorough

OPTIONS = ("--sandbox", "--bureaus", "FR,DE")


def test_several_processes_act_once_and_restart_with_the_same_scripts(tmp_path: Path) -> None:
    """Whichever process a request reaches, all of them follow the script."""
    home = tmp_path / "var"
    with running_mesh(home, *OPTIONS, I247_GATEWAY_WORKERS="3") as mesh, Integrator(mesh) as me:
        me.script(messages={"do": "answer", "text": "We call you back."})
        questions = [me.message(f"Question {number}") for number in range(10)]
        for question in questions:
            me.delivery(question, "read")
            me.until(lambda question=question: me.received(question), bool)  # type: ignore[misc] # a default binds it
        assert [len(me.received(question)) for question in questions] == [1] * 10
        [counterpart] = me.listed()
        assert sorted(act["about"] for act in counterpart["acts"]) == sorted(questions)
        stored = home / "sandbox" / "counterparts.json"
        assert stored.stat().st_mode & 0o777 == 0o600
        assert json.loads(stored.read_text())["counterparts"]["DE"]["script"]["messages"]["do"] == "answer"
        me.script(cut_off_seconds=3600)
        waiting = me.message()
        me.delivery(waiting, "sent")
    with running_mesh(home, *OPTIONS) as mesh, Integrator(mesh) as me:
        assert me.listed()[0]["cut_off_until"] is not None
        me.delivery(waiting, "sent")
        me.clear()
        me.delivery(waiting, "delivered")


def test_a_snapshot_holds_the_scripts(me: Integrator) -> None:
    """The restored bureaus are the counterparts of then, in the conditions of then."""
    me.script(clock_minutes=-10, messages={"do": "answer"})
    before = me.listed()
    assert me.sandbox.post("/sandbox/snapshots", json={"name": "scripted"}).status_code == 201
    me.clear()
    me.delivery(me.message(), "read", "delivered")
    assert me.sandbox.post("/sandbox/snapshots/scripted/restore").status_code == 202
    assert me.listed() == before
    refused = me.ask("DE", "GET", "/api/stolen-vehicles")
    assert (refused.status_code, refused.json()["reason"]) == (502, "not-yet-valid")
    assert me.sandbox.delete("/sandbox/snapshots/scripted").status_code == 204
