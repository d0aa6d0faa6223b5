"""Stolen vessels and outboard engines, below `/vessels`: found by hull, IMO and other numbers, engines by their own."""
