"""LlamaIndex: agents on both APIs, structured answers, retrieval; it pins an SDK of a major version before."""

from __future__ import annotations

from typing import Any

import openai
import pytest
from llama_index.core import Document, VectorStoreIndex
from llama_index.core.agent.workflow import AgentStream, AgentWorkflow, FunctionAgent, ToolCallResult
from llama_index.core.llms import ChatMessage, ImageBlock, TextBlock
from llama_index.embeddings.openai import OpenAIEmbedding
from llama_index.llms.openai import OpenAI, OpenAIResponses
from travel import ASKED, Trip, book_hotel, get_weather

from openai_api_mock import OpenAIMock

both = pytest.mark.parametrize("model", [OpenAI, OpenAIResponses], ids=["chat", "responses"])


def travel(llm: Any, **options: Any) -> FunctionAgent:
    return FunctionAgent(tools=[get_weather, book_hotel], llm=llm, system_prompt="Plan.", **options)


@both
async def test_an_agent_calls_its_tools_and_ends(openai_mock: OpenAIMock, model: Any) -> None:
    said = str(await travel(model(model="gpt-4o"), streaming=False).run(ASKED))
    assert "24 degrees in Paris" in said
    assert "booked 3 nights in Paris" in said


@both
async def test_an_agent_streams_against_the_server(server_url: str, model: Any) -> None:
    running = travel(model(model="gpt-4o", api_base=server_url)).run(ASKED)
    results, deltas = [], []
    async for event in running.stream_events():
        if isinstance(event, ToolCallResult):
            results.append(event.tool_output.content)
        if isinstance(event, AgentStream):
            deltas.append(event.delta)
    assert sorted(results) == ["24 degrees in Paris", "booked 3 nights in Paris"]
    assert "booked 3 nights in Paris" in "".join(deltas)
    assert "".join(deltas) == str(await running)


@both
async def test_a_handoff_reaches_the_other_agent(openai_mock: OpenAIMock, model: Any) -> None:
    llm = model(model="gpt-4o")
    triage = FunctionAgent(
        name="triage",
        description="hands over",
        llm=llm,
        tools=[],
        can_handoff_to=["travel"],
        system_prompt="Hand over.",
    )
    other = travel(llm, name="travel", description="plans trips")
    said = await AgentWorkflow(agents=[triage, other], root_agent="triage").run("How is the weather in Paris?")
    assert said.current_agent_name == "travel"
    assert "24 degrees in Paris" in str(said)


@both
def test_a_typed_answer(openai_mock: OpenAIMock, model: Any) -> None:
    llm = model(model="gpt-4o").as_structured_llm(Trip)
    assert llm.complete(ASKED).raw == Trip(city="Paris", nights=3)


@both
def test_text_streams(openai_mock: OpenAIMock, model: Any) -> None:
    llm = model(model="gpt-4o")
    chunks = list(llm.stream_complete("Hello!"))
    assert "".join(chunk.delta for chunk in chunks) == llm.complete("Hello!").text


@both
def test_a_picture(openai_mock: OpenAIMock, model: Any) -> None:
    blocks = [TextBlock(text="What is this?"), ImageBlock(image=b"\x89PNG\r\n\x1a\n", image_mimetype="image/png")]
    assert model(model="gpt-4o").chat([ChatMessage(role="user", blocks=blocks)]).message.content


@both
def test_a_rate_limit_is_retried_then_raised(openai_mock: OpenAIMock, model: Any) -> None:
    openai_mock.fail(429, retry_after=0.01, times=2)
    llm = model(model="gpt-4o", max_retries=1)
    with pytest.raises(openai.RateLimitError):
        llm.complete("Hello!")
    assert llm.complete("Hello!").text


def test_an_index_finds_and_answers(openai_mock: OpenAIMock) -> None:
    documents = [Document(text="Refunds: we return your money in a week."), Document(text="Parcels ship on Monday.")]
    index = VectorStoreIndex.from_documents(documents, embed_model=OpenAIEmbedding())
    assert "Refunds" in index.as_retriever(similarity_top_k=1).retrieve("How do I get my money back?")[0].text
    assert str(index.as_query_engine(llm=OpenAI(model="gpt-4o")).query("How do I get my money back?"))
