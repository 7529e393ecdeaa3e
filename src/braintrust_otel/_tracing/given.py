"""Finds out what an explicit parent means: an exported text, or the headers of a request."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from opentelemetry.context import Context

from braintrust_otel._model.containers import Parent
from braintrust_otel._model.slugs import decode_slug
from braintrust_otel._otel.headers import read_headers
from braintrust_otel._runtime import root
from braintrust_otel._tracing.homes import Home, home_of_parent
from braintrust_otel._tracing.values import GivenParent
from braintrust_otel.errors import SlugError

if TYPE_CHECKING:
    from braintrust_otel._runtime.pipeline import Pipeline

__all__ = ["home_of_given", "read_parent"]

_ROW_ID = "bt-propagation"


def home_of_given(
    context: Context, given: GivenParent, around: Callable[[], Home | None]
) -> Home | None:
    """Return the home that *given* names, or None when spans start as if it were not there.

    Args:
        context: The context in which the span starts.
        given: What the caller was given, perhaps from outside.
        around: Returns where spans would go without it; for headers that name no container.
    """
    found = _read(given, around)
    if found is None:
        return None
    root.activate()
    parent, account = found
    home = home_of_parent(context, parent)
    return home if account is None else home._replace(account=account)


def read_parent(given: GivenParent, around: Callable[[], Home | None]) -> Parent | None:
    """Return the parent that *given* names; the arguments are those of ``home_of_given``."""
    found = _read(given, around)
    return None if found is None else found[0]


def _read(
    given: GivenParent, around: Callable[[], Home | None]
) -> tuple[Parent, Pipeline | None] | None:
    """Return the parent and its account, where that is known.

    What *given* is comes from outside more often than not, so that it must not break the request:
    where it is wrong that is said once in a while.
    """
    if not isinstance(given, str):
        return _read_headers(given, around)
    try:
        return decode_slug(given), None
    except SlugError as error:
        root.notices.say_at_most(
            "parent", f"A parent could not be read, so the span starts afresh. {error}"
        )
        return None


def _read_headers(
    carrier: object, around: Callable[[], Home | None]
) -> tuple[Parent, Pipeline | None] | None:
    headers = read_headers(carrier)
    if headers is None:
        return None  # no trace comes with this request, which most requests are
    container, account = headers.container, None
    if container is None:
        home = around()
        if home is None:
            root.notices.say_at_most("parent container", _NO_CONTAINER)
            return None
        container, account = home.container, home.account
    parent = Parent(container, _ROW_ID, headers.span_id, headers.trace_id, relay=headers.relay)
    return parent, account


_NO_CONTAINER = (
    "The headers given as a parent name no project, and there is no current one, so the span "
    "starts afresh. Call init_logger, or let the sender add its project with inject()."
)
