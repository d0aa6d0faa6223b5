"""Words that a term does not count: articles, prepositions and the like of the four languages and some others."""

from typing import Final

_WORDS: Final = """
a an the of to in on at by for from with and or as that this which who whom whose his her its their he she it they
him them was were is are be has have had also very s t
le la les l un une des de du d au aux en et ou par pour sur dans avec qui que sa ses leur leurs il elle est
ete y
el los las del al lo una unos unas o por para con su sus se es fue ha e
der die das des dem den ein eine einer eines und von vom zu zur im
o os as do da dos das um uma na nas pelo pela
il gli dello della degli di
في من الى على عن مع هو هي التي الذي ان او ثم قد
в на с и о по за из к у
"""
STOP_WORDS: Final = frozenset(_WORDS.split())
