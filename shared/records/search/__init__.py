"""Searches: matching against stored records, saved searches, subscriptions and delayed hits."""
