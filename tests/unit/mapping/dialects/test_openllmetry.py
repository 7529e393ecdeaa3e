"""The dialect of OpenLLMetry."""

from __future__ import annotations

import pytest

from support.dialects import noted, row_of, spell

CALL = "gen_ai.prompt.1.tool_calls.0"


def older(**attributes: object) -> dict[str, object]:
    """Return the attributes of a model call in the older words; ``__`` stands for a dot."""
    dotted = {key.replace("__", "."): value for key, value in attributes.items()}
    return {"llm.request.type": "chat", "gen_ai.system": "OpenAI", **dotted}


def test_whole_call_in_the_older_words() -> None:
    """A call of an older release becomes a whole row, and nothing is told twice."""
    fields = row_of(
        {
            **older(
                gen_ai__request__model="gpt-3.5-turbo",
                gen_ai__response__model="gpt-3.5-turbo",
                gen_ai__request__max_tokens=9,
                llm__frequency_penalty=0.1,
                llm__presence_penalty=0.2,
                llm__top_k=3,
                llm__chat__stop_sequences=("x",),
                llm__is_streaming=False,
                llm__user="u",
                llm__headers="authorization: secret",
                gen_ai__usage__prompt_tokens=10,
                gen_ai__usage__completion_tokens=5,
                llm__usage__total_tokens=15,
                llm__usage__reasoning_tokens=2,
                gen_ai__usage__cache_read_input_tokens=4,
            ),
            "gen_ai.prompt.0.role": "user",
            "gen_ai.prompt.0.content": "weather?",
            "gen_ai.prompt.1.role": "assistant",
            f"{CALL}.id": "1",
            f"{CALL}.name": "get_weather",
            f"{CALL}.arguments": '{"location": "Paris"}',
            "gen_ai.prompt.2.role": "tool",
            "gen_ai.prompt.2.tool_call_id": "1",
            "gen_ai.prompt.2.content": "sunny",
            "gen_ai.completion.0.role": "assistant",
            "gen_ai.completion.0.content": "It is sunny.",
            "gen_ai.completion.0.finish_reason": "stop",
            "llm.request.functions.0.name": "get_weather",
            "llm.request.functions.0.description": "tells it",
            "llm.request.functions.0.parameters": '{"type": "object"}',
        }
    )

    assert fields["span_attributes"]["type"] == "llm"
    assert fields["input"] == [
        {"role": "user", "content": "weather?"},
        {
            "role": "assistant",
            "tool_calls": [
                {
                    "id": "1",
                    "type": "function",
                    "function": {"name": "get_weather", "arguments": '{"location": "Paris"}'},
                }
            ],
        },
        {"role": "tool", "content": "sunny", "tool_call_id": "1"},
    ]
    assert fields["output"] == [
        {
            "index": 0,
            "finish_reason": "stop",
            "message": {"role": "assistant", "content": "It is sunny."},
        }
    ]
    assert fields["metadata"] == {
        "provider": "openai",
        "model": "gpt-3.5-turbo",
        "max_tokens": 9,
        "frequency_penalty": 0.1,
        "presence_penalty": 0.2,
        "top_k": 3,
        "stop": ["x"],
        "stream": False,
        "user": "u",
        "tools": [
            {
                "type": "function",
                "function": {
                    "name": "get_weather",
                    "description": "tells it",
                    "parameters": {"type": "object"},
                },
            }
        ],
    }
    assert {key: fields["metrics"][key] for key in fields["metrics"].keys() - {"start", "end"}} == {
        "prompt_tokens": 10,
        "completion_tokens": 5,
        "tokens": 15,
        "completion_reasoning_tokens": 2,
        "prompt_cached_tokens": 4,
    }


@pytest.mark.parametrize(
    ("kind", "type_"),
    [("chat", "llm"), ("completion", "llm"), ("embedding", "llm"), ("rerank", "tool")],
)
def test_request_type_is_the_type(kind: str, type_: str) -> None:
    """What was requested decides the type of a span."""
    assert row_of({"llm.request.type": kind})["span_attributes"]["type"] == type_


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("plain", "plain"),
        ('[{"type": "text", "text": "a"}]', "a"),
        ('"[{\\"type\\": \\"text\\", \\"text\\": \\"a\\"}]"', "a"),
        ('[{"x": 1}]', '[{"x": 1}]'),
        ('{"type": "text"}', '{"type": "text"}'),
        ('[{"type": "te', '[{"type": "te'),
    ],
)
def test_content(content: str, told: object) -> None:
    """A content that is the JSON text of parts is opened, even if encoded twice; no other is."""
    fields = row_of({"gen_ai.prompt.0.role": "user", "gen_ai.prompt.0.content": content})

    assert fields["input"] == [{"role": "user", "content": told}]


def test_picture() -> None:
    """A picture within the content stays a picture."""
    picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}}

    fields = row_of({"gen_ai.prompt.0.role": "user", "gen_ai.prompt.0.content": spell([picture])})

    assert fields["input"] == [{"role": "user", "content": [picture]}]


def test_completion_with_a_call_and_a_refusal() -> None:
    """What the model called, refused, or had filtered is part of its choice."""
    fields = row_of(
        {
            **older(llm__response__finish_reason="tool_calls"),
            "gen_ai.completion.0.refusal": "no",
            "gen_ai.completion.0.content_filter_results": '{"hate": false}',
            "gen_ai.completion.0.tool_calls.0.name": "add",
            "gen_ai.completion.0.tool_calls.0.arguments": "{}",
        }
    )

    assert fields["output"] == [
        {
            "index": 0,
            "finish_reason": "tool_calls",
            "message": {
                "role": "assistant",
                "content": None,
                "tool_calls": [
                    {"type": "function", "function": {"name": "add", "arguments": "{}"}}
                ],
                "refusal": "no",
            },
            "content_filter_results": {"hate": False},
        }
    ]
    assert fields["metadata"] == {"provider": "openai"}


def test_whole_prompt_is_another_dialect() -> None:
    """A prompt that is no list of numbered entries is left alone here."""
    fields = row_of({"gen_ai.prompt.name": "n", "gen_ai.prompt.0": "x", "gen_ai.completion.0": "x"})

    assert "input" not in fields
    assert "output" not in fields
    assert len(fields["metadata"]) == 3


@pytest.mark.parametrize(
    ("kind", "type_"),
    [
        ("workflow", "task"),
        ("task", "task"),
        ("agent", "task"),
        ("tool", "tool"),
        ("unknown", "function"),
    ],
)
def test_workflow(kind: str, type_: str) -> None:
    """A decorated function is of the type that its kind says, with what it took and gave."""
    fields = row_of(
        {
            "traceloop.span.kind": kind,
            "traceloop.entity.name": "joke",
            "traceloop.entity.input": '{"args": [], "kwargs": {"topic": "x"}}',
            "traceloop.entity.output": '"haha"',
        }
    )

    assert fields["span_attributes"]["type"] == type_
    assert fields["input"] == {"args": [], "kwargs": {"topic": "x"}}
    assert fields["output"] == "haha"
    assert fields["metadata"] == {"traceloop.entity.name": "joke"}


def test_cut_entity_is_said() -> None:
    """An input that a length limit cut is kept as it came, and the metadata says so."""
    fields = row_of({"traceloop.entity.input": '{"args'})

    assert fields["input"] == '{"args'
    assert fields["metadata"] == {"unparsed_attributes": ["traceloop.entity.input"]}


def test_association_properties() -> None:
    """Properties of the association are metadata under their own names."""
    fields = row_of(
        {
            "traceloop.association.properties.user_id": "u",
            "traceloop.association.properties.": "nameless",
        }
    )

    assert fields["metadata"] == {
        "user_id": "u",
        "traceloop.association.properties.": "nameless",
    }


def test_managed_prompt() -> None:
    """The managed prompt behind a call is one object, with its variables."""
    fields = row_of(
        {
            "traceloop.prompt.key": "greet",
            "traceloop.prompt.version": 3,
            "traceloop.prompt.template": "Hi {name}",
            "traceloop.prompt.template_variables.name": "Eve",
        }
    )

    assert fields["metadata"] == {
        "prompt": {
            "key": "greet",
            "version": 3,
            "template": "Hi {name}",
            "variables": {"name": "Eve"},
        }
    }


def test_query_of_a_vector_store() -> None:
    """What a vector store found is the output of a tool; vectors are not told."""
    fields = row_of(
        {"db.system": "chroma", "db.vector.query.top_k": 2},
        noted("db.query.embeddings", **{"db.query.embeddings.vector": (0.1,)}),
        noted(
            "db.query.result",
            **{
                "db.query.result.id": "1",
                "db.query.result.score": 0.5,
                "db.query.result.document": "Cats purr.",
                "db.query.result.metadata": '{"page": 3}',
                "db.query.result.vector": (0.1,),
            },
        ),
    )

    assert fields["span_attributes"]["type"] == "tool"
    assert fields["output"] == [
        {"id": "1", "score": 0.5, "document": "Cats purr.", "metadata": {"page": 3}}
    ]
    assert fields["metadata"] == {"db.system": "chroma", "db.vector.query.top_k": 2}


def test_query_of_another_database_is_left_alone() -> None:
    """A span of a common database has no type, and keeps its attributes."""
    fields = row_of({"db.system": "postgresql", "db.statement": "select 1"})

    assert "type" not in fields["span_attributes"]
    assert fields["metadata"] == {"db.system": "postgresql", "db.statement": "select 1"}


def test_query_without_a_result() -> None:
    """A query that found nothing has no output."""
    fields = row_of({"db.vector.query.top_k": 2})

    assert fields["span_attributes"]["type"] == "tool"
    assert "output" not in fields
