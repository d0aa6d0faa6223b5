"""Field packs: how a bureau makes them, and what a post does with them that works offline."""
