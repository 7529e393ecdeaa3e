"""Spans that arrive over OTLP become rows."""

from __future__ import annotations

import base64
import gzip
import json
import zlib

import pytest
from google.protobuf.message import Message
from inline_snapshot import snapshot
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from braintrust_otel._model.containers import Container, ContainerKind, Parent
from braintrust_otel._model.http import HttpResponse
from braintrust_otel._model.slugs import encode_slug
from braintrust_otel.server.app import LocalServer
from braintrust_otel.server.settings import ServerSettings
from braintrust_otel.server.store import Store, StoreFullError
from support.otlp import (
    JSON,
    PROTOBUF,
    SPAN_ID,
    TRACE_ID,
    OtlpClient,
    attribute,
    json_body,
    protobuf_body,
    request,
    span,
)
from support.stores import stored_rows

ROW_ID = TRACE_ID + SPAN_ID
EXPERIMENT = "22222222-2222-4222-8222-222222222222"
PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(100)).decode()


@pytest.fixture
def otlp(store: Store) -> OtlpClient:
    """A client of a server over the store."""
    return OtlpClient(LocalServer(store))


def rows_of(store: Store, project: str = "default-otel-project") -> dict[str, dict[str, object]]:
    """Return the rows of a project by id."""
    (found,) = store.projects(project)
    return stored_rows(store, found.id)


def experiment_rows(store: Store) -> list[str]:
    """Return the ids of the rows of the one experiment."""
    page = store.fetch(Container(ContainerKind.EXPERIMENT, id=EXPERIMENT), None, 10)
    return [row["id"] for row in page.rows]


def told(answer: HttpResponse) -> dict[str, object]:
    """Return an answer in JSON."""
    body = json.loads(answer.body)
    assert isinstance(body, dict)
    return body


FULL = request(
    span(
        parentSpanId="00f067aa0ba902b7",
        kind=3,
        attributes=[
            attribute("braintrust.input_json", stringValue='{"q": 1}'),
            attribute("braintrust.tags", arrayValue={"values": [{"stringValue": "a"}]}),
            attribute("http.status", intValue="500"),
        ],
        events=[
            {
                "name": "exception",
                "timeUnixNano": "5",
                "attributes": [attribute("exception.message", stringValue="boom")],
            }
        ],
        status={"code": 2},
    ),
    resource=[attribute("service.name", stringValue="shop")],
)


@pytest.mark.parametrize(
    ("body", "kind"),
    [(json_body(FULL), JSON), (protobuf_body(FULL), PROTOBUF)],
    ids=["json", "protobuf"],
)
def test_a_span_becomes_its_row(otlp: OtlpClient, store: Store, body: bytes, kind: str) -> None:
    """Dialects, errors, parents and the resource are told as the exporter tells them."""
    otlp.send(body, kind)

    assert rows_of(store) == snapshot(
        {
            "7c8aea90d2d80b2d076226163be82ae4f1f387c9af3642d9": {
                "metrics": {"start": 1795317219.717551, "end": 1795317220.217551},
                "span_attributes": {"name": "outer"},
                "context": {
                    "span_origin": {
                        "name": "opentelemetry",
                        "instrumentation": {"name": "some.library", "version": "1.0"},
                    },
                    "resource": {"service.name": "shop"},
                },
                "input": {"q": 1},
                "tags": ["a"],
                "error": "boom",
                "metadata": {"http.status": 500, "otel": {"kind": "client"}},
                "span_parents": ["00f067aa0ba902b7"],
                "id": "7c8aea90d2d80b2d076226163be82ae4f1f387c9af3642d9",
                "project_id": "00000000-0000-4000-8000-000000000002",
                "log_id": "g",
            }
        }
    )


@pytest.mark.parametrize("path", ["/otel/v1/traces", "/v1/traces"])
@pytest.mark.parametrize(
    ("kind", "body", "answer"),
    [
        (JSON, json_body(request(span())), b"{}"),
        ("Application/JSON; charset=utf-8", json_body(request(span())), b"{}"),
        (PROTOBUF, protobuf_body(request(span())), b""),
        ("application/protobuf", protobuf_body(request(span())), b""),
        (PROTOBUF, b"", b""),
    ],
)
def test_success_is_empty_in_the_encoding_of_the_request(
    otlp: OtlpClient, path: str, kind: str, body: bytes, answer: bytes
) -> None:
    """Exporters get what they expect, wherever they were told to send."""
    otlp.path = path

    got = otlp.send(body, kind)

    assert (got.status, got.body) == (200, answer)
    assert got.headers["content-type"] == (PROTOBUF if "proto" in kind else JSON)


@pytest.mark.parametrize(
    ("encoding", "pack"),
    [
        ("gzip", lambda body: gzip.compress(body, mtime=0)),
        ("deflate", zlib.compress),
        ("identity", bytes),
    ],
)
def test_compressed_bodies_are_taken(
    otlp: OtlpClient, store: Store, encoding: str, pack: object
) -> None:
    """What exporters compress with is understood."""
    body = pack(json_body(request(span())))  # type: ignore[operator]  # one of the functions above

    assert otlp.send(body, content_encoding=encoding).status == 200
    assert list(rows_of(store)) == [ROW_ID]


@pytest.mark.parametrize("name", ["my project", "Größe", "日本語"])
@pytest.mark.parametrize("wire", [str, lambda text: text.encode().decode("latin-1")])
def test_header_names_a_project_which_is_made(
    otlp: OtlpClient, store: Store, name: str, wire: object
) -> None:
    """Spans go to the project of the header, also in UTF-8 that was read as Latin-1."""
    header = wire(f"project_name:{name}")  # type: ignore[operator]  # one of the functions above

    otlp.send(json_body(request(span())), x_bt_parent=header)

    assert list(rows_of(store, name)) == [ROW_ID]


@pytest.mark.parametrize(
    "header",
    [
        f"experiment_id:{EXPERIMENT}",
        encode_slug(Parent(Container(ContainerKind.EXPERIMENT, id=EXPERIMENT))),
    ],
    ids=["id", "slug"],
)
def test_header_names_an_experiment(otlp: OtlpClient, store: Store, header: str) -> None:
    """Every form that names a container is understood, exported parents, too."""
    otlp.send(json_body(request(span())), x_bt_parent=header)

    assert experiment_rows(store) == [ROW_ID]


def test_attribute_of_a_span_overrides_the_header(otlp: OtlpClient, store: Store) -> None:
    """Each span goes where it says, the others where the header says."""
    own = [attribute("braintrust.parent", stringValue=f"experiment_id:{EXPERIMENT}")]
    other = span(spanId="00f067aa0ba902b7")

    otlp.send(json_body(request(span(attributes=own), other)), x_bt_parent="project_name:p")

    assert experiment_rows(store) == [ROW_ID]
    assert list(rows_of(store, "p")) == [TRACE_ID + "00f067aa0ba902b7"]


@pytest.mark.parametrize("header", ["nonsense", "project_name:", "project_name:  ", "slug="])
def test_header_without_meaning_is_as_good_as_absent_and_said(
    otlp: OtlpClient, store: Store, header: str
) -> None:
    """The spans are kept, and the sender is warned."""
    answer = otlp.send(json_body(request(span())), x_bt_parent=header)

    assert list(rows_of(store)) == [ROW_ID]
    success = told(answer)["partialSuccess"]
    assert isinstance(success, dict)
    assert success["rejectedSpans"] == "0"
    assert "x-bt-parent" in success["errorMessage"]


def test_bad_spans_are_rejected_and_good_ones_stored(otlp: OtlpClient, store: Store) -> None:
    """The answer counts what was not stored, and says why."""
    body = json_body(request(span(traceId="ab"), span(), span(traceId="ab"), 5))

    answer = otlp.send(body)

    assert list(rows_of(store)) == [ROW_ID]
    assert told(answer) == {
        "partialSuccess": {
            "rejectedSpans": "3",
            "errorMessage": "3 of 4 spans were not stored: the trace id 'ab' is not 32 hex digits "
            "of which one is not zero (2x); the span is no object.",
        }
    }


def test_rejections_are_told_in_protobuf(otlp: OtlpClient) -> None:
    """An exporter that speaks protobuf reads the same."""
    answer = otlp.send(protobuf_body(request(span(traceId="ab"), span())), PROTOBUF)

    response = ExportTraceServiceResponse.FromString(answer.body)
    assert answer.status == 200
    assert response.partial_success.rejected_spans == 1
    assert "the trace id 'ab'" in response.partial_success.error_message


def test_a_delivery_that_is_repeated_changes_nothing(otlp: OtlpClient, store: Store) -> None:
    """An answer that got lost makes exporters send again; feedback given meanwhile stays."""
    scored = [attribute("braintrust.scores", stringValue='{"quality": 1, "speed": 1}')]
    body = json_body(request(span(attributes=scored)))
    otlp.send(body)
    (project,) = store.projects()
    feedback = {"scores": {"quality": 0}, "expected": "x", "tags": ["bad"]}
    store.write([{"id": ROW_ID, "project_id": project.id, "_is_merge": True, **feedback}])
    before = rows_of(store)

    otlp.send(body)

    assert rows_of(store) == before
    assert before[ROW_ID]["scores"] == {"quality": 0, "speed": 1}


@pytest.mark.parametrize("order", [(0, 1), (1, 0), (0, 1, 0, 1)])
def test_an_announced_span_and_the_span_are_one_row(
    otlp: OtlpClient, store: Store, order: tuple[int, ...]
) -> None:
    """What announces a span merges into its row, in whatever order they arrive."""
    pending = span(
        spanId="00f067aa0ba902b7",
        parentSpanId=SPAN_ID,
        endTimeUnixNano="0",
        attributes=[attribute("logfire.span_type", stringValue="pending_span")],
    )
    ended = span(name="ended", attributes=[attribute("braintrust.output", stringValue="x")])

    [otlp.send(json_body(request((pending, ended)[one]))) for one in order]

    (row,) = rows_of(store).values()
    assert row["span_attributes"] == {"name": "ended"}
    assert row["output"] == "x"
    assert "_is_merge" not in row


def test_media_becomes_an_attachment_once(otlp: OtlpClient, store: Store) -> None:
    """Base64 media in a payload is stored beside the row, under the same key when repeated."""
    image = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG}"}}
    payload = json.dumps([{"role": "user", "content": [image]}])
    body = json_body(
        request(span(attributes=[attribute("braintrust.input_json", stringValue=payload)]))
    )

    otlp.send(body)
    otlp.send(body)

    kept = rows_of(store)[ROW_ID]["input"][0]["content"][0]["image_url"]["url"]  # type: ignore[index]  # JSON
    assert kept["type"] == "braintrust_attachment"
    found = store.attachments.find(kept["key"])
    assert found is not None
    assert (found.content_type, found.size_bytes) == ("image/png", 108)


@pytest.mark.parametrize(
    ("body", "kind", "headers", "expected"),
    [
        (b"{", JSON, {}, (400, 3)),
        (b"\x0a", PROTOBUF, {}, (400, 3)),
        (b"x", PROTOBUF, {"content_encoding": "gzip"}, (400, 3)),
        (b"x", PROTOBUF, {"content_encoding": "br"}, (415, 3)),
        (b"x", "text/plain", {}, (415, 3)),
        (b"x", "", {}, (415, 3)),
        (b" " * 2_000, JSON, {}, (413, 8)),
        (b" " * 2_000, PROTOBUF, {}, (413, 8)),
        (
            gzip.compress(bytes(10_000_000), mtime=0)[:900],
            JSON,
            {"content_encoding": "gzip"},
            (413, 8),
        ),
        (b"{}", JSON, {"authorization": "Bearer wrong"}, (401, 16)),
        (b"", PROTOBUF, {"authorization": "Bearer wrong"}, (401, 16)),
    ],
)
def test_refusals_are_statuses_in_the_encoding_of_the_request(
    store: Store, body: bytes, kind: str, headers: dict[str, str], expected: tuple[int, int]
) -> None:
    """Whatever is wrong, the client reads a ``google.rpc.Status``."""
    settings = ServerSettings(payload_max_bytes=1_000, api_key="right")
    client = OtlpClient(LocalServer(store, settings))

    answer = client.send(body, kind, **{"authorization": "Bearer right", **headers})

    assert answer.headers["content-type"] == (PROTOBUF if kind == PROTOBUF else JSON)
    code, message = rpc_status(answer)
    assert (answer.status, code) == expected
    assert message
    assert store.projects() == []


def test_a_full_store_is_answered_as_passing_trouble(otlp: OtlpClient, store: Store) -> None:
    """Exporters give up on anything but 503, so that is what trouble with the store is."""
    full = FullStore(store)

    answer = OtlpClient(LocalServer(full)).send(json_body(request(span())))  # type: ignore[arg-type]  # it behaves as one

    assert answer.status == 503
    assert answer.headers["retry-after"] == "1"
    assert rpc_status(answer) == (14, "no room")


class FullStore:
    """A store whose disk is full."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def write_spans(self, rows: object) -> str:
        """Find no room."""
        raise StoreFullError("no room")

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)


def test_other_methods_are_not_allowed(store: Store) -> None:
    """A GET says what to use."""
    from braintrust_otel._model.http import HttpRequest

    answer = LocalServer(store).handle(HttpRequest("GET", "http://127.0.0.1/otel/v1/traces"))

    assert (answer.status, answer.headers["allow"]) == (405, "POST")


def rpc_status(answer: HttpResponse) -> tuple[int, str]:
    """Return code and message of a ``google.rpc.Status``."""
    if answer.headers["content-type"] == JSON:
        body = told(answer)
        return int(str(body["code"])), str(body["message"])
    # Field 1 and 2 of google.rpc.Status are those of an OTel Status turned around.
    parsed = _status_message()
    parsed.ParseFromString(answer.body)
    return parsed.code, parsed.message  # type: ignore[attr-defined]  # made below


def _status_message() -> Message:
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

    file = descriptor_pb2.FileDescriptorProto(name="status.proto", package="t", syntax="proto3")
    message = file.message_type.add(name="Status")
    message.field.add(name="code", number=1, type=5, label=1)
    message.field.add(name="message", number=2, type=9, label=1)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)  # type: ignore[no-untyped-call]  # the stubs say nothing of it
    made: Message = message_factory.GetMessageClass(pool.FindMessageTypeByName("t.Status"))()
    return made
