"""Subscriptions: a bureau is notified of later records that match a search, and nobody else knows of it."""
