"""Monitoring: the broker's settings, signed times, undeclared answers, and the alarms about them."""
