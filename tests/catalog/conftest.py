"""What the catalog's tests share."""

from __future__ import annotations

from typing import Any

import openai
import pytest

from openai_api_mock.catalog import Catalog
from openai_api_mock.catalog.extract import build


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    return Catalog.load()


@pytest.fixture(scope="session")
def built() -> dict[str, Any]:
    """The document of the installed SDK, built now."""
    return build(openai)
