"""What the tests of each client library share: a loopback provider, and clients that are traced."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any, TypeAlias

import pytest

from braintrust_otel.instrument import Calls, Patch, PatchTable
from support.provider import Provider, RunningProvider
from support.spans import FakeTracer

__all__ = [
    "ClientLibrary",
    "Trace",
    "async_bare",
    "async_client",
    "bare",
    "client",
    "either",
    "provider",
    "table",
    "trace",
    "tracer",
]

Trace: TypeAlias = Callable[[Any], Any]
"""Has a client traced, and returns it."""


@dataclass(frozen=True)
class ClientLibrary:
    """A library of clients, and the instrumentor for it.

    Attributes:
        name: Name of the package.
        client_of: Makes a client, given the address of its provider.
        wrap_client: Traces one client.
        class_patches: Returns the patches of the library's classes.
    """

    name: str
    client_of: Callable[..., Any]
    wrap_client: Callable[[Any, Calls], Any]
    class_patches: Callable[[Calls], Sequence[Patch]]


@pytest.fixture
def provider() -> Iterator[Provider]:
    """Provide a provider that answers what the test scripts."""
    with RunningProvider() as running:
        yield running


@pytest.fixture
def tracer() -> FakeTracer:
    """Provide what keeps the spans."""
    return FakeTracer()


@pytest.fixture
def table(library: ClientLibrary, tracer: FakeTracer) -> Iterator[PatchTable]:
    """Provide the patches of the library's classes, not applied."""
    patches = PatchTable(library.class_patches(tracer.calls()))
    yield patches
    patches.undo()


@pytest.fixture
def bare(library: ClientLibrary, provider: Provider) -> Iterator[Any]:
    """Provide a client that is not traced before a test traces it."""
    with library.client_of(provider.url, asynchronous=False) as made:
        yield made


@pytest.fixture
async def async_bare(library: ClientLibrary, provider: Provider) -> AsyncIterator[Any]:
    """Provide an asynchronous client that is not traced before a test traces it."""
    async with library.client_of(provider.url, asynchronous=True) as made:
        yield made


@pytest.fixture(params=[False, True], ids=["sync", "async"])
def either(request: pytest.FixtureRequest, library: ClientLibrary) -> Any:
    """Provide a client of each kind, which is not traced and has nobody to talk to."""
    return library.client_of("http://127.0.0.1:9/v1", asynchronous=request.param)


@pytest.fixture
def client(library: ClientLibrary, bare: Any, tracer: FakeTracer) -> Any:
    """Provide a traced client."""
    return library.wrap_client(bare, tracer.calls())


@pytest.fixture
def async_client(library: ClientLibrary, async_bare: Any, tracer: FakeTracer) -> Any:
    """Provide a traced asynchronous client."""
    return library.wrap_client(async_bare, tracer.calls())


@pytest.fixture(params=["class", "client"])
def trace(
    request: pytest.FixtureRequest, library: ClientLibrary, table: PatchTable, tracer: FakeTracer
) -> Trace:
    """Provide each way to have a client traced."""

    def trace_class(client: Any) -> Any:
        table.apply(tuple(int(number) for number in version(library.name).split(".")[:2]))
        return client

    def trace_client(client: Any) -> Any:
        return library.wrap_client(client, tracer.calls())

    return {"class": trace_class, "client": trace_client}[request.param]
