"""The public notices API: what programs written for INTERPOL's own ask, answered in the name of the public."""
