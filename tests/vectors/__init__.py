"""Test vectors for those who implement a bureau in another language: made by `make`, kept in docs/vectors."""
