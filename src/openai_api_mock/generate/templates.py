"""What is said under `answers="fixed"`, by name, so that a user can put something else in its place."""

from __future__ import annotations

from ..answer import Answer

FIXED = Answer(text="This is a mock response from openai-api-mock.")

TEMPLATES: dict[str, Answer | None] = {
    "chat": FIXED,
    "tool_call": None,
    "structured": None,
    "image": Answer(text="A mock image from openai-api-mock."),
    "transcription": FIXED,
}
"""Each kind of answer and what is said; None: what the request's own tool or schema asks for, always the same."""

OF_MEDIA = {
    "POST /audio/transcriptions": "transcription",
    "POST /audio/translations": "transcription",
    "POST /images/edits": "image",
    "POST /images/generations": "image",
    "POST /images/variations": "image",
}
"""Operations whose answer follows from no question to a model: which template is theirs."""
