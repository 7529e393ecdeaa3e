"""A small agent, traced: it reads a question, calls a tool, and streams its answer.

Run it as it is: without OPENAI_API_KEY it talks to a provider on the loopback interface, and its
trace goes to the embedded store. Then look at the trace:

    braintrust-otel trace --last
"""

from __future__ import annotations

import json
import os
from typing import Any

from loopback.provider import MODEL, start_provider
from openai import OpenAI

import braintrust_otel as braintrust

QUESTION = "Do I need an umbrella in Lisbon today?"

if os.environ.get("OPENAI_API_KEY"):
    client, model = OpenAI(), "gpt-4o-mini"
else:
    client, model = OpenAI(base_url=start_provider(), api_key="not needed"), MODEL

braintrust.init_logger(project="quickstart")
client = braintrust.wrap_openai(client)

WEATHER_TOOL: Any = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "Return the weather in a city now.",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}},
            "required": ["city"],
        },
    },
}


@braintrust.traced(type="tool")
def get_weather(city: str) -> dict[str, Any]:
    """Return the weather; a real agent would ask a weather service."""
    return {"city": city, "sky": "raining", "celsius": 14}


@braintrust.traced
def find_city(question: str) -> str | None:
    """Ask the model which city the question is about."""
    asked = f"Which city is this about? Answer with its name only.\n{question}"
    answer = client.chat.completions.create(
        model=model, messages=[{"role": "user", "content": asked}], temperature=0
    )
    return answer.choices[0].message.content


@braintrust.traced
def look_up(question: str, city: str | None) -> list[Any]:
    """Let the model call the weather tool, and return the conversation with the tool's result."""
    messages: list[Any] = [
        {"role": "system", "content": "You are brief. Look at the weather before you answer."},
        {"role": "user", "content": f"{question} (Look at the weather in {city}.)"},
    ]
    asked = client.chat.completions.create(
        model=model, messages=messages, tools=[WEATHER_TOOL], tool_choice="required"
    )
    message = asked.choices[0].message
    messages.append(message)
    for call in message.tool_calls or []:
        if call.type == "function":
            weather = get_weather(**json.loads(call.function.arguments))
            result = {"role": "tool", "tool_call_id": call.id, "content": json.dumps(weather)}
            messages.append(result)
    return messages


@braintrust.traced
def answer_question(question: str) -> str:
    """Find out what there is to know, then print the answer while it arrives."""
    messages = look_up(question, find_city(question))
    chunks = client.chat.completions.create(
        model=model, messages=messages, stream=True, stream_options={"include_usage": True}
    )
    pieces = []
    print("Answer:   ", end="")
    for chunk in chunks:
        if chunk.choices and chunk.choices[0].delta.content:
            pieces.append(chunk.choices[0].delta.content)
            print(pieces[-1], end="", flush=True)
    print()
    return "".join(pieces)


if __name__ == "__main__":
    print(f"Question: {QUESTION}")
    answer_question(QUESTION)
    braintrust.flush()
