"""Runs, in which the library calls functions for the model: one tree in true order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from google.genai import types

import braintrust_otel as braintrust
from braintrust_otel.testing import CapturedRows, capture_rows
from braintrust_otel_google_genai import GoogleGenAIInstrumentor
from support.google_calls import (
    answer,
    called,
    chunk,
    client_of,
    closing,
    closing_async,
    said,
    streamed,
)
from support.house_programs import run_program
from support.provider import Provider, Reply

Trace = Callable[[Any], Any]
QUESTION = {"role": "user", "parts": [{"text": "Is it going to rain?"}]}
STREAMED = [
    [chunk({"text": "Let me see. "}), answer(called("look_up", city="Vienna"))],
    [chunk({"text": "It is "}), answer(said("grey."))],
]


@braintrust.traced
def glance(city: str) -> str:
    return f"The sky over {city} is grey."


def look_up(city: str) -> str:
    """Look up the weather.

    Args:
        city: Where.
    """
    if not city:
        raise LookupError("no such city")
    return glance(city)


# The oldest versions of the library do not read postponed annotations.
look_up.__annotations__ = {"city": str, "return": str}


def trace_every_client(client: Any) -> Any:
    GoogleGenAIInstrumentor().instrument()
    return client


def trace_both_ways(client: Any) -> Any:
    return braintrust.wrap_google_genai(trace_every_client(client))


@pytest.fixture(params=[trace_every_client, braintrust.wrap_google_genai, trace_both_ways])
def trace(request: pytest.FixtureRequest) -> Iterator[Trace]:
    """Provide each way to have a client traced; nothing is patched before it is used."""
    yield request.param
    instrumentor = GoogleGenAIInstrumentor()
    if instrumentor.is_instrumented_by_opentelemetry:
        instrumentor.uninstrument()


@pytest.fixture
def rows() -> Iterator[CapturedRows]:
    """Catch the rows of a logger."""
    with capture_rows() as captured:
        braintrust.init_logger(project="weather")
        yield captured


@pytest.fixture
def run_client(provider: Provider, trace: Trace) -> Iterator[Any]:
    """Provide a client that is traced in one of the ways."""
    with closing(client_of(provider.url)) as made:
        yield trace(made)


def tree_of(rows: list[dict[str, Any]], parent: str | None = None) -> list[Any]:
    """Return names and types of *rows* as a tree, children in the order of their starts."""
    below = [row for row in rows if (row["span_parents"] or [None])[0] == parent]
    return [
        (
            row["span_attributes"]["name"],
            row["span_attributes"].get("type"),
            tree_of(rows, row["span_id"]),
        )
        for row in below
    ]


def expected_tree(name: str, call: str) -> list[Any]:
    glances = [("glance", "function", [])]
    below = [(call, "llm", []), ("look_up", "tool", glances), (call, "llm", [])]
    return [(name, "task", below)]


def check_run(rows: list[dict[str, Any]], name: str, call: str) -> None:
    """Check the rows of a run that looked up the weather of Vienna once."""
    assert untyped(tree_of(rows)) == untyped(expected_tree(name, call))
    run, asked, tool = rows[0], rows[1], rows[2]
    assert run["input"] == {"model": "tiny", "contents": [QUESTION]}
    assert (run["metadata"]["provider"], run["metadata"]["model"]) == ("google", "tiny-001")
    assert "tokens" not in run["metrics"]
    assert asked["metadata"]["tools"][0]["function"]["name"] == "look_up"
    assert tool["input"] == {"city": "Vienna"}
    assert tool["output"] == "The sky over Vienna is grey."
    assert rows[-1]["metrics"]["tokens"] == 7
    assert text_of(run) in {"It is grey.", "Let me see. It is grey."}
    assert all(row.get("error") is None for row in rows)


def untyped(tree: list[Any]) -> list[Any]:
    """Return *tree* without the types of what the user traces himself."""
    return [
        (name, None if name == "glance" else kind, untyped(below)) for name, kind, below in tree
    ]


def text_of(row: dict[str, Any]) -> str:
    """Return the text of the first candidate of a row."""
    parts = row["output"]["candidates"][0]["content"]["parts"]
    return "".join(part.get("text", "") for part in parts)


def script(provider: Provider, *, streams: bool) -> None:
    """Let the provider ask for the weather of Vienna, and answer when it was told."""
    if streams:
        provider.will(*map(streamed, STREAMED))
    else:
        provider.will(
            Reply(answer(called("look_up", city="Vienna"))), Reply(answer(said("It is grey.")))
        )


CONFIG: dict[str, Any] = {"tools": [look_up]}
ASKED: dict[str, Any] = {"model": "tiny", "contents": "Is it going to rain?", "config": CONFIG}


def test_run_is_a_tree(provider: Provider, run_client: Any, rows: CapturedRows) -> None:
    """A run is a task, with the model's calls and the functions in the order in which they ran."""
    script(provider, streams=False)

    found = run_client.models.generate_content(**ASKED)

    assert found.text == "It is grey."
    assert len(found.automatic_function_calling_history) == 3
    check_run(rows.all(), "generate_content", "generate_content")


def test_streamed_run_is_a_tree(provider: Provider, run_client: Any, rows: CapturedRows) -> None:
    """So is a run whose answers are streamed; its result is the last of them."""
    script(provider, streams=True)

    list(run_client.models.generate_content_stream(**ASKED))

    check_run(rows.all(), "generate_content_stream", "generate_content_stream")


async def test_asynchronous_runs_are_trees(
    provider: Provider, trace: Trace, rows: CapturedRows
) -> None:
    """An asynchronous run has the same rows."""
    script(provider, streams=False)

    async with closing_async(client_of(provider.url)) as made:
        await trace(made).aio.models.generate_content(**ASKED)

    check_run(rows.all(), "generate_content", "generate_content")


async def test_asynchronous_streamed_runs_are_trees(
    provider: Provider, trace: Trace, rows: CapturedRows
) -> None:
    """An asynchronous run whose answers are streamed has the same rows."""
    script(provider, streams=True)

    async with closing_async(client_of(provider.url)) as made:
        stream = await trace(made).aio.models.generate_content_stream(**ASKED)
        assert [found async for found in stream]

    check_run(rows.all(), "generate_content_stream", "generate_content_stream")


def test_run_of_a_chat_is_a_tree(provider: Provider, run_client: Any, rows: CapturedRows) -> None:
    """A message to a chat for which functions are called is a task, too."""
    script(provider, streams=False)

    run_client.chats.create(model="tiny", config=CONFIG).send_message("Is it going to rain?")

    check_run(rows.all(), "send_message", "generate_content")


def test_streamed_run_of_a_chat_is_a_tree(
    provider: Provider, run_client: Any, rows: CapturedRows
) -> None:
    """So is one whose answers are streamed."""
    script(provider, streams=True)
    chat = run_client.chats.create(model="tiny", config=CONFIG)

    list(chat.send_message_stream("Is it going to rain?"))

    check_run(rows.all(), "send_message_stream", "generate_content_stream")


async def test_asynchronous_runs_of_chats_are_trees(
    provider: Provider, trace: Trace, rows: CapturedRows
) -> None:
    """An asynchronous chat has the same rows."""
    script(provider, streams=False)

    async with closing_async(client_of(provider.url)) as made:
        chat = trace(made).aio.chats.create(model="tiny", config=CONFIG)
        await chat.send_message("Is it going to rain?")

    check_run(rows.all(), "send_message", "generate_content")


async def test_asynchronous_streamed_runs_of_chats_are_trees(
    provider: Provider, trace: Trace, rows: CapturedRows
) -> None:
    """An asynchronous chat whose answers are streamed has the same rows."""
    script(provider, streams=True)

    async with closing_async(client_of(provider.url)) as made:
        chat = trace(made).aio.chats.create(model="tiny", config=CONFIG)
        assert [found async for found in await chat.send_message_stream("Is it going to rain?")]

    check_run(rows.all(), "send_message_stream", "generate_content_stream")


def test_function_that_fails_has_its_own_error(
    provider: Provider, run_client: Any, rows: CapturedRows
) -> None:
    """What a function raises is on its row; the run goes on, as the library wants it."""
    provider.will(Reply(answer(called("look_up", city=""))), Reply(answer(said("Who knows?"))))

    run_client.models.generate_content(**ASKED)

    run, _, tool, last = rows.all()
    assert tool["error"].splitlines()[-1] == "LookupError: no such city"
    assert "output" not in tool or tool["output"] is None
    assert (run.get("error"), last.get("error")) == (None, None)
    assert "no such city" in str(last["input"]["contents"][-1])


def test_run_that_fails_has_the_error(
    provider: Provider, run_client: Any, rows: CapturedRows
) -> None:
    """A refused request fails its own row and that of the run."""
    provider.will(
        Reply(answer(called("look_up", city="Vienna"))),
        Reply({"error": {"code": 400, "message": "enough"}}, status=400),
    )

    with pytest.raises(Exception, match="enough"):
        run_client.models.generate_content(**ASKED)

    failed = [row["span_attributes"]["name"] for row in rows.all() if row.get("error")]
    assert failed == ["generate_content", "generate_content"]


def test_call_of_the_client_in_a_function_is_a_run_of_its_own(
    provider: Provider, run_client: Any, rows: CapturedRows
) -> None:
    """A function may ask the model in turn, with functions of its own."""

    def delegate(city: str) -> str:
        """Ask somebody who knows."""
        return str(run_client.models.generate_content(**ASKED).text)

    delegate.__annotations__ = {"city": str}

    provider.will(Reply(answer(called("delegate", city="Vienna"))))
    script(provider, streams=False)
    provider.will(Reply(answer(said("Grey, they say."))))

    run_client.models.generate_content(**{**ASKED, "config": {"tools": [delegate]}})

    inner = expected_tree("generate_content", "generate_content")
    call = ("generate_content", "llm", [])
    expected = [("generate_content", "task", [call, ("delegate", "tool", inner), call])]
    assert untyped(tree_of(rows.all())) == untyped(expected)


IN_TURN = """
import braintrust_otel as braintrust
from braintrust_otel.testing import capture_rows
from braintrust_otel_google_genai import GoogleGenAIInstrumentor
from google import genai

def look_up(city: str) -> str:
    "Look up the weather."
    return "grey"

with capture_rows() as rows:
    braintrust.init_logger(project="weather")
    client = genai.Client(api_key="test", http_options={{"base_url": "{url}"}})
    instrumentor = GoogleGenAIInstrumentor()
    {steps}
    instrumentor.uninstrument()
    chat = client.chats.create(model="tiny", config={{"tools": [look_up]}})
    chat.send_message("Is it going to rain?")
    print(*[row["span_attributes"]["name"] for row in rows.all()])
"""
INSTRUMENT, WRAP = "instrumentor.instrument()", "braintrust.wrap_google_genai(client)"


@pytest.mark.parametrize("steps", [(INSTRUMENT, WRAP), (WRAP, INSTRUMENT)])
def test_wrapped_client_stays_traced_when_the_others_are_no_longer(
    provider: Provider, tmp_path: Path, steps: tuple[str, str]
) -> None:
    """Taking the instrumentor away takes nothing from a client that was wrapped on its own."""
    script(provider, streams=False)
    program = tmp_path / "program.py"
    program.write_text(IN_TURN.format(url=provider.url, steps="; ".join(steps)), "utf-8")

    # In a process of its own, because what the wrap of any client leaves in place would do.
    found = run_program(program, tmp_path)

    names = "send_message generate_content look_up generate_content"
    assert found.stdout.split() == names.split(), found.stderr


NO_RUNS = {
    "declared": {"tools": [{"function_declarations": [{"name": "look_up"}]}]},
    "turned off": {"tools": [look_up], "automatic_function_calling": {"disable": True}},
    "no rounds": {"tools": [look_up], "automatic_function_calling": {"maximum_remote_calls": 0}},
    "search": types.GenerateContentConfig(tools=[types.Tool(google_search=types.GoogleSearch())]),
}


@pytest.mark.parametrize("config", NO_RUNS.values(), ids=NO_RUNS)
@pytest.mark.filterwarnings("ignore")
def test_call_without_functions_to_run_is_no_run(
    provider: Provider, run_client: Any, rows: CapturedRows, config: Any
) -> None:
    """Where the caller runs the functions there is one span, whatever the model wants."""
    provider.will(Reply(answer(called("look_up", city="Vienna"))))

    run_client.models.generate_content(**{**ASKED, "config": config})

    assert rows.one()["span_attributes"]["type"] == "llm"
    assert rows.one()["metadata"]["tools"]
