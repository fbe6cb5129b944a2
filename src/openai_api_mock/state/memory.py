"""A store in memory, gone with the process: bounded in objects and bytes, with large files on disk."""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
import threading
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from itertools import chain
from pathlib import Path
from typing import IO

from ..answer import JSON
from .blocks import SortedBlocks
from .files import MemoryFiles
from .paging import decode, encode, fill, window
from .shelf import Shelf
from .store import Order, Page

logger = logging.getLogger("openai_api_mock")
