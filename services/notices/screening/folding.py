"""Folds a word to the forms by which a term knows it, also where its letters are disguised."""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

# Letters that look alike, as a reader takes them (after case folding); from Unicode's confusables, the common ones.
_CYRILLIC: Final = "аәвсԁеєһіїјкмнорԛѕтуѵԝхʏгпиѡ"
_AS_LATIN: Final = "aebcdeehiijkmhopqstyvwxyrnuw"
_GREEK: Final = "αβγεηικνορτυχωϲ"
_GREEK_AS_LATIN: Final = "abyenikvoptuxwc"
_CHEROKEE: Final = "ᎠᎡᎢᎥᎪᎫᎬᎳᎷᎻᎾᏀᏃᏏᏔᏙᏚᏞᏟᏢᏦᏴ"
_CHEROKEE_AS_LATIN: Final = "drtiajewmhogzbwvslcpkb"
_LISU: Final = "ꓐꓑꓓꓔꓖꓗꓙꓚꓜꓝꓟꓠꓡꓢꓣꓦꓧꓪꓫꓬꓮꓰꓲꓳꓴ"
_LISU_AS_LATIN: Final = "bpdtgkjczfmnlsrvhwxyaeiou"
_ARMENIAN: Final = "օսհոցզյ"
_ARMENIAN_AS_LATIN: Final = "ouhngqj"
_TO_LATIN: Final = str.maketrans(
    _CYRILLIC + _GREEK + _CHEROKEE + _LISU + _ARMENIAN,
    _AS_LATIN + _GREEK_AS_LATIN + _CHEROKEE_AS_LATIN + _LISU_AS_LATIN + _ARMENIAN_AS_LATIN,
)
_TO_CYRILLIC: Final = str.maketrans("aceopxyik", "асеорхуик")
# Letters that have no decomposition, and the forms of Arabic letters that writers exchange.
_PLAIN: Final = str.maketrans(
    {
        **dict(zip("ıłøđðħŧ", "lloddht", strict=True)),
        "ı": "i",
        "æ": "ae",
        "œ": "oe",
        "þ": "th",
        "ى": "ي",
        "ی": "ي",
        "ک": "ك",
        "ة": "ه",
        "ـ": None,
        "ʼ": None,
    }
)
_FIGURES: Final = str.maketrans("0134578@$!|", "oleastbasil")
_FIGURE: Final = re.compile(r"[0-9@$!|]")
_LETTER: Final = re.compile(r"[^\W\d_]")
_LATIN: Final = re.compile("[a-z]")
_LOOKALIKE: Final = re.compile("[\u0370-\u03ff\u0400-\u058f\u13a0-\u13ff\ua4d0-\ua4ff\uab70-\uabbf]")
_ARABIC: Final = re.compile("[\u0621-\u06ff]")
_ARABIC_PREFIX: Final = re.compile(r"^([وف]?)(ال|بال|لل|كال|ب|ل|ك|س)?(?=...)")
_REPEATED: Final = re.compile(r"(.)\1{2,}")
# Scripts that put no space between words.
_UNSPACED: Final = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")


# Words of a usual length are remembered, as texts repeat them; the longest does not fill the memory.
_REMEMBERED: Final = 8192
_LONGEST_REMEMBERED: Final = 24


def fold(word: str) -> str:
    """Return a word without case, accents, hidden characters and forms of letters."""
    if word.isascii():
        return word.lower()
    return _folded_before(word) if len(word) <= _LONGEST_REMEMBERED else _folded(word)


def _folded(word: str) -> str:
    decomposed = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", word).casefold())
    shown = (letter for letter in decomposed if unicodedata.category(letter) not in {"Mn", "Cf", "Me"})
    return "".join(shown).translate(_PLAIN)


_folded_before = lru_cache(maxsize=_REMEMBERED)(_folded)


def forms_of(word: str) -> tuple[str, ...]:
    """Return the forms that a reader may take a word for: as it stands, without disguise, without Arabic prefixes."""
    return _forms_before(word) if len(word) <= _LONGEST_REMEMBERED else _forms(word)


def _forms(word: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_each_form(word)))


_forms_before = lru_cache(maxsize=_REMEMBERED)(_forms)


def _each_form(word: str) -> Iterator[str]:
    folded = fold(word)
    yield folded
    if _FIGURE.search(folded) and _LETTER.search(folded):
        yield folded.translate(_FIGURES)
        yield folded.replace("1", "i").translate(_FIGURES)
    if _REPEATED.search(folded):
        yield _REPEATED.sub(r"\1", folded)
    if word.isascii():
        return
    if is_mixed(folded):
        yield folded.translate(_TO_LATIN)
        yield folded.translate(_TO_CYRILLIC)
    elif _LOOKALIKE.match(folded) and (latin := folded.translate(_TO_LATIN)).isascii():
        yield latin
    if _ARABIC.match(folded):
        yield from _without_prefixes(folded)


def is_mixed(folded: str) -> bool:
    """Return whether a folded word mixes Latin letters with those of a script that looks alike; no language does."""
    return bool(_LATIN.search(folded) and _LOOKALIKE.search(folded))


def is_unspaced(word: str) -> bool:
    """Return whether a word is of a script that puts no space between words, so that terms are looked for inside."""
    return not word.isascii() and bool(_UNSPACED.search(word))


def _without_prefixes(folded: str) -> Iterator[str]:
    found = _ARABIC_PREFIX.match(folded)
    if found and found[1]:
        yield folded[1:]
    if found and found[2]:
        yield folded[found.end() :]
