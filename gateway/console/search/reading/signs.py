"""Counts the figures and letters of a text, by which a number is known from words. Pure."""

from typing import Final

MAX_NUMBER: Final = 30
LONGEST_PLATE: Final = 8
LEAST_LETTERS: Final = 2
LEAST_SIGNS: Final = 4
_MOST_LETTERS: Final = 7
_MOST_FIGURES_OF_PLATE: Final = 4


def figures_in(text: str) -> int:
    """Return how many figures a text has, of any script."""
    return sum(each.isdecimal() for each in text)


def letters_in(text: str) -> int:
    """Return how many letters a text has."""
    return sum(each.isalpha() for each in text)


def is_of_number(text: str) -> bool:
    """Return whether a text has so few letters that it may be a number that identifies a thing."""
    return len(text) <= MAX_NUMBER and letters_in(text) <= _MOST_LETTERS


def is_plate_shaped(signs: str) -> bool:
    """Return whether the signs of a number are as few, and as mixed, as those of a plate."""
    return len(signs) <= LONGEST_PLATE and 0 < figures_in(signs) <= _MOST_FIGURES_OF_PLATE and not signs.isdecimal()
