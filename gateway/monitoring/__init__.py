"""Alarms: the broker's settings, the health of services, signed times and unexpected answers."""
