"""Accounts, logins and bearer tokens (OAuth 2.0, OpenID Connect)."""
