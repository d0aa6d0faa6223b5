"""Searches that a bureau leaves standing: it is told of what is entered later, until the subscription ends.

Nobody else learns that one stands, the owners of records included.
"""
