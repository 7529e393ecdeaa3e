"""Makes loggers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from braintrust_otel._model.containers import Container, ContainerKind
from braintrust_otel._otel.propagation import LOGGER_KEY, attach_value
from braintrust_otel._otel.provider import join
from braintrust_otel._runtime import root
from braintrust_otel._tracing.logger import Logger

if TYPE_CHECKING:
    from opentelemetry.trace import TracerProvider

    from braintrust_otel._tracing.state import BraintrustState

__all__ = ["init_logger"]

_DEFAULT_PROJECT = "Global"


def init_logger(  # noqa: PLR0913, PLR0917  # the public signature
    project: str | None = None,
    project_id: str | None = None,
    async_flush: bool = True,
    app_url: str | None = None,
    api_key: str | None = None,
    org_name: str | None = None,
    force_login: bool = False,
    set_current: bool = True,
    state: BraintrustState | None = None,
    *,
    environment: Mapping[str, str | None] | None = None,
    tracer_provider: TracerProvider | None = None,
    _create_in_project_group: str | None = None,
) -> Logger:
    """Send the traces of this program to a project's logs.

    Returns at once: logging in and looking up the project happen in the background, with the
    first rows. Without an API key anywhere the rows go to the embedded store on this machine.

    Args:
        project: Name of the project, created if it does not exist. Default ``BRAINTRUST_PROJECT``,
            else ``Global``.
        project_id: Id of the project; wins over *project*.
        async_flush: False makes the end of each root span wait until its rows are delivered.
        app_url: Base URL of the app; default ``BRAINTRUST_APP_URL``.
        api_key: API key; default ``BRAINTRUST_API_KEY``, else the nearest ``.env.braintrust``.
        org_name: Organisation; default ``BRAINTRUST_ORG_NAME``, else the key's first one.
        force_login: Log in again even if this process already is.
        set_current: Whether the logger becomes current, here and as the fallback everywhere.
        state: An account, as ``login_to_state`` returns it; the arguments above win over it.
        environment: ``type`` and ``name`` of the environment that spans are said to come from.
        tracer_provider: OpenTelemetry provider to use; default the global one, made if missing.

    Returns:
        The logger; usable as a context manager, which flushes at its end.
    """
    if state is not None and not (api_key or app_url or org_name):
        place = state.place
    else:
        place = root.place(api_key=api_key, app_url=app_url, org_name=org_name)
    if force_login:
        root.pipeline(place).log_in()
    if environment is not None:
        root.set_environment(environment.get("type"), environment.get("name"))
    container = _project_of(project, project_id, _create_in_project_group)
    logger = Logger(container, place, async_flush=async_flush)
    join(tracer_provider, place)
    if root.settings().instrument_threads:
        # Imported here, because wrapt brings asyncio with it, which few programs would need.
        from braintrust_otel._tracing.threads import setup_threads

        setup_threads()
    if state is not None:
        state.logger = logger
    if set_current:
        attach_value(LOGGER_KEY, logger)
        root.activate(logger=logger)
    return logger


def _project_of(project: str | None, project_id: str | None, group: str | None) -> Container:
    if project is None and project_id is None:
        settings = root.settings()
        project, project_id = settings.project, settings.project_id
        if project is None and project_id is None:
            project = _DEFAULT_PROJECT
    return Container(ContainerKind.PROJECT_LOGS, id=project_id, name=project, group=group)
