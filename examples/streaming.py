"""A stream that arrives as the real one does: one token after the other, each at its time."""

from __future__ import annotations

import asyncio

from openai import AsyncOpenAI

from openai_api_mock import mock_openai


async def main() -> None:
    async with mock_openai(chunk_delay=0.02, length=12) as mock:
        client = AsyncOpenAI()
        mock.reply(stream=["Take ", "a ", "hat", "."])
        for _ in range(2):
            stream = await client.chat.completions.create(
                model="gpt-4o", messages=[{"role": "user", "content": "What should I wear?"}], stream=True
            )
            async for chunk in stream:
                print(chunk.choices[0].delta.content or "", end="", flush=True)
            print()


asyncio.run(main())
