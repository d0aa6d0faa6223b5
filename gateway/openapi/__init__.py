"""The OpenAPI document of a gateway, and its pages for browsers."""
