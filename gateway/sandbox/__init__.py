"""What only a sandbox has: a mesh for tests, started with `i247 up --sandbox` on a loopback address.

Its routes are below `/sandbox`. They need no token, unless they show what one officer may see.
"""
