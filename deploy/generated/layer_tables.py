"""The tables of packages and allowed imports, made from the contracts of import-linter in pyproject.toml."""

import ast
import re
import tomllib
from typing import Any

from deploy.generated.markdown import table
from deploy.generated.source_tree import PROJECT


def layers_reference() -> str:
    """Return a table for each contract on layers, the highest layer first, and a line for each other contract."""
    stated = tomllib.loads((PROJECT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    tables = [_table(contract) for contract in stated if contract["type"] == "layers"]
    others = [f"* {contract['name']}." for contract in stated if contract["type"] != "layers"]
    return "\n".join([*tables, "### Other contracts\n", *others]) + "\n"


def _table(contract: dict[str, Any]) -> str:
    rows = [
        (f"{number}{', apart' if '|' in layer else ''}", f"`{package}`", _purpose(container, package))
        for container in contract.get("containers", [""])
        for number, layer in enumerate(contract["layers"], 1)
        for package in re.split(r"\s*[|:]\s*", layer)
    ]
    return f"### {contract['name']}\n\n{table('layer | package | what for', rows)}"


def _purpose(container: str, package: str) -> str:
    module = PROJECT.joinpath(*container.split("."), *package.split("."))
    file = module / "__init__.py" if module.is_dir() else module.with_suffix(".py")
    return (ast.get_docstring(ast.parse(file.read_text())) or "").split("\n\n")[0].replace("\n", " ")
