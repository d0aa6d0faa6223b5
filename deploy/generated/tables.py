"""The generated tables of the README."""

import ast
import inspect
import re
from itertools import pairwise

from deploy.generated.asyncapi.tables import heads_table, limits_table, members_table, subjects_table
from deploy.state.settings import Settings
from shared.errors import PROBLEM_TYPE_PREFIX, REFUSALS, TransportRefusal
from shared.protocol.directory import Entry
from shared.protocol.messages import AttachmentNote, Content


def with_tables(readme: str) -> str:
    """Return the README with current tables."""
    for name, table in _tables().items():
        pattern = re.compile(rf"<!-- {name} -->.*?<!-- /{name} -->", re.DOTALL)
        readme = pattern.sub(lambda _, n=name, t=table: f"<!-- {n} -->\n{t}<!-- /{n} -->", readme)  # type: ignore[misc]
    return readme


def _tables() -> dict[str, str]:
    return {
        "problems": _problems(),
        "settings": _settings(),
        "subjects": subjects_table(),
        "entries": members_table(Entry),
        "heads": heads_table(),
        "contents": members_table(Content),
        "attachments": members_table(AttachmentNote),
        "limits": limits_table(),
    }


def _problems() -> str:
    """Return the table of all problems. The services, which define some, must have been imported."""
    rows = [
        f"| {kind.status} | `{code}` | {kind.title} | {_mark(kind)} |"
        for code, kind in sorted(REFUSALS.items(), key=lambda pair: (pair[1].status, pair[0]))
    ]
    head = f"| status | `{PROBLEM_TYPE_PREFIX}`... | meaning | `I247-Error` |\n|---|---|---|---|\n"
    return head + "\n".join(rows) + "\n"


def _mark(kind: type) -> str:
    return f"`{kind.mark}`" if issubclass(kind, TransportRefusal) else ""


def _settings() -> str:
    rows = [
        f"| `I247_{name.upper()}` | {_default(name)} | {description} |" for name, description in descriptions().items()
    ]
    return "| variable | default | meaning |\n|---|---|---|\n" + "\n".join(rows) + "\n"


def descriptions() -> dict[str, str]:
    """Return the description of each setting: the text below it in the source."""
    [definition] = ast.parse(inspect.getsource(Settings)).body
    assert isinstance(definition, ast.ClassDef)  # noqa: S101 - it is the source of a class
    return {
        ast.unparse(setting.target): " ".join(text.value.value.split())
        for setting, text in pairwise(definition.body)
        if isinstance(setting, ast.AnnAssign)
        and isinstance(text, ast.Expr)
        and isinstance(text.value, ast.Constant)
        and isinstance(text.value.value, str)
    }


def _default(name: str) -> str:
    default = Settings.model_fields[name].default
    if default in {None, ()}:
        return ""
    return f"`{','.join(default) if isinstance(default, tuple) else default}`"
