"""The Interactions API: how its calls and their answers, streamed or not, are read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from braintrust_otel.instrument import (
    Fields,
    Reading,
    json_settings,
    members,
    normalise_tool_choice,
    normalise_tools,
)
from braintrust_otel_google_genai.interaction_answers import (
    InteractionAccumulator,
    read_interaction,
)
from braintrust_otel_google_genai.interaction_steps import told

__all__ = ["interaction_of"]

_SETTINGS = {
    "temperature": "temperature",
    "top_p": "top_p",
    "max_output_tokens": "max_tokens",
    "stop_sequences": "stop",
}
# What a tool may hold that gives access to somebody's server.
_SECRETS = frozenset({"headers", "authorization"})


def interaction_of(provider: str) -> Reading:
    """Return how a call of ``interactions.create`` is read.

    Args:
        provider: Who answers.
    """

    def read_request(asked: Mapping[str, Any], resource: Any) -> Fields:
        return _read_request(_body(asked), provider)

    return Reading(
        "interactions.create", read_request, read_interaction, accumulate=InteractionAccumulator
    )


def _body(asked: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what is sent: it is given by name, or in one object."""
    request = asked.get("request")
    if request is None:
        return asked
    body = members(request).get("body", request)
    return members(body)


def _read_request(body: Mapping[str, Any], provider: str) -> Fields:
    model = body.get("model")
    asked = {"model": model} if model is not None else {"agent": told(body.get("agent"))}
    return {
        "input": {**asked, "input": _input(body)},
        "metadata": _metadata(body, model, provider),
    }


def _input(body: Mapping[str, Any]) -> Any:
    """Return what was asked, with the system instruction as the first message."""
    asked, system = told(body.get("input")), body.get("system_instruction")
    if not system:
        return asked
    steps = asked if isinstance(asked, list) else []
    if asked is not None and not isinstance(asked, list):
        content = {"type": "text", "text": asked} if isinstance(asked, str) else asked
        steps = [{"type": "user_input", "content": [content]}]
    return [{"role": "system", "content": told(system)}, *steps]


def _metadata(body: Mapping[str, Any], model: Any, provider: str) -> dict[str, object]:
    metadata: dict[str, object] = {"provider": provider}
    if isinstance(model, str) and model:
        metadata["model"] = model.removeprefix("models/")
    config = members(body.get("generation_config"))
    named = {to: told(config[name]) for name, to in _SETTINGS.items() if name in config}
    named = {name: value for name, value in named.items() if value is not None}
    metadata.update(json_settings(named, tuple(named)))
    form = _response_format(told(body.get("response_format")))
    if form is not None:
        metadata["response_format"] = form
    tools = [_without_secrets(tool) for tool in normalise_tools(told(body.get("tools")))]
    if tools:
        metadata["tools"] = tools
    choice = normalise_tool_choice(_choice(told(config.get("tool_choice"))))
    if choice is not None:
        metadata["tool_choice"] = choice
    return metadata


def _response_format(form: Any) -> object | None:
    """Return the format that the answer must have: a JSON schema, JSON, or nothing."""
    if not isinstance(form, Mapping) or not form:
        return None
    kind = form.get("type")
    if kind not in {None, "text"} and "properties" not in form:
        return None  # an image or sound, which is no format of a text
    schema = form.get("schema", form.get("schema_")) if kind == "text" else form
    if isinstance(schema, Mapping):
        return {"type": "json_schema", "json_schema": {"schema": schema}}
    return {"type": "json_object"} if form.get("mime_type") == "application/json" else None


def _choice(choice: Any) -> Any:
    """Return a choice in the terms of others, whose word for an allowed set is its mode."""
    allowed = choice.get("allowed_tools") if isinstance(choice, Mapping) else None
    chosen = allowed.get("mode") if isinstance(allowed, Mapping) else choice
    return "auto" if chosen == "validated" else chosen


def _without_secrets(tool: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in tool.items() if name not in _SECRETS}
