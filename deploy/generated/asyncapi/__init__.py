"""Describes the network for those who implement a part of it in another language (AsyncAPI 3.1)."""

from deploy.generated.asyncapi.document import describe_network

__all__ = ["describe_network"]
