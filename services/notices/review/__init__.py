"""The review of notices by the General Secretariat."""
