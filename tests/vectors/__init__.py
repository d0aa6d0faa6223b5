"""Test vectors for implementations of a bureau in other languages; `make` generates them in docs/vectors."""
