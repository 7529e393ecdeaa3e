"""Scorers of autoevals that ask a model, without the package that it would look for."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any

import openai
import pytest
from autoevals import ClosedQA, Factuality, oai

import braintrust_otel as braintrust
from braintrust_otel.testing import CapturedRows, capture_rows
from braintrust_otel_openai import OpenAIInstrumentor
from support.provider import Provider, Reply, RunningProvider

pytestmark = [
    pytest.mark.conformance,
    # autoevals does not close the clients that it makes.
    pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning"),
]

PURPOSE = {"span_attributes": {"purpose": "scorer"}}
USAGE = {"prompt_tokens": 3, "completion_tokens": 2, "tokens": 5}
CHAT, RESPONSES = "Chat Completion", "openai.responses.create"
# Older versions ask every model by chat completions.
MODELS = {"gpt-4o": CHAT, "gpt-5-mini": RESPONSES if hasattr(oai, "is_gpt5_model") else CHAT}
ASKED = {"input": "Is it going to rain?", "output": "No.", "expected": "Not today."}

scorers = pytest.mark.parametrize("scorer", [Factuality, ClosedQA])
models = pytest.mark.parametrize("model", MODELS)


@pytest.fixture
def rows() -> Iterator[CapturedRows]:
    """Catch the rows of a logger."""
    with capture_rows() as captured:
        braintrust.init_logger(project="conformance")
        yield captured


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    """Provide the model that autoevals asks when it is given no client."""
    with RunningProvider() as running:
        monkeypatch.setenv("OPENAI_BASE_URL", running.url)
        monkeypatch.setenv("OPENAI_API_KEY", "x")
        yield running


@pytest.fixture
def instrumentor() -> Iterator[None]:
    """Trace every client of OpenAI."""
    OpenAIInstrumentor().instrument()
    yield
    OpenAIInstrumentor().uninstrument()


def chosen(model: str, letter: str) -> Reply:
    """Return the reply in which the model makes its choice, in the form that *model* has."""
    function = {
        "name": "select_choice",
        "arguments": json.dumps({"reasons": "The same.", "choice": letter}),
    }
    if MODELS[model] == CHAT:
        calls = [{"id": "t", "type": "function", "function": function}]
        message = {"role": "assistant", "content": None, "tool_calls": calls}
        choice = {"index": 0, "finish_reason": "tool_calls", "message": message}
        counts = {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}
        return Reply({"model": model, "choices": [choice], "usage": counts})
    counts = {"input_tokens": 3, "output_tokens": 2, "total_tokens": 5}
    item = {"type": "function_call", "id": "f", "call_id": "t", **function}
    return Reply(
        {"id": "r", "object": "response", "model": model, "output": [item], "usage": counts}
    )


def letter_of(scorer: Any) -> str:
    """Return the choice that is the best score."""
    return "C" if scorer is Factuality else "Y"


def asked_of(scorer: Any) -> dict[str, str]:
    """Return what a scorer is asked."""
    return {**ASKED, **({"criteria": "Is it right?"} if scorer is ClosedQA else {})}


def test_the_other_package_is_not_there() -> None:
    """Nothing here comes from the package that autoevals looks for."""
    assert "braintrust" not in sys.modules
    with pytest.raises(ImportError):
        __import__("braintrust.oai")


@models
@scorers
@pytest.mark.usefixtures("instrumentor")
def test_scorer_in_a_scorer_span_is_one_row(
    scorer: Any, model: str, provider: Provider, rows: CapturedRows
) -> None:
    """The model's call is one row under that of the scorer, it is the scorer's, and has no cost."""
    provider.will(chosen(model, letter_of(scorer)))

    with braintrust.start_span(scorer.__name__, type="score", propagated_event=PURPOSE):
        score = scorer(model=model)(**asked_of(scorer))

    above, row = sorted(rows.all(), key=lambda each: each["span_attributes"]["exec_counter"])
    assert score.score == 1
    check(row, model)
    assert row["span_parents"] == [above["span_id"]]
    assert above["span_attributes"]["type"] == "score"


@models
@scorers
@pytest.mark.usefixtures("instrumentor")
def test_scorer_by_itself_is_one_row(
    scorer: Any, model: str, provider: Provider, rows: CapturedRows
) -> None:
    """A scorer that a program calls anywhere is told apart from the program's own calls."""
    provider.will(chosen(model, letter_of(scorer)))

    scorer(model=model)(**asked_of(scorer))

    check(rows.one(), model)


@models
@pytest.mark.usefixtures("instrumentor")
async def test_asynchronous_scorer_is_one_row(
    model: str, provider: Provider, rows: CapturedRows
) -> None:
    """So is one that is awaited."""
    provider.will(chosen(model, "C"))

    async with openai.AsyncOpenAI() as client:
        score = await Factuality(model=model, client=client).eval_async(**ASKED)

    assert score.score == 1
    check(rows.one(), model)


@models
@pytest.mark.usefixtures("instrumentor")
def test_scorer_with_a_wrapped_client_is_one_row(
    model: str, provider: Provider, rows: CapturedRows
) -> None:
    """A client that was wrapped by hand, and given to a scorer, is traced once."""
    provider.will(chosen(model, "C"))

    with openai.OpenAI() as client:
        Factuality(model=model, client=braintrust.wrap_openai(client))(**ASKED)

    check(rows.one(), model)


@pytest.mark.usefixtures("rows")
def test_scorer_goes_on_when_the_instrumentor_is_switched_off(provider: Provider) -> None:
    """A scorer whose client was traced before still works, and sends nothing of ours."""
    OpenAIInstrumentor().instrument()
    with openai.OpenAI() as client:
        scorer = Factuality(model="gpt-4o", client=client)
        OpenAIInstrumentor().uninstrument()
        provider.will(chosen("gpt-4o", "C"))

        assert scorer(**ASKED).score == 1
    assert "span_info" not in provider.requests[0]


def check(row: dict[str, Any], model: str) -> None:
    """Check the row of a scorer's call."""
    metrics, attributes = row["metrics"], row["span_attributes"]
    assert (attributes["name"], attributes["type"]) == (MODELS[model], "llm")
    assert attributes["purpose"] == "scorer"
    assert {name: metrics[name] for name in metrics if name not in ("start", "end")} == USAGE
    assert row["metadata"]["model"] == model
    assert row["metadata"]["tools"][0]["function"]["name"] == "select_choice"
