"""``auto_instrument`` switches on what is installed, by name, once, and can be undone."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

import anthropic.resources
import openai.resources.chat.completions
import pytest

import braintrust_otel as braintrust


@pytest.fixture(autouse=True)
def undone() -> Iterator[None]:
    yield
    braintrust.undo_auto_instrument()


def traced() -> set[str]:
    """Return the names of the libraries whose classes are patched now."""
    methods = {
        "openai": openai.resources.chat.completions.Completions.create,
        "anthropic": anthropic.resources.Messages.create,
    }
    return {name for name, method in methods.items() if hasattr(method, "_self_wrapper")}


def test_all_installed_clients_are_traced() -> None:
    """Without arguments every installed client is switched on, and the answer says so."""
    result = braintrust.auto_instrument()

    assert (result["openai"], result["anthropic"]) == (True, True)
    assert traced() == {"openai", "anthropic"}


def test_libraries_without_an_instrumentor_are_answered_with_false() -> None:
    """A name for which nothing is installed is taken, and said not to be traced."""
    assert braintrust.auto_instrument()["livekit_agents"] is False


def test_a_name_switches_its_library_off() -> None:
    """What is switched off by its name is left alone, and is not in the answer."""
    result = braintrust.auto_instrument(openai=False)

    assert "openai" not in result
    assert traced() == {"anthropic"}


def test_switching_on_again_changes_nothing() -> None:
    """A second call answers as the first one did, and patches nothing anew."""
    first = braintrust.auto_instrument()
    method = vars(openai.resources.chat.completions.Completions)["create"]

    second = braintrust.auto_instrument()

    assert second == first
    assert vars(openai.resources.chat.completions.Completions)["create"] is method


def test_off_does_not_take_away_what_is_on() -> None:
    """False means that this call does nothing for a library; undoing is another function."""
    braintrust.auto_instrument()

    braintrust.auto_instrument(openai=False)

    assert traced() == {"openai", "anthropic"}


def test_undoing_takes_one_library_away() -> None:
    """A name undoes one library; the others go on."""
    braintrust.auto_instrument()

    braintrust.undo_auto_instrument("openai")

    assert traced() == {"anthropic"}


def test_undoing_takes_everything_away_and_it_can_come_back() -> None:
    """Without a name everything is undone, as often as one likes, and can be switched on again."""
    original = openai.resources.chat.completions.Completions.create
    braintrust.auto_instrument()

    braintrust.undo_auto_instrument()
    braintrust.undo_auto_instrument()

    assert openai.resources.chat.completions.Completions.create is original
    assert braintrust.auto_instrument(anthropic=False)["openai"] is True


def test_all_arguments_are_switches_that_are_on() -> None:
    """Every library is asked for by name only, and is on unless it is switched off."""
    parameters = inspect.signature(braintrust.auto_instrument).parameters.values()

    switches = [each for each in parameters if each.name != "span_customizers"]
    assert {each.kind for each in parameters} == {inspect.Parameter.KEYWORD_ONLY}
    assert {each.default for each in switches} == {True}
