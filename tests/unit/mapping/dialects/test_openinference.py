"""The dialect of OpenInference."""

from __future__ import annotations

import pytest

from support.dialects import metrics_of, noted, row_of, spell

IN = "llm.input_messages"
OUT = "llm.output_messages"


def llm(**attributes: object) -> dict[str, object]:
    """Return the attributes of a model call; ``__`` in a name stands for a dot."""
    dotted = {f"llm.{key.replace('__', '.')}": value for key, value in attributes.items()}
    return {"openinference.span.kind": "LLM", **dotted}


def test_whole_call() -> None:
    """A model call becomes a whole row, and nothing is told twice."""
    fields = row_of(
        {
            **llm(
                system="openai",
                model_name="gpt-3.5-turbo-0613",
                invocation_parameters=spell(
                    {"model": "gpt-3.5-turbo", "temperature": 0.1, "max_tokens": None}
                ),
                finish_reason="tool_calls",
                token_count__prompt=229,
                token_count__completion=21,
                token_count__total=250,
                tools__0__tool__json_schema=spell({"name": "multiply"}),
            ),
            f"{IN}.0.message.role": "system",
            f"{IN}.0.message.content": "You calculate.",
            f"{IN}.1.message.role": "user",
            f"{IN}.1.message.content": "what is 23 times 87",
            f"{OUT}.0.message.role": "assistant",
            f"{OUT}.0.message.tool_calls.0.tool_call.id": "c1",
            f"{OUT}.0.message.tool_calls.0.tool_call.function.name": "multiply",
            f"{OUT}.0.message.tool_calls.0.tool_call.function.arguments": '{\n  "a": 23}',
            "input.value": spell({"messages": ["the same"]}),
            "input.mime_type": "application/json",
            "output.value": spell({"id": "the same"}),
            "output.mime_type": "application/json",
        }
    )

    assert fields["span_attributes"]["type"] == "llm"
    assert fields["input"] == [
        {"role": "system", "content": "You calculate."},
        {"role": "user", "content": "what is 23 times 87"},
    ]
    assert fields["output"] == [
        {
            "index": 0,
            "finish_reason": "tool_calls",
            "message": {
                "role": "assistant",
                "content": None,
                "tool_calls": [
                    {
                        "id": "c1",
                        "type": "function",
                        "function": {"name": "multiply", "arguments": '{\n  "a": 23}'},
                    }
                ],
            },
        }
    ]
    assert fields["metadata"] == {
        "provider": "openai",
        "model": "gpt-3.5-turbo-0613",
        "temperature": 0.1,
        "tools": [{"type": "function", "function": {"name": "multiply"}}],
    }
    assert fields["metrics"]["tokens"] == 250


@pytest.mark.parametrize(
    ("kind", "type_"),
    [
        ("LLM", "llm"),
        ("EMBEDDING", "llm"),
        ("CHAIN", "task"),
        ("AGENT", "task"),
        ("PROMPT", "task"),
        ("TOOL", "tool"),
        ("RETRIEVER", "tool"),
        ("RERANKER", "tool"),
        ("EVALUATOR", "score"),
        ("GUARDRAIL", "function"),
    ],
)
def test_kind_is_the_type(kind: str, type_: str) -> None:
    """The kind of a span decides its type."""
    fields = row_of({"openinference.span.kind": kind})

    assert fields["span_attributes"]["type"] == type_
    assert "metadata" not in fields


def test_unknown_kind() -> None:
    """A span of unknown kind is what it holds."""
    fields = row_of({"openinference.span.kind": "UNKNOWN", "llm.model_name": "m"})

    assert fields["span_attributes"]["type"] == "llm"


def test_kind_wins_over_the_operation() -> None:
    """On a span that speaks both dialects OpenInference's kind is the type."""
    fields = row_of({"openinference.span.kind": "AGENT", "gen_ai.operation.name": "chat"})

    assert fields["span_attributes"]["type"] == "task"


def test_contents() -> None:
    """Typed contents become parts; a tool call told twice is one; reasoning stands beside."""
    part = f"{OUT}.0.message.contents"

    fields = row_of(
        {
            **llm(),
            f"{OUT}.0.message.role": "assistant",
            f"{part}.0.message_content.type": "reasoning",
            f"{part}.0.message_content.text": "hm",
            f"{part}.0.message_content.signature": "s",
            f"{part}.1.message_content.type": "text",
            f"{part}.1.message_content.text": "wait",
            f"{part}.2.message_content.type": "tool_use",
            f"{part}.2.tool_call.id": "c1",
            f"{part}.2.tool_call.function.name": "add",
            f"{part}.3.message_content.type": "image",
            f"{part}.3.message_content.image.image.url": "https://e.com/a",
            f"{part}.4.message_content.type": "audio",
            f"{part}.4.message_content.audio.audio.url": "__REDACTED__",
            f"{part}.4.message_content.audio.audio.transcript": "hi",
            f"{part}.5.message_content.type": "document",
            f"{part}.5.message_content.document.document.url": "https://e.com/a.pdf",
            f"{part}.5.message_content.document.document.name": "a.pdf",
            f"{part}.6.message_content.type": "search_result",
            f"{part}.6.message_content.text": '{"type": "search_result", "title": "t"}',
            f"{part}.7.message_content.type": "fallback",
            f"{part}.7.message_content.text": "a -> b",
            f"{OUT}.0.message.tool_calls.0.tool_call.id": "c1",
            f"{OUT}.0.message.tool_calls.0.tool_call.function.name": "add",
        }
    )

    (choice,) = fields["output"]
    assert choice["message"] == {
        "role": "assistant",
        "content": [
            {"type": "text", "text": "wait"},
            {"type": "image_url", "image_url": {"url": "https://e.com/a"}},
            {"type": "file", "file": {"file_data": "__REDACTED__"}, "transcript": "hi"},
            {"type": "file", "file": {"file_data": "https://e.com/a.pdf", "filename": "a.pdf"}},
            {"type": "search_result", "title": "t"},
            {"type": "fallback", "text": "a -> b"},
        ],
        "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "add"}}],
        "reasoning": [{"signature": "s", "content": "hm"}],
    }
    assert "metadata" not in fields


def test_results_of_tools_and_older_calls() -> None:
    """Results keep the call that they answer; a call of the functions API is a tool call."""
    fields = row_of(
        {
            **llm(),
            f"{IN}.0.message.role": "assistant",
            f"{IN}.0.message.function_call_name": "add",
            f"{IN}.0.message.function_call_arguments_json": "{}",
            f"{IN}.1.message.role": "tool",
            f"{IN}.1.message.tool_call_id": "c1",
            f"{IN}.1.message.name": "add",
            f"{IN}.1.message.content": "3",
        }
    )

    assert fields["input"] == [
        {
            "role": "assistant",
            "tool_calls": [{"type": "function", "function": {"name": "add", "arguments": "{}"}}],
        },
        {"role": "tool", "name": "add", "tool_call_id": "c1", "content": "3"},
    ]


def test_sparse_and_absurd_numbers() -> None:
    """Messages are sorted by their numbers, gaps do not matter, and absurd numbers are no entry."""
    fields = row_of(
        {
            **llm(),
            f"{IN}.10.message.content": "last",
            f"{IN}.2.message.content": "first",
            f"{IN}.999999999.message.content": "nobody",
            f"{IN}.x.message.content": "no number",
        }
    )

    assert [message["content"] for message in fields["input"]] == ["first", "last"]
    assert fields["metadata"] == {
        f"{IN}.999999999.message.content": "nobody",
        f"{IN}.x.message.content": "no number",
    }


def test_what_was_left_out_of_the_messages_is_in_the_raw_request() -> None:
    """Where a part of a message is missing, the messages are those of the raw request."""
    file = {"type": "file", "file": {"file_data": "data:application/pdf;base64,AA=="}}
    asked = [{"role": "user", "content": [file, {"type": "text", "text": "what is it?"}]}]
    flat = {
        **llm(),
        f"{IN}.0.message.role": "user",
        f"{IN}.0.message.contents.1.message_content.type": "text",
        f"{IN}.0.message.contents.1.message_content.text": "what is it?",
    }

    whole = row_of({**flat, "input.value": spell({"messages": asked})})
    without = row_of({**flat, "input.value": spell({"messages": [[{"lc": 1}]]})})

    assert whole["input"] == asked
    assert without["input"] == [{"role": "user", "content": "what is it?"}]


def test_both_dialects_on_one_span() -> None:
    """Messages written in GenAI's words as well are told once, and nowhere else."""
    said = [{"role": "assistant", "parts": [{"type": "text", "content": "hi"}]}]

    fields = row_of(
        {
            **llm(),
            f"{OUT}.0.message.role": "assistant",
            f"{OUT}.0.message.content": "hi",
            "gen_ai.output.messages": spell(said),
            "output.value": spell({"raw": True}),
        }
    )

    assert fields["output"] == [{"index": 0, "message": {"role": "assistant", "content": "hi"}}]
    assert "metadata" not in fields


def test_completions() -> None:
    """The texts of the completions API are a conversation, too."""
    fields = row_of(
        llm(prompts__0__prompt__text="Once", choices__0__completion__text=" upon a time")
    )

    assert fields["input"] == [{"role": "user", "content": "Once"}]
    assert fields["output"] == [
        {"index": 0, "message": {"role": "assistant", "content": " upon a time"}}
    ]


@pytest.mark.parametrize(
    ("mime", "value", "told"),
    [
        ("application/json", '{"a": 1}', {"a": 1}),
        ("text/plain", '{"a": 1}', '{"a": 1}'),
        (None, '{"a": 1}', '{"a": 1}'),
        (None, "hi", "hi"),
        ("application/json", "12", "12"),
    ],
)
def test_values_of_other_spans(mime: str | None, value: str, told: object) -> None:
    """The values of a chain are its input and output, read as their type says."""
    fields = row_of(
        {
            "openinference.span.kind": "CHAIN",
            "input.value": value,
            "input.mime_type": mime,
            "output.value": value,
            "output.mime_type": mime,
        }
    )

    assert (fields["input"], fields["output"]) == (told, told)
    assert set(fields.get("metadata", {})) <= {"input.mime_type", "output.mime_type"}


def test_cut_value_is_said() -> None:
    """A value that a length limit cut is kept as it came, and the metadata says so."""
    fields = row_of({"input.value": '{"a": "b', "input.mime_type": "application/json"})

    assert fields["input"] == '{"a": "b'
    assert fields["metadata"] == {"unparsed_attributes": ["input.value"]}


def test_values_of_a_call_without_messages() -> None:
    """A model call without messages has the values that it has."""
    fields = row_of({**llm(), "input.value": "hi", "output.value": "hello"})

    assert (fields["input"], fields["output"]) == ("hi", "hello")


def test_token_details() -> None:
    """Every detail of the token counts is a metric; a prompt without its cache is made whole."""
    metrics = metrics_of(
        llm(
            token_count__prompt=4,
            token_count__completion=9,
            token_count__prompt_details__cache_read=10,
            token_count__prompt_details__cache_write=5,
            token_count__prompt_details__audio=1,
            token_count__completion_details__reasoning=3,
            token_count__completion_details__audio=2,
            cost__total=0.5,
        )
    )

    assert metrics == {
        "prompt_tokens": 19,
        "completion_tokens": 9,
        "tokens": 28,
        "prompt_cached_tokens": 10,
        "prompt_cache_creation_tokens": 5,
        "prompt_audio_tokens": 1,
        "completion_reasoning_tokens": 3,
        "completion_audio_tokens": 2,
        "estimated_cost": 0.5,
    }


def test_older_name_of_the_cached_tokens() -> None:
    """Without the newer name the older one tells what was cached."""
    metrics = metrics_of(llm(token_count__prompt_details__cache_input=7))

    assert metrics == {"prompt_cached_tokens": 7}


def test_sums_of_an_agent_are_not_priced() -> None:
    """The tokens that an agent sums up are shown; a cost is that of its calls alone."""
    fields = row_of(
        {
            "openinference.span.kind": "AGENT",
            "llm.token_count.prompt": 7,
            "llm.cost.total": 0.5,
        }
    )

    assert fields["metrics"]["prompt_tokens"] == 7
    assert "estimated_cost" not in fields["metrics"]


@pytest.mark.parametrize(
    ("attributes", "model"),
    [
        ({"response__model_name": "a", "model_name": "a", "request__model_name": "a"}, "a"),
        ({"model_name": "b"}, "b"),
        ({"request__model_name": "c"}, "c"),
        ({"invocation_parameters": '{"model": "d"}'}, "d"),
    ],
)
def test_model(attributes: dict[str, object], model: str) -> None:
    """The model that answered is the model, else the one that was asked for."""
    assert row_of(llm(**attributes))["metadata"] == {"model": model}


def test_provider_wins_over_the_system() -> None:
    """Whose prices apply is the provider; whose model it is stays told."""
    fields = row_of(llm(provider="azure", system="openai"))

    assert fields["metadata"] == {"provider": "azure", "llm.system": "openai"}


def test_parameters() -> None:
    """Parameters are members of the metadata; secrets, nulls and the model are not told there."""
    parameters = {
        "model": "m",
        "stop_sequences": ["x"],
        "extra_headers": {"authorization": "secret"},
        "api_key": "secret",
        "tools": [{"name": "add"}],
        "tool_choice": {"type": "any"},
        "seed": None,
        "n": 2,
    }

    fields = row_of(llm(model_name="m", invocation_parameters=spell(parameters)))

    assert fields["metadata"] == {
        "model": "m",
        "stop": ["x"],
        "tools": [{"type": "function", "function": {"name": "add"}}],
        "tool_choice": "required",
        "n": 2,
    }


def test_context_of_a_span() -> None:
    """Session, user, tags and the user's metadata are told in the words of rows."""
    fields = row_of(
        {
            "openinference.span.kind": "CHAIN",
            "session.id": "s",
            "user.id": "u",
            "tag.tags": ("a", "b", "a"),
            "metadata": '{"x": {"y": 1}}',
        }
    )

    assert fields["tags"] == ["a", "b"]
    assert fields["metadata"] == {"session_id": "s", "user_id": "u", "x": {"y": 1}}


def test_session_of_another_library_stays() -> None:
    """Common names on spans of other libraries are left alone."""
    kept = {"session.id": "s", "metadata": '{"x": 1}'}

    assert row_of(dict(kept))["metadata"] == kept


def test_embedding() -> None:
    """The texts of an embedding are its input; of the vectors only the lengths are told."""
    fields = row_of(
        {
            "openinference.span.kind": "EMBEDDING",
            "embedding.model_name": "small",
            "embedding.embeddings.0.embedding.text": "cats",
            "embedding.embeddings.0.embedding.vector": (0.1, 0.2, 0.3),
            "output.value": '{"data": [0.1]}',
        }
    )

    assert (fields["input"], fields["output"]) == (["cats"], [{"length": 3}])
    assert fields["metadata"] == {"model": "small"}


def test_retrieval() -> None:
    """The query of a retriever is its input, the documents that it found are its output."""
    document = "retrieval.documents.0.document"

    fields = row_of(
        {
            "openinference.span.kind": "RETRIEVER",
            "input.value": "cats",
            f"{document}.id": "1",
            f"{document}.score": 0.9,
            f"{document}.content": "Cats purr.",
            f"{document}.metadata": '{"page": 3}',
        }
    )

    assert fields["input"] == "cats"
    assert fields["output"] == [
        {"id": "1", "score": 0.9, "content": "Cats purr.", "metadata": {"page": 3}}
    ]


def test_reranking() -> None:
    """A reranker is given a query and documents, and returns documents."""
    fields = row_of(
        {
            "openinference.span.kind": "RERANKER",
            "reranker.query": "cats",
            "reranker.top_k": 1,
            "reranker.model_name": "ranker",
            "reranker.input_documents.0.document.content": "a",
            "reranker.output_documents.0.document.content": "b",
        }
    )

    assert fields["input"] == {"query": "cats", "documents": [{"content": "a"}]}
    assert fields["output"] == [{"content": "b"}]
    assert fields["metadata"] == {"model": "ranker", "top_k": 1}


def test_evaluation() -> None:
    """The score of an evaluator is a score; what explains it stays told."""
    fields = row_of(
        {
            "openinference.span.kind": "EVALUATOR",
            "evaluation.name": "good",
            "evaluation.score": 1.0,
            "evaluation.label": "yes",
        }
    )

    assert fields["scores"] == {"good": 1.0}
    assert fields["metadata"] == {"evaluation.label": "yes"}


def test_first_token() -> None:
    """The event at the first token tells when it came."""
    fields = row_of(llm(), noted("First Token Stream Event", after_ns=500_000_000))

    assert fields["metrics"]["time_to_first_token"] == 0.5
    assert "metadata" not in fields


def test_text_beside_typed_contents() -> None:
    """A plain content beside typed ones is the first of them."""
    fields = row_of(
        {
            **llm(),
            f"{IN}.0.message.content": "look",
            f"{IN}.0.message.contents.0.message_content.image.image.url": "https://e.com/a",
            f"{IN}.1.other": "no message",
        }
    )

    assert [part["type"] for part in fields["input"][0]["content"]] == ["text", "image_url"]
    assert fields["metadata"] == {f"{IN}.1.other": "no message"}


def test_vector_that_is_none_stays() -> None:
    """What is called a vector and is no list of numbers is kept as it came."""
    name = "embedding.embeddings.0.embedding.vector"

    assert row_of({name: "odd"})["metadata"] == {name: "odd"}
