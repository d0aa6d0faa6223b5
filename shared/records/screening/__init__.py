"""Screening by partners: they send what they saw, are told nothing, and the bureaus concerned are alerted (ADR 109)."""
