"""openai-agents keeps the traces of its runs for seconds, and would post them when the mock has ended, for real."""

from __future__ import annotations

import logging
import sys

_logger = logging.getLogger("openai_api_mock")


def flush_traces() -> None:
    """Have openai-agents, if this process has imported it, post the traces that it holds."""
    flush = getattr(sys.modules.get("agents.tracing"), "flush_traces", None)
    if callable(flush):
        try:
            flush()
        except Exception as error:
            _logger.warning("openai-agents couldn't post the traces that it holds: %r", error)
