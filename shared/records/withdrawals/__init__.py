"""Withdrawals: recipients of a record are notified when they must remove or replace their copies."""
