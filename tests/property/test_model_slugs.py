"""Laws of slugs: they round-trip, and no text makes the reader raise anything but its own error."""

from __future__ import annotations

import base64
from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as st

from braintrust_otel._model.containers import Container, ContainerKind, Parent, project_logs
from braintrust_otel._model.slugs import decode_slug, encode_slug
from braintrust_otel.errors import SlugError

TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)
KINDS = st.sampled_from(list(ContainerKind)[:3])
CONTAINERS = st.builds(Container, KINDS, id=TEXT, name=st.none(), group=st.none()) | st.builds(
    project_logs, TEXT
)
SPAN_IDS = st.binary(min_size=8, max_size=8).map(bytes.hex) | TEXT
TRACE_IDS = st.binary(min_size=16, max_size=16).map(bytes.hex) | TEXT
EVENTS = st.none() | st.dictionaries(TEXT, st.integers(0, 9) | TEXT, min_size=1)
ROWS = st.tuples(TEXT, SPAN_IDS, TRACE_IDS) | st.just((None, None, None))


@given(container=CONTAINERS, row=ROWS, event=EVENTS)
def test_slugs_round_trip(
    container: Container, row: tuple[str, str, str] | tuple[None, None, None], event: object
) -> None:
    """What is exported is read back, hex ids in lower case."""
    parent = Parent(container, *row, event)  # type: ignore[arg-type]  # events are dicts or None

    back = decode_slug(encode_slug(parent))

    assert (back.container, back.row_id, back.propagated_event) == (container, row[0], event)
    assert (back.span_id or "").lower() == (row[1] or "").lower()
    assert (back.root_span_id or "").lower() == (row[2] or "").lower()


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    """No text raises anything but the error of slugs."""
    with suppress(SlugError):
        decode_slug(text)


@given(version=st.integers(0, 5), kind=st.integers(0, 4), rest=st.binary())
def test_any_record_is_read_or_refused(version: int, kind: int, rest: bytes) -> None:
    """No bytes behind the base64 raise anything but the error of slugs."""
    with suppress(SlugError):
        decode_slug(base64.b64encode(bytes([version, kind]) + rest).decode())
