"""What uses the insides of libraries. `tests/shared/compat/test_versions.py` lists the versions it was tried with."""
