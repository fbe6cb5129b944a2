"""Webhooks: which events there are, who wants them, how they are signed, and what became of each."""
