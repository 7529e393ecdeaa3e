"""The user's own requests adapter carries every request, and stays the user's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests
from requests.adapters import HTTPAdapter

import braintrust_otel as braintrust
from support.backend import Backend
from support.pipeline_here import Here, shipping_here


class Counting(HTTPAdapter):
    """Notes the paths it is asked for, and how often it is closed.

    Args:
        error: What it raises instead of sending; None sends.
    """

    def __init__(self, error: Exception | None = None) -> None:
        super().__init__()
        self.paths: list[str] = []
        self.error = error
        self.is_closed = False

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> Any:
        self.paths.append(request.path_url)
        if self.error is not None:
            raise self.error
        return super().send(request, *args, **kwargs)

    def close(self) -> None:
        self.is_closed = True
        super().close()


@pytest.fixture
def backend() -> Iterator[Backend]:
    with Backend() as running:
        yield running


@pytest.fixture
def here(backend: Backend) -> Iterator[Here]:
    with shipping_here(backend) as running:
        yield running


def test_adapter_set_first_carries_everything(here: Here, backend: Backend) -> None:
    """An adapter that is set before the login carries the login, too."""
    adapter = Counting()

    braintrust.set_http_adapter(adapter)
    here.log("hello")
    here.flush()

    assert [row["input"] for row in backend.stored()] == ["hello"]
    assert adapter.paths == ["/api/apikey/login", "/v1/project", "/version", "/logs3"]


def test_adapter_set_later_carries_the_rest(here: Here, backend: Backend) -> None:
    """Connections that are in use already change to the adapter."""
    here.log("before")
    here.flush()
    adapter = Counting()

    braintrust.set_http_adapter(adapter)
    here.log("after")
    here.flush()

    assert len(backend.stored()) == 2
    assert adapter.paths == ["/logs3"]


def test_another_adapter_takes_over(here: Here, backend: Backend) -> None:
    """The adapter that was set last counts, and none is closed by us."""
    first, second = Counting(), Counting()
    braintrust.set_http_adapter(first)
    here.log(1)
    here.flush()

    braintrust.set_http_adapter(second)
    here.log(2)
    here.flush()
    braintrust.set_http_adapter(None)
    here.log(3)
    here.flush()

    assert len(backend.stored()) == 3
    assert second.paths == ["/logs3"]
    assert (first.is_closed, second.is_closed) == (False, False)


def test_failing_adapter_loses_nothing(here: Here, backend: Backend) -> None:
    """Rows wait for an adapter that raises, whatever it raises, and nothing reaches the caller."""
    braintrust.set_http_adapter(Counting(error=ZeroDivisionError("mine")))
    here.log("hello")
    assert not here.flush()

    braintrust.set_http_adapter(None)
    here.flush()

    assert [row["input"] for row in backend.stored()] == ["hello"]
    assert not [line for line in here.said if "bug" in line]


def test_forked_child_gets_connections_of_its_own(here: Here, backend: Backend) -> None:
    """After a fork the adapter stays, with none of the parent's connections in it."""
    adapter = Counting()
    braintrust.set_http_adapter(adapter)
    here.log("parent")
    here.flush()

    here.pipeline.after_fork_in_child()
    here.log("child")
    here.flush()

    assert adapter.paths[-1] == "/logs3"
    assert len({received.connection for received in backend.requests()}) == 2


def test_what_is_no_adapter_is_refused() -> None:
    """A mistake is said at once, not by the first request."""
    with pytest.raises(TypeError, match="not str"):
        braintrust.set_http_adapter("adapter")  # type: ignore[arg-type]  # what the test is about
