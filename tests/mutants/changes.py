"""The changes made to a source file: each replaces a part of its text."""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import singledispatchmethod
from typing import Final

COMPARED: Final = {
    ast.Lt: ("<", "<="), ast.LtE: ("<=", "<"), ast.Gt: (">", ">="), ast.GtE: (">=", ">"), ast.Eq: ("==", "!="),
    ast.NotEq: ("!=", "=="), ast.Is: ("is", "is not"), ast.IsNot: ("is not", "is"), ast.In: ("in", "not in"),
    ast.NotIn: ("not in", "in"),
}  # fmt: skip
COMPUTED: Final = {ast.Add: ("+", "-"), ast.Sub: ("-", "+"), ast.Mult: ("*", "//"), ast.FloorDiv: ("//", "*")}
JOINED: Final = {ast.And: ("and", "or"), ast.Or: ("or", "and")}
CLAUSES: Final = {"order_by", "limit", "where", "distinct", "offset", "with_for_update", "having", "group_by"}
LEFT_ALONE: Final = {"debug", "info", "warning", "error", "exception", "cast", "dataclass", "TypeVar", "NewType"}
LONGEST_WORD: Final = 40


@dataclass(frozen=True)
class Change:
    """One change of a file: the text from `start` to `end` becomes `text`. Offsets are in bytes of UTF-8."""

    line: int
    start: int
    end: int
    text: str
    what: str

    def apply(self, source: str) -> str:
        """Return the source with the change."""
        encoded = source.encode()
        return (encoded[: self.start] + self.text.encode() + encoded[self.end :]).decode()


def changes(source: str) -> list[Change]:
    """Return all changes of a source file in the order of its text. A few do not compile."""
    return sorted(_Finder(source).of(ast.parse(source)), key=lambda change: (change.start, change.end, change.text))


class _Finder:
    def __init__(self, source: str) -> None:
        self._source = source.encode()
        self._lines = [0]
        for line in self._source.splitlines(keepends=True):
            self._lines.append(self._lines[-1] + len(line))

    def of(self, node: ast.AST) -> Iterator[Change]:
        """Yield the changes of a node and its children, except in annotations, docstrings, examples and log calls."""
        yield from self._changes(node)
        for name, value in ast.iter_fields(node):
            if name not in {"annotation", "returns"}:
                parts = value if isinstance(value, list) else [value]
                for part in parts:
                    if isinstance(part, ast.AST) and not _is_left_alone(part):
                        yield from self.of(part)

    @singledispatchmethod
    def _changes(self, _node: ast.AST) -> Iterable[Change]:
        return ()

    @_changes.register
    def _(self, node: ast.Compare) -> Iterator[Change]:
        for left, sign, right in zip([node.left, *node.comparators], node.ops, node.comparators, strict=False):
            if type(sign) in COMPARED:
                yield self._between(left, right, *COMPARED[type(sign)])

    @_changes.register
    def _(self, node: ast.BoolOp) -> Iterator[Change]:
        # The operators of one BoolOp can only be replaced together; with two operands there is one.
        if len(node.values) == 2:
            left, right = node.values
            yield self._between(left, right, *JOINED[type(node.op)])

    @_changes.register
    def _(self, node: ast.BinOp) -> Iterator[Change]:
        if type(node.op) in COMPUTED and not isinstance(node.left, ast.Constant | ast.JoinedStr):
            yield self._between(node.left, node.right, *COMPUTED[type(node.op)])

    @_changes.register
    def _(self, node: ast.UnaryOp) -> Iterator[Change]:
        if isinstance(node.op, ast.Not):
            yield self._replaced(node, f"({self._text(node.operand)})", "without `not`")

    @_changes.register
    def _(self, node: ast.Constant) -> Iterator[Change]:
        match node.value:
            case bool():
                yield self._replaced(node, str(not node.value))
            case int():  # a float is a time or a tuned weight: no test should depend on its exact value
                yield self._replaced(node, f"{node.value + 1}")
            case str() if 0 < len(node.value) <= LONGEST_WORD and " " not in node.value and self._is_plain(node):
                yield self._replaced(node, repr(f"{node.value}x"))

    @_changes.register
    def _(self, node: ast.Return) -> Iterator[Change]:
        if isinstance(node.value, ast.Compare | ast.BoolOp | ast.UnaryOp):
            yield from (self._replaced(node.value, value) for value in ("True", "False"))
        elif node.value is not None and not isinstance(node.value, ast.Constant):
            yield self._replaced(node.value, "None")

    @_changes.register(ast.If)
    @_changes.register(ast.IfExp)
    @_changes.register(ast.While)
    def _(self, node: ast.If | ast.IfExp | ast.While) -> Iterator[Change]:
        yield self._replaced(node.test, f"(not ({self._text(node.test)}))", "condition reversed")

    @_changes.register
    def _(self, node: ast.Call) -> Iterator[Change]:
        # LIMIT 1 only saves work if just the first row is read.
        if isinstance(node.func, ast.Attribute) and node.func.attr in CLAUSES and not _is_one(node.args):
            yield self._replaced(node, self._text(node.func.value), f"without .{node.func.attr}()")

    @_changes.register(ast.Expr)
    @_changes.register(ast.AugAssign)
    @_changes.register(ast.Raise)
    @_changes.register(ast.Delete)
    @_changes.register(ast.Break)
    @_changes.register(ast.Continue)
    def _(self, node: ast.stmt) -> Iterator[Change]:
        if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Yield | ast.YieldFrom | ast.Constant)):
            yield self._replaced(node, "pass", f"without `{self._text(node).splitlines()[0]}`")

    def _is_plain(self, node: ast.Constant) -> bool:
        return self._text(node)[:1] in {'"', "'"}  # and no part of an f-string

    def _text(self, node: ast.AST) -> str:
        return self._source[slice(*self._span(node))].decode()

    def _span(self, node: ast.AST) -> tuple[int, int]:
        assert isinstance(node, ast.expr | ast.stmt)
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        start = self._lines[node.lineno - 1] + node.col_offset
        return start, self._lines[node.end_lineno - 1] + node.end_col_offset

    def _replaced(self, node: ast.expr | ast.stmt, text: str, what: str | None = None) -> Change:
        return Change(node.lineno, *self._span(node), text, what or f"{self._text(node).splitlines()[0]} -> {text}")

    def _between(self, left: ast.expr, right: ast.expr, old: str, new: str) -> Change:
        """Replace the operator between two expressions, which may be in parentheses."""
        begin, end = self._span(left)[1], self._span(right)[0]
        start = begin + self._source[begin:end].index(old.encode())
        line = self._source[:start].count(b"\n") + 1
        return Change(line, start, start + len(old), new, f"{old} -> {new}")


def _is_one(arguments: list[ast.expr]) -> bool:
    return len(arguments) == 1 and isinstance(arguments[0], ast.Constant) and arguments[0].value == 1


def _is_left_alone(node: ast.AST) -> bool:
    match node:
        # Columns: one test compares all tables with the migrations, and executes none of their definitions. `frozen`:
        # mypy refuses to change what is frozen.
        case (
            ast.Expr(value=ast.Constant())
            | ast.keyword(arg="examples" | "json_schema_extra" | "frozen")
            | ast.Call(func=ast.Attribute(attr="Column"))
            | ast.If(test=ast.Name(id="TYPE_CHECKING"))
        ):
            return True
        case ast.Expr(value=ast.Call(func=ast.Attribute(attr=name))) | ast.Call(func=ast.Name(id=name)):
            return name in LEFT_ALONE
        case (
            ast.AnnAssign(target=ast.Name(id=name), value=value) | ast.Assign(targets=[ast.Name(id=name)], value=value)
        ):
            # Tests use a constant by its name, so its value is not tested.
            return name.isupper() and isinstance(value, ast.Constant | ast.BinOp | ast.Call)
    return False
