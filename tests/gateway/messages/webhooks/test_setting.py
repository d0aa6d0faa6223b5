"""The setting that lets webhooks go to private addresses."""

from pathlib import Path

import pytest

from deploy.cli import main
from deploy.mesh.gateway_process import gateway_context
from deploy.mesh.process_context import ProcessContext
from deploy.state.settings import load_settings
from gateway.messages.webhooks.targets import TargetRefused


@pytest.mark.parametrize(("value", "allowed"), [(None, False), ("false", False), ("true", True)])
async def test_private_targets_are_allowed_only_by_the_setting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: str | None, allowed: bool
) -> None:
    """The default is to refuse them."""
    monkeypatch.setenv("I247_HOME", str(tmp_path))
    monkeypatch.setenv("I247_BUREAUS", "FR")
    if value is not None:
        monkeypatch.setenv("I247_WEBHOOK_PRIVATE_TARGETS", value)
    assert main(["provision"]) == 0
    parts = gateway_context((), ProcessContext("gateway", load_settings()), {})
    targets = parts.webhook_sender.targets
    try:
        addresses = await targets.addresses(targets.parse("http://127.0.0.1/"))
    except TargetRefused:
        addresses = []
    assert bool(addresses) == allowed
