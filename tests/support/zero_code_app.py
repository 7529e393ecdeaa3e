"""A program that traces and sets up nothing: a script, a WSGI and an ASGI app, Celery tasks.

Started without code it logs; started as any program it does the same work and logs nothing.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Iterable
from typing import Any
from urllib.parse import parse_qs

from opentelemetry import trace

import braintrust_otel as braintrust


@braintrust.traced
def outer(number: int) -> int:
    """Do some work, seen as a tree of three spans."""
    with trace.get_tracer("zero_code_app").start_as_current_span("middle"):
        return inner(number)


@braintrust.traced
def inner(number: int) -> int:
    """Do the rest of it."""
    return number + 1


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Serve WSGI: answer with the process that did the work."""
    outer(_number(environ["QUERY_STRING"]))
    start_response("200 OK", [("content-type", "text/plain")])
    return [str(os.getpid()).encode()]


async def app(
    scope: dict[str, Any], receive: Callable[[], Awaitable[Any]], send: Callable[..., Any]
) -> None:
    """Serve ASGI: answer with the process that did the work."""
    if scope["type"] != "http":
        raise RuntimeError("This program has nothing to do when a server starts or stops.")
    outer(_number(scope["query_string"].decode()))
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": str(os.getpid()).encode()})


def _number(query: str) -> int:
    return int(parse_qs(query)["number"][0])


def work_in_processes(method: str) -> None:
    """Work in processes of multiprocessing, and around them."""
    outer(0)
    context = multiprocessing.get_context(method)
    workers = [context.Process(target=outer, args=(number,)) for number in (1, 2, 3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    outer(4)


def work_in_pool(method: str) -> None:
    """Work in a pool that is closed well, as programs do that end well."""
    with multiprocessing.get_context(method).Pool(2) as pool:
        pool.map(outer, range(5))
        pool.close()
        pool.join()


def handle_events(count: str) -> None:
    """Handle an event for each line that comes, as a platform does that freezes in between."""
    for number in range(int(count)):
        sys.stdin.readline()
        outer(number)
        is_done = trace.get_tracer_provider().force_flush(10_000)  # type: ignore[attr-defined]
        sys.stdout.write(f"{json.dumps(is_done)}\n")
        sys.stdout.flush()


def be_terminated() -> None:
    """Work, and be told to end by a signal that nothing here handles."""
    outer(0)
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    name, *arguments = sys.argv[1:]
    globals()[name](
        *(int(each) if each.isdecimal() and name == "outer" else each for each in arguments)
    )
