"""The settings that let webhooks go to private addresses."""

from pathlib import Path

import pytest

from deploy.cli import main
from deploy.mesh.gateway_process import gateway_context
from deploy.mesh.process_context import ProcessContext
from deploy.state.settings import load_settings
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
    assert main(["provision"]) == 0
    parts = gateway_context((), ProcessContext("gateway", load_settings()), {})
    targets = parts.webhook_sender.targets
    try:
        addresses = await targets.addresses(targets.parse("http://127.0.0.1/"))
    except TargetRefused:
        addresses = []
    assert bool(addresses) == allowed
