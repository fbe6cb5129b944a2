"""What the mock remembers between calls: objects that were made, and files' bytes."""

from __future__ import annotations

from .memory import MemoryStore
from .opening import begin_run, open_store
from .store import Order, Page, Store, walk

__all__ = ["MemoryStore", "Order", "Page", "Store", "begin_run", "open_store", "walk"]
