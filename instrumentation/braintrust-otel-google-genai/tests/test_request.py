"""What is read off the arguments of a call."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pydantic
import pytest
from google.genai import types

from braintrust_otel_google_genai.config import config_members
from braintrust_otel_google_genai.request import read_request, request_metadata

MODELS = SimpleNamespace(
    _api_client=SimpleNamespace(
        vertexai=False, _http_options=SimpleNamespace(base_url="https://g.example/")
    )
)
TOOL = {
    "function_declarations": [
        {
            "name": "look_up",
            "description": "Look it up.",
            "parameters": {"type": "OBJECT", "properties": {"type": {"type": "STRING"}}},
        }
    ]
}
FUNCTION = {
    "type": "function",
    "function": {
        "name": "look_up",
        "description": "Look it up.",
        "parameters": {"type": "object", "properties": {"type": {"type": "string"}}},
    },
}


class Weather(pydantic.BaseModel):
    sky: str


def metadata_of(config: Any) -> dict[str, Any]:
    """Return the metadata of a call with *config*, but for model and provider."""
    told = request_metadata("models/tiny", config_members(config), MODELS)
    assert (told.pop("provider"), told.pop("model")) == ("google", "tiny")
    return told


SETTINGS = {
    "temperature": 0.0,
    "top_p": 0.5,
    "max_output_tokens": 9,
    "frequency_penalty": 1.0,
    "presence_penalty": 2.0,
    "stop_sequences": ["."],
    "top_k": 3,
    "http_options": {"headers": {"x-key": "secret"}},
    "safety_settings": [],
}
TOLD = {
    "temperature": 0.0,
    "top_p": 0.5,
    "max_tokens": 9,
    "frequency_penalty": 1.0,
    "presence_penalty": 2.0,
    "stop": ["."],
}


@pytest.mark.parametrize(
    "config",
    [
        SETTINGS,
        types.GenerateContentConfig(**SETTINGS),
        {"topP": 0.5, "maxOutputTokens": 9, "stopSequences": ["."], **SETTINGS},
    ],
)
def test_settings_have_the_names_of_rows(config: Any) -> None:
    """Those that rows have are told, whatever form they are given in, and no others."""
    assert metadata_of(config) == TOLD


@pytest.mark.parametrize("config", [{"tools": [TOOL]}, types.GenerateContentConfig(tools=[TOOL])])
def test_declared_functions_are_tools(config: Any) -> None:
    """A function is told as anywhere else, its schema as JSON Schema has it."""
    assert metadata_of(config) == {"tools": [FUNCTION]}


def test_python_functions_are_tools() -> None:
    """A Python function is told as the library describes it to the model."""

    def look_up(city: str) -> str:
        """Look it up."""
        return city

    look_up.__annotations__ = {"city": str}  # the oldest versions do not read postponed ones

    (tool,) = metadata_of({"tools": [look_up]})["tools"]

    assert tool["function"]["name"] == "look_up"
    assert tool["function"]["description"] == "Look it up."
    assert tool["function"]["parameters"]["properties"]["city"]["type"] == "string"


def test_tools_of_the_provider_keep_their_settings() -> None:
    """What Google runs itself is told by its own type."""
    tools = [types.Tool(google_search=types.GoogleSearch()), {"code_execution": {}}]

    assert metadata_of({"tools": tools}) == {
        "tools": [{"type": "google_search"}, {"type": "code_execution"}]
    }


CHOICES = {
    "auto": ({"mode": "AUTO"}, "auto"),
    "any": ({"mode": "ANY"}, "required"),
    "none": ({"mode": "NONE"}, "none"),
    "one": (
        {"mode": "ANY", "allowed_function_names": ["f"]},
        {"type": "function", "function": {"name": "f"}},
    ),
    "some": ({"mode": "ANY", "allowed_function_names": ["f", "g"]}, "required"),
}


@pytest.mark.parametrize(("calling", "choice"), CHOICES.values(), ids=CHOICES)
def test_choice_of_tools_is_told_in_the_common_words(calling: Any, choice: Any) -> None:
    """Modes have the names that rows have for them."""
    config = types.GenerateContentConfig(tool_config={"function_calling_config": calling})

    assert metadata_of(config) == {"tool_choice": choice}


FORMATS = {
    "json": ({"response_mime_type": "application/json"}, {"type": "json_object"}),
    "text": ({"response_mime_type": "text/plain"}, None),
    "schema": (
        {"response_schema": {"type": "OBJECT"}},
        {"type": "json_schema", "json_schema": {"schema": {"type": "object"}}},
    ),
    "model": (
        {"response_schema": types.Schema(type=types.Type.STRING)},
        {"type": "json_schema", "json_schema": {"schema": {"type": "string"}}},
    ),
    "class": (
        {"response_schema": Weather},
        {
            "type": "json_schema",
            "json_schema": {"name": "Weather", "schema": Weather.model_json_schema()},
        },
    ),
    "type": (
        {"response_schema": list[int]},
        {"type": "json_schema", "json_schema": {"name": "list"}},
    ),
}


@pytest.mark.parametrize(("config", "form"), FORMATS.values(), ids=FORMATS)
def test_format_of_the_answer_is_told(config: Any, form: Any) -> None:
    """A schema in any form, or JSON alone, is the response format."""
    assert metadata_of(config).get("response_format") == form


def test_request_tells_others_more() -> None:
    """What rows have no field for is shown to other vendors' processors."""
    asked = {"model": "tiny", "contents": "hi", "config": {"top_k": 3.0, "seed": 4}}

    attributes: Any = read_request(asked, MODELS)["attributes"]

    assert attributes() == {
        "gen_ai.request.top_k": 3,
        "gen_ai.request.seed": 4,
        "server.address": "g.example",
        "server.port": 443,
    }
