"""Tools of MCP sessions that the library calls for the model."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

import braintrust_otel as braintrust
from braintrust_otel.instrument import library_version
from braintrust_otel.testing import CapturedRows, capture_rows
from support.google_calls import answer, called, client_of, closing_async, said, streamed
from support.provider import Provider, Reply

pytestmark = pytest.mark.skipif(library_version("google-genai") < (1, 20), reason="came with 1.20")

ASKED: dict[str, Any] = {"model": "tiny", "contents": "Is it going to rain?"}
SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}}
SKY = [{"type": "text", "text": "The sky is grey."}]


class Session:
    """A session with a server in this process, as far as the library uses one."""

    def __init__(self, *, fails: bool = False) -> None:
        self.fails = fails

    async def list_tools(self) -> Any:
        tool = Tool("look_up", "Look up the weather.", SCHEMA)
        return SimpleNamespace(tools=[tool])

    async def call_tool(self, name: str, arguments: dict[str, Any]) -> Any:
        if self.fails:
            raise ConnectionError("the server is gone")
        return {"content": SKY, "isError": not arguments["city"]}


class Tool(SimpleNamespace):
    """A tool, as a server lists it."""

    def __init__(self, name: str, description: str, schema: dict[str, Any]) -> None:
        super().__init__(name=name, description=description, inputSchema=schema)


@pytest.fixture(autouse=True)
def _mcp(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the library know these classes as those of the ``mcp`` package."""
    package, types = ModuleType("mcp"), ModuleType("mcp.types")
    vars(package).update(ClientSession=Session, types=types)
    vars(types).update(Tool=Tool)
    monkeypatch.setitem(sys.modules, "mcp", package)
    monkeypatch.setitem(sys.modules, "mcp.types", types)


@pytest.fixture
def rows() -> Iterator[CapturedRows]:
    """Catch the rows of a logger."""
    with capture_rows() as captured:
        braintrust.init_logger(project="weather")
        yield captured


async def run(provider: Provider, session: Session, city: str, *, streams: bool) -> None:
    """Let the model ask for the weather of *city*, and answer."""
    answers = [answer(called("look_up", city=city)), answer(said("It is grey."))]
    async with closing_async(client_of(provider.url)) as made:
        models = braintrust.wrap_google_genai(made).aio.models
        if streams:
            provider.will(*[streamed([each]) for each in answers])
            stream = await models.generate_content_stream(**ASKED, config={"tools": [session]})
            assert [chunk async for chunk in stream]
        else:
            provider.will(*map(Reply, answers))
            await models.generate_content(**ASKED, config={"tools": [session]})


def names_of(rows: CapturedRows) -> list[tuple[str, str]]:
    """Return names and types of the spans in their order."""
    found = [row["span_attributes"] for row in rows.all()]
    return [(attributes["name"], attributes["type"]) for attributes in found]


@pytest.mark.parametrize("streams", [False, True])
async def test_tool_of_a_session_is_a_span_of_the_run(
    provider: Provider, rows: CapturedRows, *, streams: bool
) -> None:
    """A tool that a server runs is below the run, with what it was given and what it gave."""
    await run(provider, Session(), "Vienna", streams=streams)

    name = "generate_content_stream" if streams else "generate_content"
    assert names_of(rows) == [(name, "task"), (name, "llm"), ("look_up", "tool"), (name, "llm")]
    parent, _, tool, _ = rows.all()
    assert tool["span_parents"] == [parent["span_id"]]
    assert tool["input"] == {"city": "Vienna"}
    assert tool["output"]["content"] == SKY
    assert tool.get("error") is None


async def test_tool_that_answers_with_an_error_has_it(
    provider: Provider, rows: CapturedRows
) -> None:
    """A server may say that a tool failed: the row has the error, and what the server said."""
    await run(provider, Session(), "", streams=False)

    tool = rows.all()[2]
    assert tool["error"] == "The tool answered with an error."
    assert tool["output"]["content"] == SKY


async def test_tool_that_cannot_be_reached_has_the_error(
    provider: Provider, rows: CapturedRows
) -> None:
    """What the session raises is on the tool's row; the library tells the model."""
    await run(provider, Session(fails=True), "Vienna", streams=False)

    tool, last = rows.all()[2:]
    assert tool["error"].splitlines()[-1] == "ConnectionError: the server is gone"
    assert last.get("error") is None
