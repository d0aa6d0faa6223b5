"""Store-and-forward of sealed messages: an outbox that resends, an inbox that commits before it signs a receipt."""
