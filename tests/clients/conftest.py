"""The frameworks' tests take the package's own fixture `openai_mock`, and ask it in process or over the network."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from openai_api_mock import OpenAIMock
from openai_api_mock.server.loopback import Loopback


@pytest.fixture
def server_url(openai_mock: OpenAIMock) -> Iterator[str]:
    """The base URL of a server that answers as `openai_mock` does."""
    loopback = Loopback(openai_mock.engine)
    yield loopback.url() + "/v1"
    loopback.stop()
