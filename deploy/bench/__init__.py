"""Measures the hot path: a signed search through the mesh, against the bare application and a common proxy.

All in one run on one machine, in turns, as only ratios taken together mean anything on machines that are shared.
"""
