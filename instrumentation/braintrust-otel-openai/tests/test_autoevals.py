"""autoevals gets our pair while the instrumentor is on, whenever it is imported, and no longer."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import openai
import pytest

from braintrust_otel_openai.autoevals import ScorerClients, TracedClient
from support.provider import Provider, Reply

NAME = "autoevals.oai"
PAIR = ("_named_wrapper", "_wrap_openai")


class Importing:
    """Stands in for the import system: modules, and who waits for one."""

    def __init__(self, **members: Any) -> None:
        self.module = ModuleType(NAME)
        vars(self.module).update(members)
        self.modules: dict[str, ModuleType] = {}
        self.hooks: list[Callable[[Any], None]] = []

    def watch(self, hook: Callable[[Any], None], name: str) -> None:
        assert name == NAME
        self.hooks.append(hook)

    def imported(self) -> None:
        self.modules[NAME] = self.module
        [hook(self.module) for hook in self.hooks]

    def pair(self) -> tuple[Any, ...]:
        return tuple(getattr(self.module, name) for name in PAIR)


@pytest.fixture
def importing() -> Importing:
    """Provide an autoevals that has no pair yet."""
    return Importing(**dict.fromkeys(PAIR))


@pytest.fixture
def scorers(importing: Importing) -> ScorerClients:
    """Provide what puts our pair there."""
    return ScorerClients(importing.watch, importing.modules)


def test_autoevals_that_is_there_gets_our_pair(
    importing: Importing, scorers: ScorerClients
) -> None:
    """Where autoevals is imported first, it gets the pair at once."""
    importing.imported()

    scorers.switch_on()

    assert importing.pair()[0] is TracedClient


def test_autoevals_that_comes_later_gets_our_pair(
    importing: Importing, scorers: ScorerClients
) -> None:
    """Where it is imported later, it gets the pair then; it is watched for once."""
    scorers.switch_on()
    scorers.switch_on()

    importing.imported()

    assert importing.pair()[0] is TracedClient
    assert len(importing.hooks) == 1


def test_autoevals_is_left_as_it_was(importing: Importing, scorers: ScorerClients) -> None:
    """Switched off, autoevals has what it had before."""
    importing.imported()
    scorers.switch_on()

    scorers.switch_off()
    scorers.switch_off()

    assert importing.pair() == (None, None)


def test_nothing_is_put_while_it_is_off(importing: Importing, scorers: ScorerClients) -> None:
    """An import after the end changes nothing."""
    scorers.switch_on()
    scorers.switch_off()

    importing.imported()

    assert importing.pair() == (None, None)


def test_pair_of_somebody_else_stays(importing: Importing, scorers: ScorerClients) -> None:
    """What another has put in the place of our pair is not taken away."""
    importing.imported()
    scorers.switch_on()
    vars(importing.module)["_wrap_openai"] = print

    scorers.switch_off()

    assert importing.pair() == (TracedClient, print)


def test_version_without_a_pair_stays_as_it_is() -> None:
    """An older version is not changed."""
    importing = Importing()
    importing.imported()

    ScorerClients(importing.watch, importing.modules).switch_on()

    assert not hasattr(importing.module, "_wrap_openai")


@pytest.fixture
def wrap(importing: Importing, scorers: ScorerClients) -> Callable[[Any], Any]:
    """Provide what autoevals calls to have a client traced."""
    importing.imported()
    scorers.switch_on()
    found: Callable[[Any], Any] = importing.pair()[1]
    return found


def test_client_is_of_both_classes(wrap: Callable[[Any], Any]) -> None:
    """autoevals sees that the client is traced; everybody else sees a client."""
    with openai.OpenAI(api_key="x") as client:
        traced = wrap(client)

        assert isinstance(traced, TracedClient)
        assert isinstance(traced, openai.OpenAI)
        assert traced.api_key == "x"
        assert "create" in vars(client.chat.completions)


@pytest.mark.parametrize("thing", [None, object(), openai.OpenAIError])
def test_what_cannot_be_traced_is_not_said_to_be(wrap: Callable[[Any], Any], thing: object) -> None:
    """autoevals adds nothing to the calls of a client that would send it to the provider."""
    assert wrap(thing) is thing


def test_what_marks_the_call_is_not_sent(wrap: Callable[[Any], Any], provider: Provider) -> None:
    """The mark that autoevals puts on a call, or that is put on it, never reaches the provider."""
    provider.will(Reply({"choices": []}), Reply({"output": []}))
    mark = {"span_attributes": {"purpose": "scorer"}}
    with openai.OpenAI(base_url=provider.url, api_key="x", max_retries=0) as client:
        traced = wrap(client)

        traced.chat.completions.create(model="tiny", messages=[], span_info=mark)
        getattr(traced, "responses", traced.chat.completions).create(
            model="tiny", **({"input": "hi"} if hasattr(traced, "responses") else {"messages": []})
        )

    assert [request.keys() & {"span_info"} for request in provider.requests] == [set(), set()]
