"""What the mock remembers between calls: objects that were made, and files' bytes."""

from __future__ import annotations

from .store import Page, Store

__all__ = ["Page", "Store"]
