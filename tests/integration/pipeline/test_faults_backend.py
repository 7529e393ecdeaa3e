"""Whatever a backend does, nothing that was logged is lost or bent while the process lives."""

from __future__ import annotations

import pytest

from support import backend_faults as faults
from support.backend import Backend
from support.backend_faults import Fault
from support.pipeline_here import MAX_LINES, Counts, shipping_here

# Seconds that a request may take: short, because some faults never answer.
IMPATIENT = {"BRAINTRUST_HTTP_TIMEOUT": "1.0"}
INPUTS = [f"question {number}" for number in range(5)]

NOT_STORED: dict[str, Fault] = {
    "hang": faults.hang(),
    "500": faults.status(500),
    "503": faults.status(503),
    "503 and a page": faults.status(503, {"content-type": "text/html"}, "<html>down</html>"),
    "429 in a minute": faults.status(429, {"retry-after": "60"}),
    "429 until a date": faults.status(429, {"retry-after": "Fri, 31 Dec 2100 23:59:59 GMT"}),
    "429 until yesterday": faults.status(429, {"retry-after": "Fri, 31 Dec 1999 23:59:59 GMT"}),
    "429 without a word": faults.status(429),
    "429 and nonsense": faults.status(429, {"retry-after": "soon"}),
    "408": faults.status(408),
    "401": faults.status(401),
    "403": faults.status(403),
    "404": faults.status(404),
    "405": faults.status(405),
    "redirect": faults.redirect("http://127.0.0.1:9/elsewhere"),
    "redirect for good": faults.redirect("/elsewhere", 308),
    "page": faults.html_page(),
    "list": faults.json_answer([]),
    "no content": faults.json_answer("taken", 203),
    "reset": faults.reset(),
    "closed": faults.closed(),
    "no HTTP": faults.no_http(),
    "head in drips": faults.drip_head(),
    "read in drips": faults.slow_read(piece=1),
}
STORED: dict[str, Fault] = {
    "answer lost": faults.answer_lost(),
    "reset in the answer": faults.reset_in_body(),
    "answer cut": faults.truncated(),
    "answer in drips": faults.drip(),
}
# A login has no body that could be read slowly.
MATRIX = [
    (endpoint, fault)
    for endpoint in ("login", "project", "logs3")
    for fault in (*NOT_STORED, *STORED)
    if (endpoint, fault) != ("login", "read in drips")
]


def stored_inputs(backend: Backend) -> list[str]:
    """Return the inputs of the rows that the backend holds."""
    return sorted(row["input"] for row in backend.stored())


@pytest.mark.parametrize(("endpoint", "fault"), MATRIX)
def test_rows_outlast_a_fault(backend: Backend, endpoint: str, fault: str) -> None:
    """Rows logged before and during a fault are held, and arrive once each when it is over."""
    backend.fail_always(endpoint, {**NOT_STORED, **STORED}[fault])
    with shipping_here(backend, IMPATIENT) as here:
        here.log(*INPUTS[:3])
        is_delivered = here.flush()
        during = here.counts()
        here.log(*INPUTS[3:])
        backend.heal()
        is_recovered = here.flush()
        after = here.counts()

    assert (is_delivered, is_recovered) == (False, True)
    assert during == Counts(logged=3, held=3)
    assert after == Counts(logged=5, sent=5)
    assert stored_inputs(backend) == INPUTS
    assert sorted(row["id"] for row in backend.stored()) == sorted(here.ids)
    assert 1 <= len(here.said) <= MAX_LINES


@pytest.mark.parametrize("fault", NOT_STORED)
def test_nothing_is_counted_as_sent_that_was_not_stored(backend: Backend, fault: str) -> None:
    """While a fault lasts, what the statistics call sent is what the backend holds."""
    with shipping_here(backend, IMPATIENT) as here:
        here.log(*INPUTS[:2])
        here.flush()
        backend.fail_always("logs3", NOT_STORED[fault])
        here.log(*INPUTS[2:])
        here.flush()
        counts = here.counts()

    assert counts == Counts(logged=5, sent=counts.sent, held=5 - counts.sent)
    assert stored_inputs(backend) == INPUTS[: counts.sent]


@pytest.mark.parametrize("fault", STORED)
def test_row_whose_answer_was_lost_is_not_wiped(backend: Backend, fault: str) -> None:
    """A row that is sent again after its answer was lost leaves what others wrote in between."""
    backend.fail_always("logs3", STORED[fault])
    with shipping_here(backend, IMPATIENT) as here:
        here.log("question")
        here.flush()
        stored = backend.stored()[0]
        feedback = {"id": stored["id"], "project_id": stored["project_id"], "_is_merge": True}
        backend.store.write([feedback | {"scores": {"helpful": 1}}])
        backend.heal()
        here.flush()

    assert backend.stored() == [stored | {"scores": {"helpful": 1}}]


@pytest.mark.parametrize("fault", ["hang", "500", "401", "404", "page", "reset"])
def test_rows_arrive_at_a_server_whose_version_cannot_be_had(backend: Backend, fault: str) -> None:
    """Not to know a server's limits keeps nothing back."""
    backend.fail_always("version", NOT_STORED[fault])
    with shipping_here(backend, IMPATIENT) as here:
        here.log(*INPUTS)
        is_delivered = here.flush()
        counts = here.counts()

    assert is_delivered
    assert counts == Counts(logged=5, sent=5)
    assert stored_inputs(backend) == INPUTS


def test_refused_connection_loses_nothing(backend: Backend) -> None:
    """Rows logged while nobody listens arrive when somebody does."""
    with shipping_here(backend) as here:
        here.log(*INPUTS[:2])
        here.flush()
        backend.refuse()
        here.log(*INPUTS[2:])
        is_delivered = here.flush()
        during = here.counts()
        backend.accept()
        is_recovered = here.flush()
        after = here.counts()

    assert (is_delivered, is_recovered) == (False, True)
    assert during == Counts(logged=5, sent=2, held=3)
    assert after == Counts(logged=5, sent=5)
    assert stored_inputs(backend) == INPUTS
    assert len(here.said) == 2


def test_server_that_comes_up_late_gets_everything(backend: Backend) -> None:
    """Rows of a program that started before its server arrive without anybody flushing."""
    backend.refuse()
    with shipping_here(backend) as here:
        here.log(*INPUTS)
        here.flush()
        backend.accept()
        backend.wait_for_rows(len(INPUTS))
        here.flush()
        counts = here.counts()

    assert counts == Counts(logged=5, sent=5)
    assert stored_inputs(backend) == INPUTS


def test_short_trouble_is_not_heard_of(backend: Backend) -> None:
    """Two refusals in a row are outlasted by quick tries, without a word."""
    backend.fail("logs3", faults.status(503), times=2)
    with shipping_here(backend, {"BRAINTRUST_NUM_RETRIES": "2"}) as here:
        here.log(*INPUTS)
        is_delivered = here.flush()
        counts = here.counts()

    assert is_delivered
    assert counts == Counts(logged=5, sent=5)
    assert len(backend.requests("logs3")) == 3
    assert here.said == []


@pytest.mark.parametrize("wanted", ["3600", "Fri, 31 Dec 2100 23:59:59 GMT"])
def test_server_that_asks_to_wait_is_left_alone(backend: Backend, wanted: str) -> None:
    """Nothing is sent before the time that a 429 names, but for the last try at the end."""
    backend.fail("logs3", faults.status(429, {"retry-after": wanted}))
    patient = {"BRAINTRUST_NUM_RETRIES": "5", "BRAINTRUST_EXIT_TIMEOUT": "5"}
    with shipping_here(backend, patient) as here:
        here.log(*INPUTS)
        is_delivered = here.flush(1.2)  # longer than the pause without Retry-After
        requests = len(backend.requests("logs3"))
        during = here.counts()
        here.pipeline.shipper.shutdown()
        after = here.counts()

    assert (is_delivered, requests) == (False, 1)
    assert during == Counts(logged=5, underway=5)
    assert after == Counts(logged=5, sent=5)
    assert stored_inputs(backend) == INPUTS


def test_too_large_requests_are_cut(backend: Backend) -> None:
    """A server that takes small requests only gets every row in small requests."""
    backend.fail_always("logs3", faults.too_large(5_000))
    inputs = [f"{number:03} " + "x" * 1_000 for number in range(40)]
    with shipping_here(backend) as here:
        here.log(*inputs)
        is_delivered = here.flush()
        counts = here.counts()

    assert is_delivered
    assert counts == Counts(logged=40, sent=40)
    assert stored_inputs(backend) == inputs
    assert here.said == []


def test_row_that_no_server_takes_is_lost_aloud(backend: Backend) -> None:
    """A single row over the limit of a server without uploads is lost, counted and said."""
    backend.fail_always("logs3", faults.too_large(5_000))
    with shipping_here(backend) as here:
        here.log("small", "y" * 10_000, "small too")
        is_delivered = here.flush()
        counts = here.counts()

    assert not is_delivered
    assert counts == Counts(logged=3, sent=2, lost=1)
    assert stored_inputs(backend) == ["small", "small too"]
    assert "1 row of " in here.said[0]
    assert here.said[1:] == ["Shipping ended after 0.0 s: 1 row lost in all."]


@pytest.mark.parametrize("status", [400, 422])
def test_bad_row_is_found_among_good_ones(backend: Backend, status: int) -> None:
    """The one row that a server refuses is rejected and said; its neighbours arrive."""
    backend.fail_always("logs3", faults.refuse_marked("poison", status))
    inputs = [f"{number:03}" for number in range(30)]
    with shipping_here(backend) as here:
        here.log(*inputs[:13], "poison", *inputs[13:])
        is_delivered = here.flush()
        counts = here.counts()

    assert not is_delivered
    assert counts == Counts(logged=31, sent=30, rejected=1)
    assert stored_inputs(backend) == inputs
    assert "1 row so far in all" in here.said[0]
    assert here.said[1:] == ["Shipping ended after 0.0 s: 1 row refused by the server in all."]


def test_recovery_from_a_refused_key_is_told(backend: Backend) -> None:
    """A key that is refused for a while costs two lines: the hold with its cure, and the end."""
    with shipping_here(backend) as here:
        here.log("before")
        here.flush()
        key, backend.api_key = backend.api_key, "another key"
        here.log("during")
        here.flush()
        backend.api_key = key
        here.flush()
        counts = here.counts()

    assert counts == Counts(logged=2, sent=2)
    assert stored_inputs(backend) == ["before", "during"]
    assert len(here.said) == 2
    assert "(401)" in here.said[0]
    assert "Check that the API key is valid" in here.said[0]
    assert "takes rows again" in here.said[1]


def test_outage_of_many_requests_stays_quiet(backend: Backend) -> None:
    """A server that fails in a new way each time, for long, costs few lines and no row."""
    troubles = [*NOT_STORED.values(), *STORED.values()]
    quick = {**IMPATIENT, "BRAINTRUST_DEFAULT_BATCH_SIZE": "10"}
    inputs = [f"{number:04}" for number in range(40 * len(troubles))]
    with shipping_here(backend, quick) as here:
        here.log("first")
        here.flush()
        for number, trouble in enumerate(troubles):
            backend.fail("logs3", trouble, times=4)
            here.log(*inputs[number * 40 : number * 40 + 40])
            here.flush()
        backend.heal()
        is_recovered = here.flush()
        counts = here.counts()

    total = len(inputs) + 1
    assert is_recovered
    assert counts == Counts(logged=total, sent=total)
    assert stored_inputs(backend) == [*inputs, "first"]
    assert len(here.said) <= MAX_LINES
