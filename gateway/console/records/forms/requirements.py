"""What a notice has of all that its colour requires, while it is typed: the API says it, of what can be read so far."""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any, Final, NamedTuple

from gateway.console.api import target_of
from gateway.console.in_process import ApiRefused
from gateway.console.page import Page
from gateway.console.records.forms.nodes import Fault, faults_in

PATH: Final = "/api/notices/requirements"
# What cannot be read is left out, and the rest asked again.
_ATTEMPTS: Final = 4
_INVALID: Final = 422


class Needs(NamedTuple):
    """What is needed, and what is there."""

    requirements: Sequence[Mapping[str, Any]] = ()
    unreadable: Sequence[Fault] = ()
    is_known: bool = True
    """Whether the API has answered."""

    @property
    def missing(self) -> int:
        """How many requirements are not met."""
        return sum(each["state"] == "missing" for each in self.requirements)

    @property
    def of_colour(self) -> list[Mapping[str, Any]]:
        """The requirements of the colour, and those of all colours that are not met."""
        return [each for each in self.requirements if not each["of_all_colours"] or each["state"] == "missing"]

    @property
    def is_complete(self) -> bool:
        """Whether nothing is missing."""
        return self.is_known and not self.missing and not self.unreadable


async def needs_of(page: Page, content: Any, *, diffusion: bool = False, photograph: bool = False) -> Needs:
    """Return what a notice needs. Where the API cannot say it, nothing is known; nothing is raised."""
    target = target_of(PATH, {"diffusion": diffusion, "photograph": photograph})
    unreadable: list[Fault] = []
    for _attempt in range(_ATTEMPTS):
        try:
            answer = await page.api.post(target, content)
        except ApiRefused as refused:
            faults = [each for each in faults_in(refused.problem) if each not in unreadable]
            if refused.status != _INVALID or not faults:
                break
            unreadable += faults
            content = without(content, [each.pointer for each in faults])
        else:
            return Needs(answer["requirements"], unreadable)
    return Needs(unreadable=unreadable, is_known=False)


def without(content: Any, pointers: Sequence[str]) -> Any:
    """Return JSON without the values at some pointers."""
    kept = deepcopy(content)
    for pointer in pointers:
        _blank(kept, pointer.split("/")[1:])
    return _without_blanks(kept)


def _blank(value: Any, steps: Sequence[str]) -> None:
    """Make the value at the end of some steps null. The places of others stay, as further pointers name them."""
    *way, last = steps or [""]
    for step in way:
        value = _at(value, step)
    if isinstance(value, dict) and last in value:
        value[last] = None
    elif isinstance(value, list) and last.isdecimal() and int(last) < len(value):
        value[int(last)] = None


def _without_blanks(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_blanks(each) for name, each in value.items() if each is not None}
    if isinstance(value, list):
        return [_without_blanks(each) for each in value if each is not None]
    return value


def _at(value: Any, step: str) -> Any:
    if isinstance(value, dict):
        return value.get(step)
    if isinstance(value, list) and step.isdecimal() and int(step) < len(value):
        return value[int(step)]
    return None
