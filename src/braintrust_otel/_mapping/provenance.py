"""Where rows come from: the software that made them, and the environment it ran in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from braintrust_otel._mapping.view import SpanView
from braintrust_otel._model.attributes import TELEMETRY_SDK_VERSION

__all__ = ["Environment", "Provenance", "detect_environment", "foreign_origin"]

SDK_NAME: Final = "braintrust.otel.python"
_ANYTHING: Final = ""
_NO: Final = frozenset({"", "0", "false", "no", "off"})


class Environment(NamedTuple):
    """The environment a program runs in; both None when nothing tells.

    Attributes:
        type: ``ci``, ``server``, ``local``, or what the user chose.
        name: Which one, such as ``github_actions``.
    """

    type: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Provenance:
    """What this process writes into ``context.span_origin`` of its rows.

    Attributes:
        version: Version of this package.
        environment_type: Kind of environment, or None if unknown.
        environment_name: Name of the environment, or None if unknown.
    """

    version: str
    environment_type: str | None = None
    environment_name: str | None = None

    def origin(self, instrumentation: Mapping[str, str]) -> dict[str, object]:
        """Return the ``span_origin`` of a span that *instrumentation* made."""
        origin: dict[str, object] = {
            "name": SDK_NAME,
            "version": self.version,
            "instrumentation": instrumentation,
        }
        environment = {}
        if self.environment_type:
            environment["type"] = self.environment_type
        if self.environment_name:
            environment["name"] = self.environment_name
        if environment:
            origin["environment"] = environment
        return origin


def foreign_origin(view: SpanView, instrumentation: Mapping[str, str]) -> dict[str, object]:
    """Return the ``span_origin`` of a span that reached us from another process."""
    origin: dict[str, object] = {"name": "opentelemetry", "instrumentation": instrumentation}
    version = view.resource.get(TELEMETRY_SDK_VERSION)
    return origin | {"version": version} if isinstance(version, str) else origin


class _Sign(NamedTuple):
    """A variable that gives an environment away, if its value starts with *prefix*."""

    variable: str
    environment: Environment
    prefix: str = _ANYTHING


_SIGNS: Final = (
    _Sign("GITHUB_ACTIONS", Environment("ci", "github_actions")),
    _Sign("GITLAB_CI", Environment("ci", "gitlab_ci")),
    _Sign("CIRCLECI", Environment("ci", "circleci")),
    _Sign("BUILDKITE", Environment("ci", "buildkite")),
    _Sign("JENKINS_URL", Environment("ci", "jenkins")),
    _Sign("JENKINS_HOME", Environment("ci", "jenkins")),
    _Sign("TF_BUILD", Environment("ci", "azure_pipelines")),
    _Sign("TEAMCITY_VERSION", Environment("ci", "teamcity")),
    _Sign("TRAVIS", Environment("ci", "travis")),
    _Sign("BITBUCKET_BUILD_NUMBER", Environment("ci", "bitbucket")),
    _Sign("CI", Environment("ci", "ci")),
    _Sign("VERCEL", Environment("server", "vercel")),
    _Sign("NETLIFY", Environment("server", "netlify")),
    _Sign("ECS_CONTAINER_METADATA_URI", Environment("server", "ecs")),
    _Sign("ECS_CONTAINER_METADATA_URI_V4", Environment("server", "ecs")),
    _Sign("AWS_EXECUTION_ENV", Environment("server", "ecs"), prefix="AWS_ECS_"),
    _Sign("AWS_EXECUTION_ENV", Environment("server", "aws_lambda"), prefix="AWS_Lambda_"),
    _Sign("AWS_LAMBDA_FUNCTION_NAME", Environment("server", "aws_lambda")),
    _Sign("K_SERVICE", Environment("server", "cloud_run")),
    _Sign("FUNCTION_TARGET", Environment("server", "gcp_functions")),
    _Sign("KUBERNETES_SERVICE_HOST", Environment("server", "kubernetes")),
    _Sign("DYNO", Environment("server", "heroku")),
    _Sign("FLY_APP_NAME", Environment("server", "fly")),
    _Sign("RAILWAY_ENVIRONMENT", Environment("server", "railway")),
    _Sign("RENDER_SERVICE_NAME", Environment("server", "render")),
)
_MODES: Final = {
    "production": "server",
    "staging": "server",
    "development": "local",
    "local": "local",
}


def detect_environment(environ: Mapping[str, str]) -> Environment:
    """Tell from environment variables where a program runs.

    The user's own ``BRAINTRUST_ENVIRONMENT_TYPE`` and ``_NAME`` come first (either is enough), then
    the marks of CI systems and platforms, then ``PYTHON_ENV``. A mark set to ``false``, ``0``,
    ``no`` or ``off`` is none. Nothing is concluded from what is absent.
    """
    chosen = Environment(
        environ.get("BRAINTRUST_ENVIRONMENT_TYPE") or None,
        environ.get("BRAINTRUST_ENVIRONMENT_NAME") or None,
    )
    if chosen.type or chosen.name:
        return chosen
    for sign in _SIGNS:
        value = environ.get(sign.variable, "")
        if value.lower() not in _NO and value.startswith(sign.prefix):
            return sign.environment
    mode = environ.get("PYTHON_ENV")
    return Environment(_MODES.get(mode), mode) if mode else Environment()
