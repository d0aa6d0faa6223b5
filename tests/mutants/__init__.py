"""Mutation testing: makes small changes to the source, one at a time, and reports each that no test detects.

Run by `make mutants`. Neither mutmut nor cosmic-ray suits this project. mutmut 3 puts all mutants of a function behind
one wrapper and forks pytest for each: it skips decorated functions (all routes) and code outside of functions
(constants, SQL), and the servers of the session do not survive the fork. cosmic-ray runs one command for each mutant,
which here is the whole suite. Neither mutates ORDER BY or LIMIT.
"""
