"""The core's ``wrap_openai`` finds the instrumentor, or says what to install."""

from __future__ import annotations

import sys

import anthropic
import openai
import pytest

import braintrust_otel as braintrust


def test_core_wraps_with_the_installed_instrumentor() -> None:
    """A client comes back as itself, with its methods wrapped."""
    with openai.OpenAI(api_key="x") as client:
        wrapped = braintrust.wrap_openai(client)

        assert wrapped is client
        assert "create" in vars(client.chat.completions)


def test_missing_instrumentor_is_said_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Without the instrumentor the client comes back untraced, and the extra is named once."""
    monkeypatch.setitem(sys.modules, "braintrust_otel_openai", None)

    with openai.OpenAI(api_key="x") as client:
        wrapped = [braintrust.wrap_openai(client), braintrust.wrap_openai(client)]

        assert wrapped == [client, client]
        assert "create" not in vars(client.chat.completions)
    assert caplog.text.count('pip install "braintrust-otel[openai]"') == 1


def test_anthropic_clients_are_wrapped_too() -> None:
    """The same holds for the client of Anthropic, which comes back as itself."""
    with anthropic.Anthropic(api_key="x") as client:
        wrapped = braintrust.wrap_anthropic(client)

        assert wrapped is client
        assert {"create", "stream"} <= vars(client.messages).keys()


def test_missing_anthropic_instrumentor_is_said(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Without its instrumentor the client comes back untraced, and the extra is named."""
    monkeypatch.setitem(sys.modules, "braintrust_otel_anthropic", None)

    with anthropic.Anthropic(api_key="x") as client:
        assert braintrust.wrap_anthropic(client) is client
        assert "create" not in vars(client.messages)
    assert caplog.text.count('pip install "braintrust-otel[anthropic]"') == 1
