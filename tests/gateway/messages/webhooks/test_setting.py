"""The settings that let webhooks go to private addresses."""

from pathlib import Path

import pytest

from deploy.cli import main
from deploy.mesh.contexts import process_context
from deploy.mesh.gateway_process import gateway_context
from deploy.state.clock import prepare_clock
from deploy.state.sandbox import prepare_sandbox
from deploy.state.settings import load_settings
from deploy.state.state_dir import StateDir
from gateway.messages.webhooks.targets import PRIVATE_TARGETS_SETTING, TargetRefused


@pytest.mark.parametrize(
    ("stated", "allowed"),
    [
        ({}, False),
        ({PRIVATE_TARGETS_SETTING: "false"}, False),
        ({PRIVATE_TARGETS_SETTING: "true"}, True),
        ({"I247_SANDBOX": "true"}, True),
    ],
)
async def test_private_targets_are_allowed_only_by_the_setting_and_in_a_sandbox(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stated: dict[str, str], allowed: bool
) -> None:
    """The default is to refuse them. A sandbox listens on loopback, where the receiver of an integrator is, too."""
    monkeypatch.setenv("I247_HOME", str(tmp_path))
    monkeypatch.setenv("I247_BUREAUS", "FR")
    for name, value in stated.items():
        monkeypatch.setenv(name, value)
    settings = load_settings()
    state_dir = StateDir(tmp_path)
    state_dir.open()
    prepare_sandbox(state_dir, settings)
    prepare_clock(state_dir, settings)
    assert main(["provision"]) == 0
    parts = gateway_context((), process_context("gateway", settings), {})
    targets = parts.webhook_sender.targets
    try:
        addresses = await targets.addresses(targets.parse("http://127.0.0.1/"))
    except TargetRefused:
        addresses = []
    assert bool(addresses) == allowed
