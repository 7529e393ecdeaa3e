"""Slugs: the published vectors, older layouts, and what is wrong with a wrong one."""

from __future__ import annotations

import base64
import json

import pytest

from braintrust_otel._model.containers import Container, ContainerKind, Parent, project_logs
from braintrust_otel._model.slugs import decode_slug, encode_slug
from braintrust_otel.errors import SlugError

ONE = "11111111-1111-4111-8111-111111111111"
TWO = "22222222-2222-4222-8222-222222222222"
THREE = "33333333-3333-4333-8333-333333333333"
FOUR = "44444444-4444-4444-8444-444444444444"
FIVE = "55555555-5555-4555-8555-555555555555"
SIX = "66666666-6666-4666-8666-666666666666"
SPAN = "00f067aa0ba902b7"
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"

EXPERIMENT = Container(ContainerKind.EXPERIMENT, id=THREE)
PLAYGROUND = Container(ContainerKind.PLAYGROUND_LOGS, id=SIX)

V4_SPAN = (
    "BAICAwDwZ6oLqQK3BEv5LzV3s02mo86SnQ4ORzZ7Im9iamVjdF9pZCI6IjExMTExMTExLTExMTEtNDExMS04MTExLTEx"
    "MTExMTExMTExMSIsInJvd19pZCI6IjIyMjIyMjIyLTIyMjItNDIyMi04MjIyLTIyMjIyMjIyMjIyMiJ9"
)
V4_BY_NAME = (
    "BAIAeyJjb21wdXRlX29iamVjdF9tZXRhZGF0YV9hcmdzIjp7InByb2plY3RfbmFtZSI6ImRlbW8iLCJwcm9qZWN0X2lk"
    "IjpudWxsfX0="
)
V4_PROPAGATED = (
    "BAECAwDwZ6oLqQK3BEv5LzV3s02mo86SnQ4ORzZ7InByb3BhZ2F0ZWRfZXZlbnQiOnsic3Bhbl9hdHRyaWJ1dGVzIjp7"
    "InB1cnBvc2UiOiJzY29yZXIifX0sIm9iamVjdF9pZCI6IjMzMzMzMzMzLTMzMzMtNDMzMy04MzMzLTMzMzMzMzMzMzMz"
    "MyIsInJvd19pZCI6InJvdy0xIn0="
)
V4_PLAYGROUND = (
    "BAMCAwDwZ6oLqQK3BEv5LzV3s02mo86SnQ4ORzZ7InByb3BhZ2F0ZWRfZXZlbnQiOnsiYSI6MX0sIm9iamVjdF9pZCI6"
    "IjY2NjY2NjY2LTY2NjYtNDY2Ni04NjY2LTY2NjY2NjY2NjY2NiIsInJvd19pZCI6ImkifQ=="
)
V3_EXPERIMENT = (
    "AwEEATMzMzMzM0MzgzMzMzMzMzMCIiIiIiIiQiKCIiIiIiIiIgNERERERERERIREREREREREBEREREREREREhERERERE"
    "REQ="
)
V3_CUSTOM_ROW = (
    "AwIDAREREREREUERgREREREREREDRERERERERESERERERERERARVVVVVVVVFVYVVVVVVVVVVeyJyb3dfaWQiOiJjdXN0"
    "b20tcm93In0="
)
V3_PLAYGROUND = "AwMBAWZmZmZmZkZmhmZmZmZmZmY="


def span_of(container: Container, row_id: str, **event: object) -> Parent:
    return Parent(container, row_id, SPAN, TRACE, event or None)


VECTORS_V4 = [
    (V4_SPAN, span_of(project_logs(project_id=ONE), TWO)),
    (V4_BY_NAME, Parent(project_logs("demo"))),
    (V4_PROPAGATED, span_of(EXPERIMENT, "row-1", span_attributes={"purpose": "scorer"})),
    (V4_PLAYGROUND, span_of(PLAYGROUND, "i", a=1)),
]
VECTORS_V3 = [
    (V3_EXPERIMENT, Parent(EXPERIMENT, TWO, FOUR, FOUR)),
    (V3_CUSTOM_ROW, Parent(project_logs(project_id=ONE), "custom-row", FOUR, FIVE)),
    (V3_PLAYGROUND, Parent(PLAYGROUND)),
]


def uuid_bytes(text: str) -> bytes:
    return bytes.fromhex(text.replace("-", ""))


def slug_of(*parts: bytes) -> str:
    return base64.b64encode(b"".join(parts)).decode()


@pytest.mark.parametrize(("slug", "parent"), VECTORS_V4)
def test_version_4_is_written(slug: str, parent: Parent) -> None:
    """The published vectors of version 4 are written byte for byte."""
    assert encode_slug(parent) == slug


@pytest.mark.parametrize(("slug", "parent"), VECTORS_V4 + VECTORS_V3)
def test_versions_4_and_3_are_read(slug: str, parent: Parent) -> None:
    """The published vectors of versions 4 and 3 are read."""
    assert decode_slug(slug) == parent


V1_ROW = (b"\x01\x02\x01", uuid_bytes(ONE), uuid_bytes(FOUR), uuid_bytes(FIVE))
V2_LOOKUP = b'{"project_name":"demo"}'


@pytest.mark.parametrize(
    ("slug", "parent"),
    [
        (
            slug_of(V1_ROW[0], b"\x01", *V1_ROW[1:], uuid_bytes(TWO)),
            Parent(project_logs(project_id=ONE), TWO, FOUR, FIVE),
        ),
        (
            slug_of(V1_ROW[0], b"\x00", *V1_ROW[1:], b"my-row"),
            Parent(project_logs(project_id=ONE), "my-row", FOUR, FIVE),
        ),
        (slug_of(b"\x01\x01\x00\x00", uuid_bytes(THREE)), Parent(EXPERIMENT)),
        (
            slug_of(
                b"\x02\x02\x00\x01\x01\x00",
                len(V2_LOOKUP).to_bytes(4, "big"),
                V2_LOOKUP,
                uuid_bytes(FOUR),
                uuid_bytes(FIVE),
                b"my-row",
            ),
            Parent(project_logs("demo"), "my-row", FOUR, FIVE),
        ),
        (slug_of(b"\x02\x01\x01\x00\x00\x00", uuid_bytes(THREE)), Parent(EXPERIMENT)),
    ],
)
def test_versions_2_and_1_are_read(slug: str, parent: Parent) -> None:
    """Slugs of the two oldest versions are read, with and without a row."""
    assert decode_slug(slug) == parent


def test_upper_case_ids_come_back_in_lower_case() -> None:
    """Hex ids are binary whatever their case, so they come back in lower case."""
    parent = Parent(EXPERIMENT, "r", SPAN.upper(), TRACE.upper())

    assert decode_slug(encode_slug(parent)) == Parent(EXPERIMENT, "r", SPAN, TRACE)


def test_other_ids_stay_text() -> None:
    """Ids that are not hex, such as UUIDs of older senders, come back as they were."""
    parent = Parent(EXPERIMENT, "r", FOUR, FIVE)

    assert decode_slug(encode_slug(parent)) == parent


def test_binary_object_and_row_ids_are_read_as_hex() -> None:
    """A reader takes object and row ids of 16 bytes in version 4, though nobody writes them."""
    entries = b"\x04\x01\x04\x01" + uuid_bytes(THREE) + b"\x02" + uuid_bytes(TWO)
    span_ids = b"\x03" + bytes.fromhex(SPAN) + b"\x04" + bytes.fromhex(TRACE)

    parent = decode_slug(slug_of(entries, span_ids))

    assert parent.container.id == THREE.replace("-", "")
    assert parent.row_id == TWO.replace("-", "")


def test_project_group_travels() -> None:
    """The group in which a project is to be created is part of the lookup."""
    parent = Parent(Container(ContainerKind.PROJECT_LOGS, name="demo", group="team"))

    assert decode_slug(encode_slug(parent)) == parent


def test_lookup_may_carry_the_id() -> None:
    """A lookup that knows the project's id yields it."""
    tail = b'{"compute_object_metadata_args":{"project_name":"demo","project_id":"1"}}'

    assert decode_slug(slug_of(b"\x04\x02\x00", tail)).container == project_logs("demo", "1")


def test_unknown_json_members_are_ignored() -> None:
    """Members that a newer sender added do not hinder reading."""
    tail = b'{"object_id":"x","from_the_future":1}'

    assert decode_slug(slug_of(b"\x04\x01\x00", tail)).container.id == "x"


def test_characters_outside_the_alphabet_are_skipped() -> None:
    """Line breaks and other strangers in the text are skipped, as Python's base64 does."""
    assert decode_slug("\n" + V4_SPAN[:10] + " \u00e9-" + V4_SPAN[10:]) == VECTORS_V4[0][1]


def test_tail_is_ascii_and_compact() -> None:
    """Text beyond ASCII is escaped, so that every reader takes it."""
    slug = encode_slug(Parent(project_logs("d\u00e9mo")))

    assert base64.b64decode(slug)[3:] == json.dumps(
        {"compute_object_metadata_args": {"project_name": "d\u00e9mo", "project_id": None}},
        separators=(",", ":"),
    ).encode("ascii")


def test_propagated_event_may_hold_any_value() -> None:
    """Values that are no JSON are written as they would be logged."""
    parent = Parent(project_logs("demo"), propagated_event={"metadata": {"at": {1}}})

    assert decode_slug(encode_slug(parent)).propagated_event == {"metadata": {"at": [1]}}


@pytest.mark.parametrize(
    ("parent", "problem"),
    [
        (Parent(Container(ContainerKind.DATASET, id="d")), "dataset"),
        (Parent(Container(ContainerKind.EXPERIMENT, name="x")), "before its container has an id"),
        (Parent(project_logs()), "before its container has an id"),
        (Parent(EXPERIMENT, row_id="r"), "row_id without span_id and root_span_id"),
        (Parent(EXPERIMENT, None, SPAN, TRACE), "span_id and root_span_id without row_id"),
    ],
)
def test_what_cannot_be_exported(parent: Parent, problem: str) -> None:
    """What no reader could use is refused when it is exported, with the reason."""
    with pytest.raises(SlugError, match=problem):
        encode_slug(parent)


@pytest.mark.parametrize(
    ("slug", "problem"),
    [
        ("", "empty"),
        ("garbage", "no base64"),
        (V4_SPAN[:-1], "no base64"),
        ("!!!!", "ends in the middle of the version"),
        (slug_of(b"\x05\x01\x00{}"), "version is 5"),
        (slug_of(b"\x00\x01\x00{}"), "version is 0"),
        (slug_of(b"\x04\x09\x00{}"), "unknown kind of container"),
        (slug_of(b"\x02\x03\x00\x00\x00\x00"), "unknown kind of container"),
        (slug_of(b"\x04\x01"), "the number of entries"),
        (slug_of(b"\x04\x01\x01\x03\x00"), "middle of span_id"),
        (slug_of(b"\x04\x01\x01\x09"), "unknown entry"),
        (slug_of(b"\x04\x01\x00{"), "cannot be parsed"),
        (slug_of(b"\x04\x01\x00[]"), "no object"),
        (slug_of(b"\x04\x01\x00{}"), "neither an id nor a lookup"),
        (slug_of(b"\x04\x01\x00"), "neither an id nor a lookup"),
        (slug_of(b'\x04\x01\x00{"object_id":1}'), "object_id is no text"),
        (slug_of(b'\x04\x01\x00{"object_id":"x","propagated_event":[1]}'), "is no object"),
        (slug_of(b'\x04\x01\x00{"object_id":"x","row_id":"r"}'), "without span_id"),
        (
            slug_of(b'\x04\x02\x00{"object_id":"x","compute_object_metadata_args":{"a":1}}'),
            "both an id and a lookup",
        ),
        (
            slug_of(b'\x04\x01\x00{"compute_object_metadata_args":{"project_name":"x"}}'),
            "only an id can name",
        ),
        (
            slug_of(b'\x04\x02\x00{"compute_object_metadata_args":{"other":"x"}}'),
            "names no project",
        ),
        (slug_of(b"\x01\x02\x02\x00"), "the row flag is 2"),
        (slug_of(b"\x01\x02\x01\x00", uuid_bytes(ONE) * 3, b"\xff"), "no UTF-8"),
        (slug_of(b"\x02\x02\x00\x01\x00\x00\x00\x00\x00\x09{}"), "middle of the lookup"),
    ],
)
def test_what_is_wrong_is_said(slug: str, problem: str) -> None:
    """A text that is no slug is refused, and the message says what is wrong with it."""
    with pytest.raises(SlugError, match=problem):
        decode_slug(slug)
