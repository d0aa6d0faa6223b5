"""Records that the service sends to all who may see them, when they are published, sent or changed."""
