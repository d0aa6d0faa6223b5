"""What the names of a language are made of: columns of pieces, written by hand and put together by the project.

Surnames are composed, so that the names of most people who exist are not among them: no list of real surnames is used,
but in the few languages that have no others than some dozens. Forenames are common ones and composed ones.
"""

from dataclasses import dataclass, field

Columns = tuple[str, ...]
"""Each is a row of pieces, of which one is taken: `_` is none, `latin/script` writes it in both scripts, a piece after
`|` is that of women. A piece in another script than Latin alone is transliterated."""


@dataclass(frozen=True, slots=True)
class Language:
    """How people are named where a language is spoken."""

    code: str
    """ISO 639-2/B in capitals, as that of the languages of a person."""

    countries: str
    """ISO 3166-1 alpha-2 of the members where people are named so."""

    women: str
    """Common forenames, the most frequent first."""

    men: str
    surnames: Columns
    towns: str
    """Endings of places, added to the first piece of a surname; in Latin letters."""

    forenames: Columns = ()
    """Of composed forenames; without any all are common ones."""

    particles: str = ""
    """What stands before some surnames, its words joined by `+`, such as `von van+der`."""

    patronymics: str = ""
    """What stands after a forename, from the forename of the father."""

    respellings: str = ""
    """Other transliterations or spellings, such as `kh>h yu>iu`."""

    epithets: str = "the+Baker the+Fox Shorty Doc Junior Red"
    double_share: float = 0.0
    """Of how many the surname is double, as of father and mother."""

    two_forenames_share: float = 0.2
    single_share: float = 0.0
    """How many have one name alone."""

    surname_first: bool = False
    """Whether the script of the language writes the surname first."""

    joint: str = field(default=" ")
    """What stands between the names in the script of the language."""
