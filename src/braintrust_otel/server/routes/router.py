"""Finds the route function for a method and a path."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import unquote

from braintrust_otel._model.http import HttpResponse
from braintrust_otel.server.routes.calls import Call, Refusal

__all__ = ["Match", "Route", "match_route"]


@dataclass(frozen=True, slots=True)
class Route:
    """One entry of the route table.

    Attributes:
        method: Upper-case method name.
        path: Template; ``{name}`` stands for one segment, which becomes a parameter.
        function: Answers the request.
        is_open: Whether the route is served without a key: it is public or checks on its own.
        is_upload: Whether the larger limit for uploads holds for the body.
        is_streamed: Whether the body is never in memory whole.
        refuse: Words a refusal, given the request's headers; None for the usual JSON.
    """

    method: str
    path: str
    function: Callable[[Call], HttpResponse]
    is_open: bool = False
    is_upload: bool = False
    is_streamed: bool = False
    refuse: Callable[[Mapping[str, str], Refusal], HttpResponse] | None = None


@dataclass(frozen=True, slots=True)
class Match:
    """A route and the values of its path's parameters."""

    route: Route
    params: Mapping[str, str]


def match_route(routes: Sequence[Route], method: str, path: str) -> Match:
    """Return the route for *method* and *path*.

    Raises:
        Refusal: No route has that path (404), or none with that method (405).
    """
    allowed: list[str] = []
    segments = _segments(path)
    for route in routes:
        params = _params(_segments(route.path), segments)
        if params is None:
            continue
        if route.method == method:
            return Match(route, params)
        allowed.append(route.method)
    if allowed:
        methods = ", ".join(allowed)
        raise Refusal(405, f"{method} {path} is not allowed; use {methods}.", {"allow": methods})
    raise Refusal(404, f"{method} {path} is not served by the local Braintrust server.")


def _segments(path: str) -> list[str]:
    return [unquote(segment) for segment in path.split("/") if segment]


def _params(template: Sequence[str], segments: Sequence[str]) -> dict[str, str] | None:
    if len(template) != len(segments):
        return None
    params: dict[str, str] = {}
    for expected, segment in zip(template, segments, strict=True):
        if expected.startswith("{"):
            params[expected[1:-1]] = segment
        elif expected != segment:
            return None
    return params
