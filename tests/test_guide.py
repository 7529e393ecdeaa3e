"""Each section of the guide as a program: it runs, and leaves the rows that the guide describes.

Every one of them runs against the embedded store and against a server.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from support.guide import EXAMPLES, Left, Place, served_store

Runner = Callable[[str, str | None], Left]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Serve one store to all tests; their projects differ."""
    with served_store(tmp_path_factory.mktemp("served")) as place:
        yield place


@pytest.fixture(params=["embedded", "served"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """Return where the example logs to."""
    if request.param == "served":
        served: Place = request.getfixturevalue("served")
        return served
    return Place(tmp_path / "store", {"BRAINTRUST_LOCAL_DIR": str(tmp_path / "store")})


@pytest.fixture
def run(place: Place, tmp_path: Path) -> Runner:
    """Return what runs an example there."""
    return lambda example, project: place.run(example, tmp_path, project)


def test_annotating_code(run: Runner) -> None:
    """A decorated function logs its arguments and result, above the call of the model."""
    left = run("annotating_code", "Annotating code")

    function, call = left.rows
    assert left.outline == ["answer_question", "  Chat Completion"]
    assert function["span_attributes"]["type"] == "function"
    assert function["input"] == {"body": "What is the best way to Lisbon?"}
    assert function["output"] == left.out.strip() == "Lisbon"
    assert call["span_attributes"]["type"] == "llm"
    assert call["input"][1] == {"role": "user", "content": "What is the best way to Lisbon?"}


def test_wrapping_openai(run: Runner) -> None:
    """A logger and a wrapped client are enough."""
    left = run("wrapping_openai", "Wrapping OpenAI")

    (call,) = left.rows
    assert call["span_attributes"]["type"] == "llm"
    assert call["span_parents"] is None
    assert call["output"][0]["message"]["content"] == left.out.strip()
    assert call["metadata"]["provider"] == "openai"


def test_streaming_metrics(run: Runner) -> None:
    """The tokens of a stream are logged when the provider counts them."""
    left = run("streaming_metrics", "Streaming metrics")

    (call,) = left.rows
    metrics = call["metrics"]
    assert metrics["tokens"] == metrics["prompt_tokens"] + metrics["completion_tokens"]
    assert metrics["time_to_first_token"] > 0
    assert call["output"][0]["message"]["content"] == left.out.strip()


def test_custom_llm_client(run: Runner) -> None:
    """A client of one's own is logged as known ones are: messages, tokens, model."""
    left = run("custom_llm_client", "Custom LLM client")

    call = left.rows[1]
    assert left.outline == ["handle_request", "  Custom LLM"]
    assert call["span_attributes"]["type"] == "llm"
    assert call["input"] == [{"role": "user", "content": "Say hello to the world."}]
    assert call["metadata"] == {"model": "my-llm-2", "temperature": 0.1}
    assert {name: call["metrics"][name] for name in ("prompt_tokens", "completion_tokens")} == {
        "prompt_tokens": 5,
        "completion_tokens": 3,
    }
    assert call["metrics"]["tokens"] == 8


def test_attachments(run: Runner) -> None:
    """What is attached is referred to where it was logged."""
    left = run("attachments", "Attachment example")

    (row,) = left.rows
    image, text = row["input"]["context"], row["output"]["proof"][0]
    assert (image["filename"], image["content_type"]) == ("user_input.svg", "image/svg+xml")
    assert (text["filename"], text["content_type"]) == ("measured.txt", "text/plain")
    assert {image["type"], text["type"]} == {"braintrust_attachment"}
    assert image["key"] != text["key"]


def test_external_images(run: Runner) -> None:
    """Addresses of images are logged untouched."""
    left = run("external_images", "External images")

    (row,) = left.rows
    assert row["input"]["first"] == "https://example.com/first.jpg"
    assert row["input"]["second"] == {"image_url": {"url": "https://example.com/pictures?id=2"}}


def test_errors(run: Runner) -> None:
    """An exception is logged on the span that it leaves, and an error where it is set."""
    left = run("errors", "Errors")

    (_, failed), (_, handled) = left.named("process"), left.named("handle_request")
    assert left.outline == ["handle_request", "  process"] * 2
    assert failed["error"].endswith("ValueError: Input too long\n")
    assert handled["error"] == "Input too long"
    assert [row.get("error") for row in left.rows[:2]] == [None, None]


def test_nested_code(run: Runner) -> None:
    """Functions deep in the stack log to their own span; two requests at once do not mix."""
    left = run("nested_code", "Nested code")

    tree = ["POST /ask", "  some_logic", "    run_llm", "      Chat Completion"]
    assert sorted(left.outline) == sorted(tree * 2)
    assert {row["metadata"]["user_id"] for row in left.named("POST /ask")} == {"ann", "bob"}
    assert {row["output"] for row in left.named("POST /ask")} == {"Lisbon", "Porto"}
    assert all("random_model" in row["metadata"] for row in left.named("run_llm"))
    assert len({row["root_span_id"] for row in left.rows}) == 2


def test_distributed_tracing(run: Runner) -> None:
    """A trace goes on in the server, handed over as a text or in the standard headers."""
    left = run("distributed_client", "Distributed tracing")

    assert left.outline == [
        "bedtime_story",
        "  text_generator_server",
        "another_story",
        "  text_generator_server",
    ]
    assert [row["root_span_id"] for row in left.named("text_generator_server")] == [
        left.named("bedtime_story")[0]["root_span_id"],
        left.named("another_story")[0]["root_span_id"],
    ]


def test_updating_spans(run: Runner) -> None:
    """What is found out later replaces the output of the span that began it."""
    left = run("updating_spans", "Updating spans")

    one, two = left.named("start_request")
    assert one["output"] == "handle of one: done"
    assert two["output"] == "handle of two: done"
    assert two["tags"] == ["finished elsewhere"]
    assert one["input"] == {"request": "one"}
    assert one["metrics"]["end"] >= one["metrics"]["start"]


def test_deep_links(run: Runner) -> None:
    """The link is the same from the span, from what it exported, and without asking anybody."""
    left = run("deep_links", "Deep links")

    (row,) = left.rows
    (link,) = {line.split()[-1] for line in left.out.splitlines()}
    assert f"object_id={row['project_id']}&id={row['id']}" in link


def test_manual_spans(run: Runner) -> None:
    """A span that several callbacks share holds what each of them logged."""
    left = run("manual_spans", "My long-running project")

    first, second = left.named("request-1")[0], left.named("request-2")[0]
    assert sorted(left.outline) == sorted(
        ["request-1", "request-2", *["  compute_output", "    Chat Completion"] * 2]
    )
    assert (first["input"], first["output"]) == ("I want to go to Lisbon", "Lisbon")
    assert (second["expected"], second["output"]) == ("Porto", "Porto")
    assert (first["metadata"], second["metadata"]) == ({"user": "ann"}, {"user": "bob"})


def test_thread_pool(run: Runner) -> None:
    """What is submitted to a traced pool nests under the span that submitted it."""
    left = run("thread_pool", "math")

    assert left.outline[0] == "main"
    assert sorted(left.outline) == sorted(
        ["main", "  addition", "  multiplication", *["    Chat Completion"] * 2]
    )
    assert left.out.split() == ["2", "1"]


def test_tuning(run: Runner) -> None:
    """With synchronous flushing, flush delivers everything and says so."""
    left = run("tuning", "Tuning")

    assert left.out == "Delivered.\n"
    assert [row["output"] for row in left.rows] == [0, 1, 4]


def test_disabling_logging(run: Runner, place: Place) -> None:
    """Without a logger the program runs as ever, and nothing is logged."""
    before = place.projects()

    left = run("disabling_logging", None)

    assert left.out == "42 logged: False\n"
    assert place.projects() == before


def test_trace_structure(run: Runner) -> None:
    """A span has several parents, the enclosing one first."""
    left = run("trace_structure", "Trace structure")

    spans = {row["span_attributes"]["name"]: row["span_id"] for row in left.rows}
    (combine,) = left.named("combine")
    assert combine["span_parents"] == [spans["question"], spans["search"], spans["remember"]]
    assert combine["output"] == "what both found"


def test_every_example_is_tested() -> None:
    """No example of the guide is left out here."""
    tested = {name.removeprefix("test_") for name in globals() if name.startswith("test_")}
    examples = {path.stem.removeprefix("guide_") for path in EXAMPLES.glob("guide_*.py")}

    assert examples - tested == {"distributed_client", "distributed_server"}
