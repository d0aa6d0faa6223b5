"""Records that the service sends by itself to all who may see them, when they are published, sent or changed."""
