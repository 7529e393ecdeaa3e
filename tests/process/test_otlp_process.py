"""The OTLP endpoint in processes of its own: short of memory, and short of packages."""

from __future__ import annotations

import sys

import pytest

from support import otlp_programs

pytestmark = pytest.mark.process


@pytest.mark.skipif(sys.platform != "linux", reason="memory is limited by Linux's means")
def test_hostile_bodies_cost_bounded_memory() -> None:
    """Bombs, empty messages by the million and bottomless nesting are refused in little memory."""
    assert otlp_programs.run("bounds") == [
        "bomb 413",
        "json bomb 413",
        "members 400",
        "resources 413",
        "spans 413",
        "attributes 413",
        "values 413",
        "packed spans 413",
        "objects 413",
        "brackets 413",
        "nesting 400",
    ]


def test_without_the_extra_protobuf_is_refused_and_json_taken() -> None:
    """The embedded server works without protobuf, and says which extra brings it."""
    refused, taken = otlp_programs.run("no-protobuf")

    assert refused.startswith("501 application/x-protobuf \x08\x0c\x12")
    assert "pip install 'braintrust-otel[server]'" in refused
    assert taken == "200 application/json {}"
