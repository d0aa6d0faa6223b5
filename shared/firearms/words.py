"""The types of words that describe a firearm: a listed one is replaced by its standard name, any other is refused."""

from enum import StrEnum
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, ValidationInfo

from shared.codes.word_list import unknown
from shared.firearms.vocabulary import OTHER
from shared.firearms.vocabulary.calibres import CALIBRE_NAMES, listed_calibre
from shared.firearms.vocabulary.kinds import KIND_NAMES
from shared.firearms.vocabulary.makes import MAKE_NAMES, standard_model
from shared.validation import wrong

# The oldest that are still carried.
EARLIEST_YEAR: Final = 1700
LISTED: Final = "`GET /api/firearms/codes`"

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)]
Marks = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]


class FirearmKind(StrEnum):
    """The kind of a firearm, or of a part of one that is numbered alone."""

    PISTOL = "pistol"
    REVOLVER = "revolver"
    DERRINGER = "derringer"
    SINGLE_SHOT_PISTOL = "single-shot-pistol"
    RIFLE = "rifle"
    ASSAULT_RIFLE = "assault-rifle"
    SHOTGUN = "shotgun"
    COMBINATION_GUN = "combination-gun"
    SUBMACHINE_GUN = "submachine-gun"
    MACHINE_GUN = "machine-gun"
    GAS_OR_BLANK_PISTOL = "gas-or-blank-pistol"
    AIR_WEAPON = "air-weapon"
    GRENADE_LAUNCHER = "grenade-launcher"
    MORTAR = "mortar"
    ROCKET_LAUNCHER = "rocket-launcher"
    FRAME_OR_RECEIVER = "frame-or-receiver"
    BARREL_OR_SLIDE = "barrel-or-slide"
    OTHER = "other"


class Action(StrEnum):
    """How a firearm is loaded and fired."""

    SINGLE_SHOT = "single-shot"
    BREAK = "break"
    BOLT = "bolt"
    LEVER = "lever"
    PUMP = "pump"
    REVOLVING = "revolving"
    SEMI_AUTOMATIC = "semi-automatic"
    AUTOMATIC = "automatic"
    SELECTIVE = "selective"
    MUZZLE_LOADING = "muzzle-loading"
    OTHER = "other"


def _standard_kind(written: object) -> object:
    found = KIND_NAMES.find(written) if isinstance(written, str) else None
    return FirearmKind(found) if found else written


def _listed_make(written: str) -> str:
    if found := MAKE_NAMES.find(written):
        return found
    advice = f"see {LISTED}; an entry states {OTHER} for one that is not there, and make_marked"
    raise wrong("", unknown(written, MAKE_NAMES, advice))


def _listed_calibre(written: str) -> str:
    if found := listed_calibre(written):
        return found
    advice = f"see {LISTED}; an entry states {OTHER} for one that is not there, and calibre_marked"
    raise wrong("", unknown(written, CALIBRE_NAMES, advice))


def _of_its_make(model: str, info: ValidationInfo) -> str:
    return standard_model(model, info.data.get("make") or "")


Kind = Annotated[FirearmKind, BeforeValidator(_standard_kind)]
Make = Annotated[
    Text,
    AfterValidator(_listed_make),
    Field(
        description=f"In any of the writings that {LISTED} lists, as `HK`: the record states the standard name. One "
        f"that is not listed is refused; `{OTHER}` with `make_marked` stands for it, and `Unknown` for none."
    ),
]
Model = Annotated[
    Text,
    AfterValidator(_of_its_make),
    Field(description="The standard name, if the make has it in its list; any other is accepted as written."),
]
Calibre = Annotated[
    Text,
    AfterValidator(_listed_calibre),
    Field(
        description=f"In any of the writings that {LISTED} lists, as `9x19` or `9 Para`: the record states the "
        f"standard name. One that is not listed is refused; `{OTHER}` with `calibre_marked` stands for it, and "
        "`Unknown` for none."
    ),
]


def require_marked(firearm: Any) -> None:
    """Require what is marked in place of a listed make or calibre. Raises PydanticCustomError."""
    for member in ("make", "calibre"):
        if getattr(firearm, member) == OTHER and getattr(firearm, f"{member}_marked") is None:
            raise wrong(f"/{member}_marked", f"the {member} {OTHER} needs what is marked on the firearm")
