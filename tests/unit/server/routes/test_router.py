"""Which route answers which request."""

from __future__ import annotations

import pytest

from braintrust_otel._model.http import HttpResponse
from braintrust_otel.server.app import ROUTES
from braintrust_otel.server.routes.calls import Call, Refusal
from braintrust_otel.server.routes.router import Route, match_route


def nothing(call: Call) -> HttpResponse:
    return HttpResponse(200)


TABLE = (
    Route("GET", "/a", nothing),
    Route("POST", "/a", nothing),
    Route("GET", "/a/{x}/b/{y}", nothing),
)


@pytest.mark.parametrize(
    ("method", "path", "index", "params"),
    [
        ("GET", "/a", 0, {}),
        ("POST", "/a", 1, {}),
        ("GET", "/a/", 0, {}),
        ("GET", "//a", 0, {}),
        ("GET", "/a/1/b/2", 2, {"x": "1", "y": "2"}),
        ("GET", "/a/p%2Fq/b/%C3%BC", 2, {"x": "p/q", "y": "ü"}),
    ],
)
def test_route_and_its_parameters(
    method: str, path: str, index: int, params: dict[str, str]
) -> None:
    """A route is found by method and path; named segments are decoded parameters."""
    found = match_route(TABLE, method, path)

    assert (found.route, found.params) == (TABLE[index], params)


@pytest.mark.parametrize("path", ["/", "/b", "/a/1", "/a/1/c/2", "/a/1/b/2/3", "/A"])
def test_unknown_path_is_not_found(path: str) -> None:
    """A path that no route has is refused by name."""
    with pytest.raises(Refusal) as refused:
        match_route(TABLE, "GET", path)

    assert refused.value.status == 404
    assert refused.value.message == f"GET {path} is not served by the local Braintrust server."


def test_wrong_method_is_told_the_right_ones() -> None:
    """A known path with another method says which methods it has."""
    with pytest.raises(Refusal) as refused:
        match_route(TABLE, "DELETE", "/a")

    assert refused.value.status == 405
    assert refused.value.headers == {"allow": "GET, POST"}


def test_no_two_routes_are_alike() -> None:
    """Every entry of the table can be reached."""
    assert len({(route.method, route.path) for route in ROUTES}) == len(ROUTES)
