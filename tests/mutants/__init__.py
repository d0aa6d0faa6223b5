"""Mutation testing: changes the source in small ways, one at a time, and reports each change that no test notices.

Run by `make mutants`. Neither mutmut nor cosmic-ray does this here. mutmut 3 puts all mutants of a function behind one
wrapper and forks pytest for each: it leaves out decorated functions (all routes) and what stands outside of functions
(constants, SQL), and the servers of the session do not survive the fork. cosmic-ray runs one command for each mutant,
which here is the whole suite. Neither knows ORDER BY or LIMIT.
"""
