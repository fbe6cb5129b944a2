"""What each family of operations answers."""

from __future__ import annotations

from .base import Resource
from .chat import ChatCompletions

RESOURCES: tuple[type[Resource], ...] = (ChatCompletions,)
