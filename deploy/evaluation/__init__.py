"""Measures how well the mesh finds what it is asked for, on files of a known answer."""
