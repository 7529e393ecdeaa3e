"""Links to rows in the Braintrust app, or in the viewer of this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from opentelemetry.context import get_current

from braintrust_otel._model.containers import Container, ContainerKind
from braintrust_otel._model.slugs import decode_slug
from braintrust_otel._runtime import root
from braintrust_otel._tracing.homes import home_logger
from braintrust_otel._tracing.values import NOOP_SPAN_PERMALINK
from braintrust_otel.errors import LoginError

if TYPE_CHECKING:
    from braintrust_otel._runtime.pipeline import Pipeline

__all__ = ["known_link", "permalink", "permalink_from"]

_ERROR_LINK = "https://www.braintrust.dev/error-generating-link?msg="
_LOCAL_VIEWER = "http://127.0.0.1:8377"
"""Where ``braintrust-otel serve`` listens unless told otherwise."""

_LOCAL_ORGANISATION = "local"
_NO_ORGANISATION = "login-or-provide-org-name"
_NO_CONTAINER = {ContainerKind.EXPERIMENT: "resolve-experiment-id"}
_OBJECT_TYPES = {
    ContainerKind.EXPERIMENT: "experiment",
    ContainerKind.PROJECT_LOGS: "project_logs",
    ContainerKind.PLAYGROUND_LOGS: "playground_logs",
}


def permalink(slug: str, org_name: str | None = None, app_url: str | None = None) -> str:
    """Return the link to an exported span in the Braintrust app. Never raises.

    It may log in and look up the project, so it may take as long as a request does; ``Span.link``
    never does.

    Args:
        slug: What the span's ``export()`` returned; of a span that is not recorded it is empty,
            and the link a constant.
        org_name: The organisation; default the account's.
        app_url: Base URL of the app; default the account's.

    Returns:
        The link. Where none can be made it leads to a page that says why.
    """
    return permalink_from(slug, None, org_name, app_url)


def permalink_from(
    slug: str, pipeline: Pipeline | None, org_name: str | None = None, app_url: str | None = None
) -> str:
    """Return the link to an exported span of the account that *pipeline* leads to."""
    if not slug:
        return NOOP_SPAN_PERMALINK
    try:
        parent = decode_slug(slug)
        if not parent.row_id:
            return _error_link("")
        way = pipeline or root.pipeline()
        if not (org_name and app_url):
            account = way.wire.account.get()
            org_name = org_name or account.org_name
            app_url = app_url or _app_url(way, account.app_url)
        container = parent.container
        if not container.id:
            container = container._replace(id=way.wire.registrar.project(container).id)
        return _object_link(app_url, org_name, container, parent.row_id)
    except LoginError:
        return _error_link(_NO_ORGANISATION)
    except Exception as error:  # noqa: BLE001  # a link is asked for where nothing may be raised
        root.notices.say_at_most("permalink", f"A link could not be made. {error}")
        return _error_link("")


def known_link(container: Container, row_id: str, pipeline: Pipeline) -> str:
    """Return the link to a row, made of what is known without asking anybody."""
    if container.kind is ContainerKind.PLAYGROUND_LOGS:
        return NOOP_SPAN_PERMALINK
    account, place = pipeline.known_account(), pipeline.place
    org_name = place.org_name if account is None else account.org_name
    if org_name is None and place.is_embedded:
        org_name = _LOCAL_ORGANISATION
    if not org_name:
        return _no_organisation(container)
    app_url = _app_url(pipeline, place.app_url if account is None else account.app_url)
    container = pipeline.resolved(container)
    if container.id:
        return _object_link(app_url, org_name, container, row_id)
    if container.kind is ContainerKind.EXPERIMENT or not container.name:
        return _error_link(_NO_CONTAINER.get(container.kind, "no-project-id-or-name"))
    project = quote(container.name, safe="")
    return f"{_base(app_url, org_name)}/p/{project}/logs?{urlencode({'oid': row_id})}"


def _no_organisation(container: Container) -> str:
    """Return the link where nothing says whose row it is."""
    if home_logger(get_current()) is None:
        return NOOP_SPAN_PERMALINK
    if container.kind is ContainerKind.EXPERIMENT:
        return _error_link("provide-app-url-or-org-name")
    return _error_link(_NO_ORGANISATION)


def _object_link(app_url: str, org_name: str, container: Container, row_id: str) -> str:
    query = urlencode(
        {
            "object_type": _OBJECT_TYPES[container.kind],
            "object_id": container.id,
            "id": row_id,
        }
    )
    return f"{_base(app_url, org_name)}/object?{query}"


def _base(app_url: str, org_name: str) -> str:
    return f"{app_url.rstrip('/')}/app/{quote(org_name, safe='')}"


def _app_url(pipeline: Pipeline, app_url: str) -> str:
    return _LOCAL_VIEWER if pipeline.place.is_embedded else app_url


def _error_link(reason: str) -> str:
    return _ERROR_LINK + quote(reason, safe="")
