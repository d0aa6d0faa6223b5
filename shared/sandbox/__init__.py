"""What the processes of a sandbox share, and how each lets faults happen. No other mesh imports it when it starts.

A sandbox is a mesh for tests, started with `i247 up --sandbox`: see ADR 90.
"""
