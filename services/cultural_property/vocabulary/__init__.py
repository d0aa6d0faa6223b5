"""The words for types, materials, techniques and makers of valuables: each has a standard name, and its synonyms.

They are tables. A word of the second level, a material or a technique that is in none is accepted as written, with a
warning: no list is complete (ADR 99). The types of the first level are a closed list with `other`.
"""
