"""Accounts as values, and the old names of functions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

import braintrust_otel as braintrust
from braintrust_otel.testing import CapturedRows
from support.backend import Backend
from support.pipeline_here import Here, shipping_here


@pytest.fixture
def backend() -> Iterator[Backend]:
    """Run a backend that needs a login."""
    with Backend() as running:
        yield running


@pytest.fixture
def here(backend: Backend) -> Iterator[Here]:
    """Let this process log to the backend."""
    with shipping_here(backend) as found:
        yield found


def test_a_state_knows_its_account_after_the_login(here: Here, backend: Backend) -> None:
    """Before it knows what was chosen, and asks nobody."""
    state = braintrust.BraintrustState()
    before = (state.logged_in, state.org_id, state.org_name, state.api_url, state.app_url)
    state.login()
    state.login()

    assert before == (False, None, None, None, backend.url)
    assert state.logged_in
    assert (state.org_id, state.org_name) == ("org-1", "acme")
    assert state.app_url == state.api_url == state.proxy_url == backend.url
    assert len(backend.requests("login")) == 1


def test_a_refused_login_to_a_state_raises(backend: Backend) -> None:
    """As login() does, with the same kind of error."""
    with (
        shipping_here(backend, {"BRAINTRUST_API_KEY": "wrong"}),
        pytest.raises(ValueError, match="Invalid API key"),
    ):
        braintrust.login_to_state()


def test_spans_go_to_the_logger_of_their_state(rows: CapturedRows) -> None:
    """Where nothing else says otherwise: by start_span, by traced, and when asked."""
    state = braintrust.login_to_state()
    other = braintrust.init_logger(project="with state", state=state, set_current=False)
    braintrust.init_logger(project="current")

    @braintrust.traced(name="traced", state=state)
    def work() -> None:
        braintrust.start_span(name="inside").end()

    work()
    braintrust.start_span(name="started", state=state).end()
    braintrust.start_span(name="without").end()

    assert braintrust.get_span_parent_object(state=state) is other
    assert names_in(rows, "with state") == ["traced", "inside", "started"]
    assert names_in(rows, "current") == ["without"]


def names_in(rows: CapturedRows, project: str) -> list[str]:
    return [row["span_attributes"]["name"] for row in rows.all(project)]


def test_loggers_and_spans_tell_their_account(here: Here) -> None:
    """As integrations ask them to."""
    logger = braintrust.init_logger(project="demo")
    span: Any = logger.start_span()
    braintrust.login()

    assert logger.logging_state.org_name == span.state.org_name == "acme"
    assert logger.logging_state.logger is logger
    assert span.parent_object_type is braintrust.SpanObjectTypeV3.PROJECT_LOGS


def test_a_state_flushes_everything(rows: CapturedRows) -> None:
    """What was logged is delivered when it returns, open spans included."""
    from braintrust_otel._runtime import root

    logger = braintrust.init_logger(project="demo")
    logger.start_span()
    logger.logging_state.flush()

    assert root.pipeline().shipper.stats().sent == 1


@pytest.mark.parametrize("call", [lambda: braintrust.log(input=1), braintrust.summarize])
def test_old_functions_need_an_experiment(call: Any, caplog: pytest.LogCaptureFixture) -> None:
    """They say that they are deprecated, and that there is no experiment."""
    with pytest.raises(Exception, match="current experiment"):
        call()

    assert "deprecated" in caplog.text
    assert braintrust.current_experiment() is None


def test_an_exception_can_be_logged_where_no_block_is(rows: CapturedRows) -> None:
    """log_exc_info_to_span writes what a block would have written."""
    braintrust.init_logger(project="demo")
    span = braintrust.start_span()
    try:
        _ = 1 / 0
    except ZeroDivisionError as error:
        info = (type(error), error, error.__traceback__)
        braintrust.log_exc_info_to_span(span, *info)
        text = braintrust.stringify_exception(*info)
    span.end()

    assert rows.one()["error"] == text
    assert text.rstrip().endswith("ZeroDivisionError: division by zero")
