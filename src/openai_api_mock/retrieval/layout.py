"""Where vector stores lie in the store, and what of a kept object is for us alone."""

from __future__ import annotations

from collections.abc import Mapping

from ..answer import JSON

Item = dict[str, JSON]

STORES = "/vector_stores"
VERSIONS = "/_retrieval"
"""The collection that says, by the id of a vector store, which state its files are in: another after each change."""

# What is kept of a vector store's file besides what the API shows of it.
BATCH = "_batch"
"""The id of the batch that it came with."""
MADE = "_made"
"""Which time it was added, as it may be removed and added again."""
NAME = "_name"
"""Its file's name."""
ERROR = "_error"
"""What its text couldn't be read for, before it has failed of it."""


def files_of(store: str) -> str:
    """The collection of a vector store's files."""
    return f"{STORES}/{store}/files"


def batches_of(store: str) -> str:
    """The collection of a vector store's file batches."""
    return f"{STORES}/{store}/file_batches"


def rows_of(store: str, file: str) -> str:
    """The collection of a file's chunks, in the order of its text."""
    return f"{files_of(store)}/{file}/_chunks"


def text_key(store: str, file: str) -> str:
    """Under which a file's text is kept."""
    return f"{files_of(store)}/{file}/_text"


def shown(item: Mapping[str, JSON]) -> Item:
    """What the API shows of a kept object."""
    return {name: value for name, value in item.items() if not name.startswith("_")}
