"""The OpenAPI document of a gateway, and its page for browsers."""
