"""Knows which given names are short for which others, from the library `nicknames`.

Read when the first name is compared, as most processes compare none.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Final

from shared.names.spelling import spelling_key

FAMILY_ENDINGS: Final = ("ov", "ev", "in", "sk", "ski")
# Of languages that the library does not have.
_FURTHER: Final = (
    ("aleksandr", "sasha sascha shura alik"),
    ("aleksandra", "sasha shura"),
    ("aleksei", "lyosha alyosha lesha"),
    ("anastasia", "nastya nastia"),
    ("anatoly", "tolya tolik"),
    ("boris", "borya"),
    ("dmitri", "dima mitya dimitri"),
    ("ekaterina", "katya katia"),
    ("elena", "lena alyona"),
    ("evgeny", "zhenya"),
    ("igor", "igoryok"),
    ("ivan", "vanya"),
    ("konstantin", "kostya"),
    ("maria", "masha mascha"),
    ("mikhail", "misha mischa"),
    ("natalia", "natasha natascha"),
    ("nikolai", "kolya"),
    ("olga", "olya"),
    ("pavel", "pasha"),
    ("pyotr", "petya"),
    ("sergei", "seryozha"),
    ("svetlana", "sveta"),
    ("tatiana", "tanya tania"),
    ("vladimir", "vova volodya"),
    ("yuri", "yura"),
    ("antonio", "toni tono"),
    ("dolores", "lola"),
    ("eduardo", "edu"),
    ("enrique", "quique kike"),
    ("federico", "fede"),
    ("fernando", "fer nando"),
    ("francisco", "paco pancho paquito curro kiko"),
    ("guadalupe", "lupe"),
    ("guillermo", "memo guille"),
    ("ignacio", "nacho"),
    ("isabel", "chabela isa"),
    ("jesus", "chuy chucho"),
    ("jose", "pepe"),
    ("luis", "lucho"),
    ("manuel", "manolo manu"),
    ("rafael", "rafa"),
    ("roberto", "beto"),
    ("giovanni", "gianni vanni"),
    ("giuseppe", "beppe peppe pino"),
    ("luigi", "gigi"),
    ("salvatore", "toto turi"),
    ("joao", "joaozinho"),
    ("johann", "hans hannes"),
    ("johannes", "hans hannes jo"),
    ("friedrich", "fritz"),
    ("heinrich", "heinz heiner"),
    ("josef", "sepp beppo"),
    ("joseph", "sepp"),
    ("matthias", "hias"),
    ("wilhelm", "willi willy"),
    ("elisabeth", "lisa lisl sissi elsa liesl"),
    ("margarete", "grete gretel"),
    ("stanislaw", "staszek stas"),
    ("malgorzata", "gosia"),
    ("katarzyna", "kasia"),
    ("jan", "janek"),
    ("tomasz", "tomek"),
)


@cache
def _canonicals() -> Mapping[str, frozenset[str]]:
    from nicknames import NickNamer

    found: dict[str, set[str]] = {}
    further = ((full, shorts.split()) for full, shorts in _FURTHER)
    for full, shorts in (*NickNamer().nickname_lookup.items(), *further):
        for short in shorts:
            found.setdefault(spelling_key(short), set()).add(spelling_key(full))
    return {short: frozenset(fulls - {short}) for short, fulls in found.items()}


def full_names_of(key: str) -> frozenset[str]:
    """Return the keys of the given names that a word is short for, given by its key."""
    return _canonicals().get(key, frozenset())


def nicknames_among(one: str, others: Mapping[str, str]) -> Iterator[str]:
    """Yield those of many words, given with their keys, that are short for one or that it is short for."""
    fulls, longer = _canonicals(), full_names_of(one)
    return (other for other, key in others.items() if key in longer or one in fulls.get(key, ()))


def are_nicknames(one: str, other: str) -> bool:
    """Return whether one of two words, given by their keys, is short for the other."""
    return one in full_names_of(other) or other in full_names_of(one)


@cache
def _given_names() -> frozenset[str]:
    return frozenset(_canonicals()).union(*_canonicals().values())


def are_two_names(one: str, other: str) -> bool:
    """Return whether two words, given by their keys, are known as two given names: no typing error, as John and Joan.

    A final `a` makes another name as well, as of Paul and Paula; not of families, as of Ivanov and Ivanova.
    """
    if {one, other} <= _given_names():
        return True
    shorter, longer = sorted((one, other), key=len)
    if len(shorter) == len(longer):
        return shorter[:-1] == longer[:-1] and {shorter[-1], longer[-1]} == {"a", "o"}
    return longer == f"{shorter}a" and not shorter.endswith(FAMILY_ENDINGS)
