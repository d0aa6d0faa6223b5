"""Witnesses of the audit logs: the gateway of a bureau sees each log grow, and cosigns what extends its past."""
