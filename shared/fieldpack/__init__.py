"""Field packs: extracts of a store for a post that works offline, signed by a bureau and encrypted to the post."""
