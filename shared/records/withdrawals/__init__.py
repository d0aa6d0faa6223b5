"""Withdrawals: recipients of a record are told when they must remove or replace their copies."""
