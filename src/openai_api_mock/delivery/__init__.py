"""How webhooks get from the outbox to those who want them: over HTTP, or to applications in this process."""
