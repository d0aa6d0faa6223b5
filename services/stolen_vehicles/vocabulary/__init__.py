"""The words for makes, models and colours: each has a standard name, and names that mean the same.

They are tables, `makes.csv`, `vessel_makes.csv` and `colours.csv`. A word that is in none is accepted as written, and
hides nothing in a search: no list is complete, and a word must never keep a stolen vehicle from being found (ADR 99).
"""
