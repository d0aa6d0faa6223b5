"""Lets Node.js verify envelopes, seals and directory entries, without a broker."""

import json
from pathlib import Path
from typing import Any

from tests.interop.node import Node


class NodeVerifier:
    """Verifies with the entries of one directory."""

    def __init__(self, node: Node, folder: Path, root: str, entries: list[str]) -> None:
        self._node = node
        self._file = folder / "cases.json"
        self._directory = {"root": root, "entries": entries}

    def __call__(self, act: str, *cases: dict[str, Any]) -> list[Any]:
        """Return the outcome of each case: what `check.mjs` returns for the act, or the reason for a refusal."""
        self._file.write_text(json.dumps({"directory": self._directory, "cases": cases}))
        outcomes: list[Any] = self._node.run("check.mjs", act, self._file)
        return outcomes


def reason_in(outcome: Any) -> str | None:
    """Return the reason for which a case was refused, or None if it was not."""
    return outcome if isinstance(outcome, str) else None
