"""Links to spans: what they look like, and that asking for one never fails."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest

import braintrust_otel as braintrust
from braintrust_otel._model.containers import Container, ContainerKind, Parent
from braintrust_otel._model.slugs import encode_slug
from braintrust_otel.testing import CapturedRows
from support.backend import Backend
from support.pipeline_here import Here, shipping_here

ERROR = "https://www.braintrust.dev/error-generating-link?msg="
NOOP = "https://www.braintrust.dev/noop-span"
IDS = {"row_id": "r 1", "span_id": "1" * 16, "root_span_id": "2" * 32}


def slug_of(kind: ContainerKind, **container: str) -> str:
    return encode_slug(Parent(Container(kind, **container), **IDS))


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


def test_links_of_a_span_that_is_not_recorded() -> None:
    """They are one constant, and nobody is asked."""
    assert braintrust.NOOP_SPAN.link() == braintrust.NOOP_SPAN.permalink() == NOOP
    assert braintrust.permalink("") == braintrust.NOOP_SPAN_PERMALINK == NOOP


def test_a_link_before_anything_is_known_says_so(here: Here, backend: Backend) -> None:
    """Without an organisation the link leads to a page that says what is missing; no request."""
    link = braintrust.start_span().link()

    assert link == f"{ERROR}login-or-provide-org-name"
    assert backend.requests() == []


def test_a_link_names_the_project_until_its_id_is_known(here: Here, backend: Backend) -> None:
    """After the login the project's name is enough; after its look-up the id stands there."""
    braintrust.login()
    span = braintrust.init_logger(project="my project/1").start_span()
    early = span.link()
    span.end()
    braintrust.flush()
    late = span.link()

    assert early == f"{backend.url}/app/acme/p/my%20project%2F1/logs?oid={span.id}"
    assert late == span.permalink()
    assert urlsplit(late).path == "/app/acme/object"


def test_a_permalink_logs_in_and_looks_up(here: Here, backend: Backend) -> None:
    """It is complete at once, and the same for the span and for its slug."""
    span = braintrust.start_span()

    link = span.permalink()

    query = parse_qs(urlsplit(link).query)
    assert query["object_type"] == ["project_logs"]
    assert query["id"] == [span.id]
    assert query["object_id"][0]
    assert braintrust.permalink(span.export()) == link


@pytest.mark.parametrize(
    ("kind", "object_type"),
    [
        (ContainerKind.PROJECT_LOGS, "project_logs"),
        (ContainerKind.EXPERIMENT, "experiment"),
        (ContainerKind.PLAYGROUND_LOGS, "playground_logs"),
    ],
)
def test_a_permalink_with_everything_given_asks_nobody(
    kind: ContainerKind, object_type: str, here: Here, backend: Backend
) -> None:
    """Organisation and app come from the arguments, everything else from the slug."""
    link = braintrust.permalink(slug_of(kind, id="c1"), org_name="my org", app_url="https://app/")

    assert link == (
        f"https://app/app/my%20org/object?object_type={object_type}&object_id=c1&id=r+1"
    )
    assert backend.requests() == []


@pytest.mark.parametrize(
    "slug", ["garbage", encode_slug(Parent(Container(ContainerKind.PROJECT_LOGS, id="p1")))]
)
def test_a_slug_without_a_span_has_no_link(slug: str, here: Here) -> None:
    """It leads to the page about links that cannot be made."""
    assert braintrust.permalink(slug, org_name="o", app_url="https://app") == ERROR


def test_a_refused_login_is_told_in_the_link(backend: Backend) -> None:
    """Nothing is raised: the page says to log in or to name the organisation."""
    with shipping_here(backend, {"BRAINTRUST_API_KEY": "wrong"}):
        span = braintrust.start_span()

        assert span.permalink() == f"{ERROR}login-or-provide-org-name"


def test_a_server_that_does_not_answer_is_told_in_the_link(
    backend: Backend, caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing is raised, and the reason is said."""
    nowhere = {"BRAINTRUST_APP_URL": "http://127.0.0.1:9", "BRAINTRUST_API_URL": ""}
    with shipping_here(backend, nowhere):
        assert braintrust.start_span().permalink() == ERROR

    assert "link" in caplog.text


@pytest.mark.parametrize(
    ("parent", "expected"),
    [
        (slug_of(ContainerKind.EXPERIMENT, id="e1"), f"{ERROR}provide-app-url-or-org-name"),
        (slug_of(ContainerKind.PLAYGROUND_LOGS, id="s1"), NOOP),
    ],
)
def test_links_in_other_containers(parent: str, expected: str, here: Here) -> None:
    """An experiment needs the organisation as well; a playground has no link."""
    assert braintrust.start_span(parent=parent).link() == expected


def test_a_link_into_an_experiment(here: Here) -> None:
    """Once the organisation is known, the link names the experiment."""
    braintrust.login()
    span = braintrust.start_span(parent=slug_of(ContainerKind.EXPERIMENT, id="e1"))

    assert urlsplit(span.link()).query == f"object_type=experiment&object_id=e1&id={span.id}"


def test_links_of_rows_on_this_machine_lead_to_its_viewer(rows: CapturedRows) -> None:
    """Without an account the links are those of ``braintrust-otel serve``."""
    braintrust.init_logger(project="demo")
    span = braintrust.start_span()

    link = span.link()

    assert link == f"http://127.0.0.1:8377/app/local/p/demo/logs?oid={span.id}"
    assert span.permalink().startswith("http://127.0.0.1:8377/app/local/object?")
