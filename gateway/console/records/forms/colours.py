"""The colours of notices: what each is for, in a sentence, for an officer who chooses one."""

from typing import Final, NamedTuple


class Colour(NamedTuple):
    """A colour of notices."""

    code: str
    text: str
    """What it is for, in English: the key of its translations."""

    is_of_secretariat: bool = False
    """Whether the General Secretariat alone drafts it."""


def _(text: str) -> str:
    return text


COLOURS: Final = (
    Colour("red", _("Find and arrest a person who is wanted for a serious crime, to be extradited.")),
    Colour("blue", _("Find or identify a person, or learn more about one, for a criminal investigation.")),
    Colour("green", _("Warn of a person who commits crimes, and is a danger to public safety.")),
    Colour("yellow", _("Find a missing person, or learn who a person is that cannot say so.")),
    Colour("black", _("Learn who a dead person was.")),
    Colour("orange", _("Warn of a person, an object or an event that is an imminent threat.")),
    Colour("purple", _("Tell of a way of acting, an object, a device or a hiding place of criminals.")),
    Colour("silver", _("Find and learn of assets that come from crime.")),
    Colour("un-special", _("Tell of a person or an entity under sanctions of the Security Council."), True),
)
BY_CODE: Final = {each.code: each for each in COLOURS}


def open_to(*, is_secretariat: bool) -> list[Colour]:
    """Return the colours that a bureau may draft."""
    return [each for each in COLOURS if is_secretariat or not each.is_of_secretariat]
