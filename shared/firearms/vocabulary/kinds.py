"""Kinds of firearms, in several languages."""

from pathlib import Path
from typing import Final

from shared.codes.word_list import WordList, read_table, words_in

SYNONYMS: Final = {row["name"]: words_in(row["synonyms"]) for row in read_table(Path(__file__).with_name("kinds.csv"))}
KIND_NAMES: Final = WordList(SYNONYMS)
