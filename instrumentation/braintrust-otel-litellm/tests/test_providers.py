"""The provider underneath is named as everywhere else."""

from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import Any

import pytest

from braintrust_otel_litellm.providers import provider_name, requested


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> None:
    """Provide what the library knows of providers and models."""
    table = {"claude-tiny": {"litellm_provider": "anthropic"}, "odd": None}
    library = SimpleNamespace(provider_list=["openai", "xai", "gemini"], model_cost=table)
    monkeypatch.setitem(sys.modules, "litellm", library)  # type: ignore[arg-type]  # has what counts


@pytest.mark.parametrize(
    ("seen", "name"),
    [
        ("openai", "openai"),
        ("text-completion-openai", "openai"),
        ("azure_ai", "azure"),
        ("bedrock_converse", "bedrock"),
        ("gemini", "google"),
        ("vertex_ai-anthropic_models", "vertex"),
        ("xai", "xAI"),
        ("somebody", "somebody"),
        ("", None),
        (None, None),
        (7, None),
    ],
)
def test_provider_has_the_name_that_rows_have_for_it(seen: Any, name: str | None) -> None:
    """LiteLLM's own names are translated; a name nobody knows stays."""
    assert provider_name(seen) == name


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize(
    ("model", "provider", "told"),
    [
        ("openai/tiny", None, ("tiny", "openai")),
        ("gemini/tiny", None, ("tiny", "google")),
        ("xai/tiny", "openai", ("tiny", "openai")),
        ("claude-tiny", None, ("claude-tiny", "anthropic")),
        ("meta/tiny", None, ("meta/tiny", None)),
        ("meta/tiny", "xai", ("meta/tiny", "xAI")),
        ("odd", None, ("odd", None)),
        ("", "xai", (None, "xAI")),
        (None, None, (None, None)),
    ],
)
def test_model_tells_its_provider(model: Any, provider: Any, told: tuple[Any, Any]) -> None:
    """By what stands before it, or by the library's table."""
    assert requested(model, provider) == told


def test_nothing_is_known_without_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not imported to ask it."""
    monkeypatch.delitem(sys.modules, "litellm", raising=False)

    assert requested("openai/tiny") == ("openai/tiny", None)
    assert "litellm" not in sys.modules
