"""The tuning variables, from the environment to the requests."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import braintrust_otel as braintrust
from support import backend_faults as faults
from support.backend import Backend
from support.pipeline_here import Counts, shipping_here

SYNC = {"BRAINTRUST_SYNC_FLUSH": "true"}


def rows_per_request(backend: Backend) -> list[int]:
    """Return how many rows each request carried."""
    return [len(json.loads(request.body)["rows"]) for request in backend.requests("logs3")]


def payloads(directory: Path, name: str) -> list[object]:
    """Return the content of the files whose names begin with *name*, oldest first."""
    return [json.loads(path.read_bytes()) for path in sorted(directory.glob(f"{name}_*.json"))]


def test_sync_flush_sends_nothing_by_itself(backend: Backend) -> None:
    """With sync flush rows wait for a flush, which sends them in the calling thread."""
    with shipping_here(backend, SYNC) as here:
        here.log("a", "b")
        before = (here.counts(), backend.requests())
        braintrust.flush()
        after = here.counts()

    assert before == (Counts(logged=2, underway=2), [])
    assert after == Counts(logged=2, sent=2)


@pytest.mark.parametrize(
    ("endpoint", "fault", "text"),
    [
        ("logs3", faults.status(500), r"\(500\)"),
        ("logs3", faults.status(401), r"\(401\)"),
        ("logs3", faults.refuse_marked("a"), r"\(400\)"),
        ("login", faults.status(401), "Invalid API key sk"),
        ("project", faults.status(403), r"\(403\)"),
    ],
)
def test_sync_flush_raises_what_went_wrong(
    backend: Backend, endpoint: str, fault: faults.Fault, text: str
) -> None:
    """With sync flush a failure raises from flush, with its cause and without the key."""
    backend.fail_always(endpoint, fault)
    with shipping_here(backend, SYNC) as here:
        here.log("a")
        with pytest.raises(braintrust.FlushError, match=text) as caught:
            braintrust.flush()

    assert isinstance(caught.value, braintrust.BraintrustError)
    assert caught.value.errors
    assert backend.api_key not in str(caught.value)


def test_failed_sync_flush_keeps_the_rows(backend: Backend) -> None:
    """What a failed flush could not send is sent by the next one."""
    backend.fail("logs3", faults.status(503))
    with shipping_here(backend, SYNC) as here:
        here.log("a")
        with pytest.raises(braintrust.FlushError):
            braintrust.flush()
        held = here.counts()
        braintrust.flush()

    assert held == Counts(logged=1, held=1)
    assert [row["input"] for row in backend.stored()] == ["a"]


def test_full_buffer_is_delivered_by_whoever_fills_it(backend: Backend) -> None:
    """With sync flush, the thread that finds the buffer full makes room by delivering."""
    with shipping_here(backend, {**SYNC, "BRAINTRUST_QUEUE_SIZE": "5"}) as here:
        here.log(*(f"{number}" for number in range(12)))
        requests = len(backend.requests("logs3"))
        braintrust.flush()
        counts = here.counts()

    assert requests >= 1
    assert counts == Counts(logged=12, sent=12)
    assert len(backend.stored()) == 12


def test_requests_have_as_many_rows_as_told(backend: Backend) -> None:
    """BRAINTRUST_DEFAULT_BATCH_SIZE is the most rows that a request carries."""
    with shipping_here(backend, {**SYNC, "BRAINTRUST_DEFAULT_BATCH_SIZE": "4"}) as here:
        here.log(*(f"{number}" for number in range(10)))
        braintrust.flush()

    assert rows_per_request(backend) == [4, 4, 2]


def test_requests_are_as_large_as_told(backend: Backend) -> None:
    """BRAINTRUST_MAX_REQUEST_SIZE is the most bytes of a request, but for a larger single row."""
    sizes = {**SYNC, "BRAINTRUST_MAX_REQUEST_SIZE": "6000"}
    with shipping_here(backend, sizes) as here:
        here.log(*("x" * 1_000 for _ in range(10)), "y" * 10_000)
        braintrust.flush()

    large = [len(r.body) for r in backend.requests("logs3") if len(r.body) > 6_000]
    assert len(backend.stored()) == 11
    assert len(large) == 1


@pytest.mark.parametrize("retries", [0, 1])
def test_deliveries_are_retried_as_often_as_told(backend: Backend, retries: int) -> None:
    """BRAINTRUST_NUM_RETRIES is how often a failed request is repeated before it is given up."""
    backend.fail_always("logs3", faults.status(500))
    with shipping_here(backend, {**SYNC, "BRAINTRUST_NUM_RETRIES": str(retries)}) as here:
        here.log("a")
        with pytest.raises(braintrust.FlushError):
            braintrust.flush()

    assert len(backend.requests("logs3")) == retries + 1


def test_every_payload_is_kept(backend: Backend, tmp_path: Path) -> None:
    """BRAINTRUST_ALL_PUBLISH_PAYLOADS_DIR gets each request's body once, tries not counted."""
    directory = tmp_path / "made" / "here"
    backend.fail("logs3", faults.status(429))
    with shipping_here(backend, {"BRAINTRUST_ALL_PUBLISH_PAYLOADS_DIR": str(directory)}) as here:
        here.log("first")
        here.flush()
        here.flush()
        here.log("second")
        here.flush()

    rows = [row["input"] for body in payloads(directory, "payload") for row in body["rows"]]
    assert rows == ["first", "second"]
    assert directory.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(("status", "held"), [(400, 0), (500, 1)])
def test_failed_payloads_are_kept(backend: Backend, tmp_path: Path, status: int, held: int) -> None:
    """BRAINTRUST_FAILED_PUBLISH_PAYLOADS_DIR gets what was refused or given up, and why."""
    backend.fail_always("logs3", faults.refuse_marked("poison", status))
    kept = {"BRAINTRUST_FAILED_PUBLISH_PAYLOADS_DIR": str(tmp_path / "failed")}
    with shipping_here(backend, kept) as here:
        here.log("poison")
        here.flush()
        counts = here.counts()
        bodies = payloads(tmp_path / "failed", "payload")
        reasons = payloads(tmp_path / "failed", "error")

    assert (counts.held, counts.rejected) == (held, 1 - held)
    assert [row["input"] for body in bodies for row in body["rows"]] == ["poison"]
    assert [(reason["status"], reason["body"]) for reason in reasons] == [
        (status, "a row holds poison")
    ]


def test_payload_directory_that_cannot_be_written_costs_one_line(
    backend: Backend, tmp_path: Path
) -> None:
    """Rows are delivered all the same."""
    (tmp_path / "file").touch()
    blocked = {"BRAINTRUST_ALL_PUBLISH_PAYLOADS_DIR": str(tmp_path / "file" / "below")}
    with shipping_here(backend, blocked) as here:
        here.log("a")
        here.flush()
        here.log("b")
        is_delivered = here.flush()

    assert is_delivered
    assert len(backend.stored()) == 2
    assert len(here.said) == 1
    assert "Payloads cannot be kept in" in here.said[0]
