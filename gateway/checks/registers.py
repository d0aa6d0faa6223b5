"""The table of the registers that are asked by a check: what each needs to know, and how its search asks for it.

A register is one entry here. One whose service this gateway does not have is not asked, and what only it could be asked
for is refused. Knows no answer: what a hit means is decided in `rules`.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from enum import Enum, auto
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from shared.codes.lists import country_of_issuer
from shared.mrz import ZoneUnreadable
from shared.numbers import signs_of
from shared.web.routing import path_of

NUMBER: Final = "document.number"
ISSUER: Final = "document.issuer"
TYPE: Final = "document.type"
CHECK_DIGIT: Final = "document.check_digit"
"""As read in a machine-readable zone, behind the number."""
PLATE: Final = "plate"
COUNTRY: Final = "country"
VIN: Final = "vin"
ENGINE: Final = "engine_number"
SERIAL: Final = "serial"
MAKE: Final = "make"
CALIBRE: Final = "calibre"
NAME: Final = "name"
BIRTH: Final = "date_of_birth"

Inputs = Mapping[str, str]
"""What a check states, by these names."""

Unread = Mapping[str, ZoneUnreadable]
"""What a check would state if it could be read in its machine-readable zone, by these names, and why it could not."""

# Of a name and a date of birth together: below it, an officer has to compare them.
LEAST_SCORE_OF_NAMES: Final = 0.9


class Asking(Enum):
    """How several questions are put to one register, in one request."""

    FIRST = auto()
    """The first that the check can state, as the others ask for the same."""
    TOGETHER = auto()
    """As parameters of one search, which finds what meets any of them."""
    EACH = auto()
    """Each as a line of `POST .../checks`."""


class Question(NamedTuple):
    """What a search asks for: its parameters, by what a check states."""

    needed: Mapping[str, str]
    """Without all of these it is not asked."""

    narrowed: Mapping[str, str] = MappingProxyType({})
    """What else it is told, if the check states it."""

    conclusive: Collection[str] = ()
    """The parameters by which a hit is no other: all of them, met with `least_score`. Empty if none is."""

    least_score: float = 1.0
    day: str = ""
    """The one of them that is a date, and has to be a whole day."""

    form: Callable[[str], Any] = bool
    """Whether what is needed may be such a thing at all."""

    agrees: "Callable[[Mapping[str, Any], Inputs], bool]" = lambda _record, _inputs: True
    """Whether nothing in a record contradicts the check; one that does is to be compared, whatever is met."""

    def is_asked(self, inputs: Inputs) -> bool:
        """Return whether a check states what the question needs."""
        return self.needed.keys() <= inputs.keys() and all(self.form(inputs[name]) for name in self.needed)

    @property
    def parameters(self) -> Mapping[str, str]:
        """All parameters, by what a check states."""
        return {**self.needed, **self.narrowed}

    def query(self, inputs: Inputs) -> dict[str, str]:
        """Return the parameters of the search."""
        return {parameter: inputs[name] for name, parameter in self.parameters.items() if name in inputs}


class Register(NamedTuple):
    """A register: a kind of record of a service, which is asked by its search."""

    service: str
    """Also what officers call it in a check, unless it has a name of its own."""

    questions: tuple[Question, ...]
    what: Callable[[Mapping[str, Any]], str]
    """Says what a record is, in the words of an officer."""

    weight: Callable[[Mapping[str, Any]], int]
    """Returns which hits come first: the one that asks for more at once."""

    asking: Asking = Asking.FIRST
    below: str = ""
    """The path of its kind of record below that of the service; empty for the main kind."""

    origin: str = ""
    """Which origin of FIND it is; empty for none."""

    own_name: str = ""

    @property
    def name(self) -> str:
        """What officers call it in a check."""
        return self.own_name or self.service

    @property
    def path(self) -> str:
        """The path of its records."""
        return f"{path_of(self.service)}/{self.below}".rstrip("/")

    def asked(self, inputs: Inputs) -> tuple[Question, ...]:
        """Return the questions that are put to it."""
        known = tuple(each for each in self.questions if each.is_asked(inputs))
        return known[:1] if self.asking is Asking.FIRST else known

    def unasked(self, inputs: Inputs, unread: Unread) -> tuple[ZoneUnreadable, ...]:
        """Return why questions are not put to it that would be, if all could be read."""
        stated = {**dict.fromkeys(unread, ""), **inputs}
        left = (each for each in self.questions if each.needed.keys() <= stated.keys() and not each.is_asked(inputs))
        return tuple(dict.fromkeys(unread[name] for each in left for name in each.needed if name in unread))

    def may_use(self, name: str) -> bool:
        """Return whether one of its questions has this input."""
        return any(name in each.parameters for each in self.questions)

    def uses(self, inputs: Inputs) -> tuple[str, ...]:
        """Return which of the inputs it is asked for."""
        return tuple(dict.fromkeys(name for each in self.asked(inputs) for name in each.parameters if name in inputs))


_IMEI_FIGURES: Final = 15


def _is_imei(number: str) -> bool:
    signs = signs_of(number)
    return len(signs) == _IMEI_FIGURES and signs.isdecimal()


PERSON: Final = Question(
    {NAME: "name"},
    {BIRTH: "date_of_birth"},
    conclusive=("name", "date_of_birth"),
    least_score=LEAST_SCORE_OF_NAMES,
    day="date_of_birth",
)


def _always(value: Any) -> Callable[[Mapping[str, Any]], Any]:
    return lambda _record: value


# What the recipient of a notice is to do at once comes first: arrest, then what endangers others, then what is sought.
_COLOURS: Final = MappingProxyType(
    {
        "red": 90,
        "un-special": 85,
        "orange": 80,
        "yellow": 60,
        "blue": 55,
        "green": 50,
        "purple": 30,
        "silver": 25,
        "black": 20,
    }
)


def _of_colour(notice: Mapping[str, Any]) -> int:
    return _COLOURS.get(notice.get("colour", ""), 0)


def _notice(notice: Mapping[str, Any]) -> str:
    kind = "notice" if notice.get("number") else "diffusion"
    return " ".join(filter(None, (notice.get("colour"), kind, notice.get("number"))))


def _is_of_issuer(notice: Mapping[str, Any], inputs: Inputs) -> bool:
    """Return whether a document of a notice has number and issuer of the check: numbers of countries coincide."""
    issuer, number = inputs.get(ISSUER), signs_of(inputs.get(NUMBER, ""))
    documents = [each for each in _parts(notice.get("subject")) if signs_of(str(each.get("number", ""))) == number]
    return issuer is None or country_of_issuer(issuer) in {str(each.get("country")) for each in documents}


def _parts(subject: Any) -> Iterator[Mapping[str, Any]]:
    """Yield the documents of a person and of the other identities that they use."""
    identities = [subject, *_listed(subject, "identities")]
    return (each for one in identities for each in _listed(one, "documents") if isinstance(each, dict))


def _listed(part: Any, member: str) -> Sequence[Any]:
    found = part.get(member) if isinstance(part, dict) else None
    return found if isinstance(found, list) else ()


def _document(document: Mapping[str, Any]) -> str:
    status, kind = str(document.get("status", "")), str(document.get("type", "document"))
    return f"{status.replace('-', ' ')} {kind.replace('-', ' ')}".strip()


REGISTERS: Final[tuple[Register, ...]] = (
    Register(
        "travel-documents",
        (
            Question(
                {ISSUER: "issuer", NUMBER: "number"},
                {TYPE: "type", CHECK_DIGIT: "check_digit"},
                conclusive=("number",),
            ),
        ),
        _document,
        _always(75),
        origin="IPSG",
    ),
    Register(
        "notices",
        (
            Question({NUMBER: "document_number"}, conclusive=("document_number",), agrees=_is_of_issuer),
            PERSON,
        ),
        _notice,
        _of_colour,
        Asking.EACH,
        origin="IPSG.NOMTD",
    ),
    Register(
        "stolen-vehicles",
        (
            Question({PLATE: "plate"}, {COUNTRY: "country"}, conclusive=("plate",)),
            Question({VIN: "vin"}, conclusive=("vin",)),
            Question({ENGINE: "engine_number"}, conclusive=("engine_number",)),
        ),
        _always("stolen vehicle"),
        _always(70),
        Asking.TOGETHER,
    ),
    Register(
        "stolen-vehicles",
        (Question({ENGINE: "engine_number"}, conclusive=("engine_number",)),),
        lambda vessel: f"stolen {str(vessel.get('kind', 'vessel')).replace('-', ' ')}",
        _always(65),
        below="vessels",
        own_name="vessels",
    ),
    Register(
        "firearms",
        # Without a make it shows all as near only, as makers use the same numbers.
        (Question({SERIAL: "serial_number"}, {MAKE: "make", CALIBRE: "calibre"}, conclusive=("serial_number",)),),
        lambda firearm: f"{firearm.get('status', '')} firearm".strip(),
        _always(78),
    ),
    Register(
        "cultural-property",
        (
            Question({SERIAL: "serial_number"}, {MAKE: "make"}, conclusive=("serial_number", "make")),
            Question({SERIAL: "imei"}, conclusive=("imei",), form=_is_imei),
        ),
        _always("stolen valuable"),
        _always(40),
        Asking.TOGETHER,
        below="valuables",
    ),
    Register(
        "missing-persons",
        (PERSON,),
        _always("missing person"),
        _always(60),
    ),
)


def registers_of(services: Collection[str]) -> tuple[Register, ...]:
    """Return the registers of some services."""
    return tuple(each for each in REGISTERS if each.service in services)


def asked_of(registers: tuple[Register, ...], inputs: Inputs, unread: Unread) -> Iterator[Register]:
    """Yield the registers that may know something of what a check states, or would state if it could be read."""
    return (each for each in registers if each.asked(inputs) or each.unasked(inputs, unread))


def place_of(target: str) -> int:
    """Return the place in the table of the register that a request of a check went to; of another, one behind all."""
    path = target.partition("?")[0].rpartition("/")[0]
    return next((place for place, each in enumerate(REGISTERS) if each.path == path), len(REGISTERS))
