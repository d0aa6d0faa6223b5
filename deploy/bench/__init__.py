"""Measures the hot path: a signed search through the mesh, against the bare application and a common proxy.

All run in turns on one machine, as on a shared machine only ratios of one run are comparable.
"""
