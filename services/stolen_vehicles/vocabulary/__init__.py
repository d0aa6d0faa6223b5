"""The words for makes, models and colours: each has a standard name, and names that mean the same.

They are two tables, `makes.csv` and `colours.csv`. A word that is in neither is accepted as written: no list of makes
is complete, and a description must never keep a stolen vehicle out (ADR 99).
"""
