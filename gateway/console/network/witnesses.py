"""Who cosigned a log, as its signed note says (C2SP tlog-checkpoint). Does NOT verify a signature."""

from collections.abc import Iterable
from typing import Final, NamedTuple

_NAME: Final = "i247/"
_SIGNATURE: Final = "\N{EM DASH} "


class SeenLog(NamedTuple):
    """A log, as it was signed last."""

    name: str
    size: int
    witnesses: list[str]
    """The bureaus that cosigned it."""


def seen_log(note: str) -> SeenLog:
    """Return what a signed note says of a log."""
    lines = note.splitlines()
    name = lines[0].removeprefix(_NAME)
    signers = _signers(lines[1:])
    return SeenLog(name, int(lines[1]), sorted(set(signers) - {name}))


def _signers(lines: Iterable[str]) -> list[str]:
    signed = (line.removeprefix(_SIGNATURE).split(" ")[0] for line in lines if line.startswith(_SIGNATURE))
    return [each.removeprefix(_NAME) for each in signed]
