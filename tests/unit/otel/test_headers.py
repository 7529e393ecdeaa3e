"""W3C trace headers: what is read, what is refused, and how baggage is written."""

from __future__ import annotations

from typing import Any

import pytest

from braintrust_otel._model.containers import Container, ContainerKind, Relay, project_logs
from braintrust_otel._otel.headers import (
    MAX_BAGGAGE_BYTES,
    MAX_BAGGAGE_MEMBERS,
    TraceHeaders,
    join_baggage,
    pick_headers,
    read_headers,
    write_headers,
)

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
TRACEPARENT = f"00-{TRACE}-{SPAN}-01"
DEMO = project_logs("demo")
OURS = "braintrust.parent=project_name%3Ademo"


def container_of(baggage: str) -> Container | None:
    found = read_headers({"traceparent": TRACEPARENT, "baggage": baggage})
    assert found is not None
    return found.container


def test_all_headers_are_read() -> None:
    """The headers name the span above, the container, and what is handed on."""
    found = read_headers(
        {"traceparent": f"00-{TRACE}-{SPAN}-00", "baggage": f"a=1,{OURS}", "tracestate": "v=1"}
    )

    assert found == TraceHeaders(TRACE, SPAN, DEMO, Relay(0, "v=1", f"a=1,{OURS}"))


@pytest.mark.parametrize(
    "carrier",
    [
        {"TraceParent": TRACEPARENT},
        {"traceparent": f" {TRACEPARENT}\t"},
        {"traceparent": [TRACEPARENT]},
        {b"Traceparent": TRACEPARENT.encode()},
        [(b"host", b"here"), (b"traceparent", TRACEPARENT.encode())],
        {"host": 7, 8: "eight", None: None, "traceparent": TRACEPARENT},
    ],
)
def test_headers_are_found_in_whatever_frameworks_hand_out(carrier: Any) -> None:
    """Names in any case, bytes, lists of values and pairs are all read."""
    assert pick_headers(carrier) == {"traceparent": TRACEPARENT}


@pytest.mark.parametrize(
    "traceparent",
    [
        "",
        "nonsense",
        f"00-{TRACE.upper()}-{SPAN}-01",
        f"01-{TRACE}-{SPAN}-01",
        f"ff-{TRACE}-{SPAN}-01",
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE[:-1]}-{SPAN}-01",
        f"00-{TRACE}-{SPAN}0-01",
        f"00-{TRACE}-{SPAN}-1",
        f"00-{TRACE}-{SPAN}-01-more",
        f"{TRACEPARENT},{TRACEPARENT}",
        7,
        None,
    ],
)
def test_an_invalid_traceparent_names_no_span(traceparent: Any) -> None:
    """Anything but version 00 with proper ids is refused."""
    assert read_headers({"traceparent": traceparent, "baggage": OURS}) is None


class Broken:
    """A carrier whose code fails."""

    def items(self) -> Any:
        raise RuntimeError("broken")


@pytest.mark.parametrize("carrier", [None, 7, object(), Broken(), [1, 2], [("one",)], "text"])
def test_what_is_no_carrier_holds_nothing(carrier: Any) -> None:
    """A carrier that cannot be read has no headers."""
    assert pick_headers(carrier) == {}
    assert read_headers(carrier) is None


def test_headers_that_come_twice_are_joined() -> None:
    """Several headers of one name count as one, with commas between their values."""
    found = pick_headers([("baggage", "a=1"), ("Baggage", ["b=2", "c=3"])])

    assert found == {"baggage": "a=1,b=2,c=3"}


@pytest.mark.parametrize(
    ("baggage", "container"),
    [
        (OURS, DEMO),
        ("braintrust.parent=project_name:demo", DEMO),
        ("braintrust%2Eparent = project_name%3Ademo ; p=1", DEMO),
        ("a=1;x,braintrust.parent=project_name%3Ademo;p=q", DEMO),
        ("braintrust.parent=project_id:p-1", project_logs(project_id="p-1")),
        (
            "braintrust.parent=experiment_id%3Ae-1",
            Container(ContainerKind.EXPERIMENT, id="e-1"),
        ),
        ("braintrust.parent=project_name%3A%C3%BC%20%2B%2C%3B%3D", project_logs("ü +,;=")),
        ("braintrust.parent=project_name:a+b", project_logs("a+b")),
        ("braintrust.parent=project_name%3Aa%2Bb", project_logs("a+b")),
        ("braintrust.parent=project_name%3Amy+project", project_logs("my project")),
        (f"braintrust.parent=project_name:old,{OURS}", DEMO),
        (f"{OURS},braintrust.parent=nonsense", DEMO),
        ("", None),
        ("braintrust.parent", None),
        ("braintrust.parent=", None),
        ("braintrust.parent=project_name:", None),
        ("braintrust.parent=project_name%3A%FF", None),
        ("braintrust.parent=dataset_id:d", None),
        ("xbraintrust.parent=project_name:demo", None),
        (",,=;,%zz=%,", None),
    ],
)
def test_the_container_is_found_in_baggage(baggage: str, container: Container | None) -> None:
    """The member of ours is read whatever encodes it; what names no container counts as absent."""
    assert container_of(baggage) == container


def test_oversized_baggage_is_cut_between_members() -> None:
    """Members beyond the limit are not read, and no member is read in part."""
    filler = "k=" + "v" * (MAX_BAGGAGE_BYTES - 2 - len(OURS) - 1)

    assert container_of(f"{filler},{OURS}") == DEMO
    assert container_of(f"{filler}v,{OURS}") is None
    assert container_of(f"{OURS},{filler}vvv") == DEMO
    assert container_of("k=" + "v" * MAX_BAGGAGE_BYTES) is None


@pytest.mark.parametrize(
    ("headers", "container", "joined"),
    [
        ([], DEMO, OURS),
        (["k=v%2F1;p=1"], DEMO, f"k=v%2F1;p=1,{OURS}"),
        ([" a=1 ,, b=2 "], DEMO, f"a=1,b=2,{OURS}"),
        ([f"{OURS}2,a=1,braintrust%2eparent=x"], DEMO, f"a=1,{OURS}"),
        (["a=1", "a=2,b=2"], DEMO, f"a=1,b=2,{OURS}"),
        (["a=1,a=2"], None, "a=1,a=2"),
        (["a=1\r\nx-evil: 1,b=2"], DEMO, f"b=2,{OURS}"),
        (["a=\u20ac,b=\xfc"], DEMO, f"b=\xfc,{OURS}"),
        ([], project_logs("a b~-_.!*'()/:é+"), None),
        ([], Container(ContainerKind.DATASET, id="d"), ""),
        ([], None, ""),
    ],
)
def test_baggage_is_handed_on_and_ours_is_last(
    headers: list[str], container: Container | None, joined: str | None
) -> None:
    """Members stay as they are, an old one of ours goes, and what cannot be sent is left out."""
    strict = "braintrust.parent=project_name%3Aa%20b~-_.%21%2A%27%28%29%2F%3A%C3%A9%2B"

    assert join_baggage(headers, container) == (strict if joined is None else joined)


def test_room_for_our_member_is_kept() -> None:
    """Of 64 members that are there, 63 stay beside ours, in order."""
    members = [f"k{number}=v" for number in range(MAX_BAGGAGE_MEMBERS)]

    joined = join_baggage([",".join(members)], DEMO)

    assert joined.split(",") == [*members[:-1], OURS]


def test_bytes_for_our_member_are_kept() -> None:
    """Members are handed on until one does not fit beside ours; a later, shorter one neither."""
    room = MAX_BAGGAGE_BYTES - len(OURS) - 1
    fitting = "k=" + "v" * (room - 2)

    assert join_baggage([fitting], DEMO) == f"{fitting},{OURS}"
    assert join_baggage([f"{fitting}v,a=1"], DEMO) == OURS
    assert join_baggage([f"a=1,{fitting}"], DEMO) == f"a=1,{OURS}"


def test_a_name_that_is_too_long_is_left_out() -> None:
    """A project whose name does not fit into the header is not named in part."""
    assert join_baggage(["a=1"], project_logs("x" * MAX_BAGGAGE_BYTES)) == "a=1"


def test_headers_replace_those_of_any_case() -> None:
    """What is written stands alone, in lower case, and other headers stay."""
    carrier: dict[str, Any] = {
        "Traceparent": "old",
        "BAGGAGE": "old",
        "TraceState": "old",
        "x": "y",
    }

    write_headers(carrier, TRACEPARENT, "", "")

    assert carrier == {"x": "y", "traceparent": TRACEPARENT}
