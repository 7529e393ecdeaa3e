"""Spans of any OpenTelemetry exporter come in over OTLP/HTTP."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from braintrust_otel._model.containers import (
    DEFAULT_OTEL_PROJECT,
    Container,
    parse_container,
    project_logs,
)
from braintrust_otel._model.http import HttpResponse
from braintrust_otel._model.slugs import decode_slug
from braintrust_otel.errors import SlugError, StoreError
from braintrust_otel.server.otlp.answers import JSON, PROTOBUF, content_type, success
from braintrust_otel.server.otlp.json_format import read_json
from braintrust_otel.server.otlp.received import MalformedError, Received, TooManyError
from braintrust_otel.server.otlp.rows import RowMaker
from braintrust_otel.server.routes.calls import Call, Refusal

__all__ = ["receive_traces"]

_PARENT = "x-bt-parent"
_SHOWN = 100
_MAX_PROBLEMS = 5
_RETRY_AFTER = {"retry-after": "1"}


def receive_traces(call: Call) -> HttpResponse:
    """Store the spans of a trace request as rows, and answer once they are durable.

    A span goes where its attribute ``braintrust.parent`` says, else where the header
    ``x-bt-parent`` says, else to the default project. A span that arrives again, or whose row has
    had feedback since, keeps all that is stored of it.
    """
    kind = content_type(call.headers)
    try:
        received = _reader(kind)(call.body)
    except MalformedError as error:
        raise Refusal(400, str(error)) from error
    except TooManyError as error:
        raise Refusal(413, str(error)) from error
    container, warning = _container(call.headers.get(_PARENT))
    if received.views:
        try:
            call.store.write_spans(RowMaker(call.store, container).rows(received.views))
        except StoreError as error:  # exporters try again after 503 only
            raise Refusal(503, str(error), _RETRY_AFTER) from error
    message = " ".join(filter(None, (_problems(received), warning)))
    return success(kind, len(received.problems), message)


def _reader(kind: str) -> Callable[[bytes], Received]:
    if kind == JSON:
        return read_json
    if kind != PROTOBUF:
        raise Refusal(
            415, f"OTLP is taken as {PROTOBUF} or {JSON}, not as {kind[:_SHOWN] or 'nothing'}."
        )
    try:
        from braintrust_otel.server.otlp.protobuf_format import read_protobuf
    except ModuleNotFoundError as error:
        raise Refusal(
            501,
            f'OTLP in protobuf needs the extra "server" ({error.name} is not installed): '
            "pip install 'braintrust-otel[server]'. JSON is taken without it "
            "(OTEL_EXPORTER_OTLP_PROTOCOL=http/json).",
        ) from error
    return read_protobuf


def _container(header: str | None) -> tuple[Container, str]:
    """Return where spans go that do not say it, and a warning if *header* does not help."""
    fallback = project_logs(DEFAULT_OTEL_PROJECT)
    told = _utf8(header or "").strip()
    if not told:
        return fallback, ""
    container = parse_container(told) or _slug_container(told)
    if container is not None and (container.id or (container.name or "").strip()):
        return container, ""
    return fallback, (
        f"The header {_PARENT} ({told[:_SHOWN]!r}) has none of the forms project_name:<name>, "
        "project_id:<id>, experiment_id:<id> and playground_id:<id>; spans that do not say where "
        f"they go went to the project {DEFAULT_OTEL_PROJECT!r}."
    )


def _slug_container(told: str) -> Container | None:
    try:
        return decode_slug(told).container
    except SlugError:
        return None


def _utf8(header: str) -> str:
    """Undo that servers read headers as Latin-1, which clients that write UTF-8 do not mean."""
    try:
        return header.encode("latin-1").decode()
    except UnicodeError:
        return header


def _problems(received: Received) -> str:
    problems = received.problems
    if not problems:
        return ""
    counted = Counter(problems).most_common(_MAX_PROBLEMS)
    told = "; ".join(
        f"{problem} ({count}x)" if count > 1 else problem for problem, count in counted
    )
    every = len(problems) + len(received.views)
    return f"{len(problems)} of {every} spans were not stored: {told}."
