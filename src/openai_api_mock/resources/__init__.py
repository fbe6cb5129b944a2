"""What each family of operations answers."""

from __future__ import annotations

from .audio import Audio
from .base import Resource
from .chat import ChatCompletions
from .completions import Completions
from .embeddings import Embeddings
from .images import Images
from .moderations import Moderations

RESOURCES: tuple[type[Resource], ...] = (ChatCompletions, Audio, Completions, Embeddings, Images, Moderations)
