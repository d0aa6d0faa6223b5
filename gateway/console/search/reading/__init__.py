"""Reads what is typed into the box of the search: what it may be, and how likely that is. Pure.

`text` asks each reader: `references`, `names`, `documents`, `plates` and `numbers`. `labels` finds a word that says
what a number is, `stated_countries` a country before or after a text, and `signs` counts figures and letters.
"""
