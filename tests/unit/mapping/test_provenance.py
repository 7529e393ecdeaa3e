"""Provenance, and how the environment is told from variables."""

from __future__ import annotations

import pytest

from braintrust_otel._mapping.provenance import Environment, Provenance, detect_environment


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, (None, None)),
        ({"BRAINTRUST_ENVIRONMENT_TYPE": "x", "CI": "1"}, ("x", None)),
        ({"BRAINTRUST_ENVIRONMENT_NAME": "y", "CI": "1"}, (None, "y")),
        ({"BRAINTRUST_ENVIRONMENT_NAME": "", "CI": "1"}, ("ci", "ci")),
        ({"GITHUB_ACTIONS": "true", "CI": "true"}, ("ci", "github_actions")),
        ({"GITLAB_CI": "1"}, ("ci", "gitlab_ci")),
        ({"CIRCLECI": "1"}, ("ci", "circleci")),
        ({"BUILDKITE": "1"}, ("ci", "buildkite")),
        ({"JENKINS_URL": "u"}, ("ci", "jenkins")),
        ({"JENKINS_HOME": "h"}, ("ci", "jenkins")),
        ({"TF_BUILD": "1"}, ("ci", "azure_pipelines")),
        ({"TEAMCITY_VERSION": "1"}, ("ci", "teamcity")),
        ({"TRAVIS": "1"}, ("ci", "travis")),
        ({"BITBUCKET_BUILD_NUMBER": "1"}, ("ci", "bitbucket")),
        ({"CI": "false", "VERCEL": "1"}, ("server", "vercel")),
        ({"CI": "0"}, (None, None)),
        ({"NETLIFY": "1"}, ("server", "netlify")),
        ({"ECS_CONTAINER_METADATA_URI": "u"}, ("server", "ecs")),
        ({"ECS_CONTAINER_METADATA_URI_V4": "u"}, ("server", "ecs")),
        ({"AWS_EXECUTION_ENV": "AWS_ECS_FARGATE"}, ("server", "ecs")),
        ({"AWS_EXECUTION_ENV": "AWS_Lambda_python3.11"}, ("server", "aws_lambda")),
        ({"AWS_EXECUTION_ENV": "CloudShell"}, (None, None)),
        ({"AWS_LAMBDA_FUNCTION_NAME": "f"}, ("server", "aws_lambda")),
        ({"K_SERVICE": "s"}, ("server", "cloud_run")),
        ({"FUNCTION_TARGET": "f"}, ("server", "gcp_functions")),
        ({"KUBERNETES_SERVICE_HOST": "h"}, ("server", "kubernetes")),
        ({"DYNO": "d"}, ("server", "heroku")),
        ({"FLY_APP_NAME": "f"}, ("server", "fly")),
        ({"RAILWAY_ENVIRONMENT": "r"}, ("server", "railway")),
        ({"RENDER_SERVICE_NAME": "r"}, ("server", "render")),
        ({"PYTHON_ENV": "production"}, ("server", "production")),
        ({"PYTHON_ENV": "staging"}, ("server", "staging")),
        ({"PYTHON_ENV": "development"}, ("local", "development")),
        ({"PYTHON_ENV": "local"}, ("local", "local")),
        ({"PYTHON_ENV": "canary"}, (None, "canary")),
    ],
)
def test_environment(environ: dict[str, str], expected: tuple[str | None, str | None]) -> None:
    """The user's word comes first, then CI, platform and mode; absence says nothing."""
    assert detect_environment(environ) == Environment(*expected)


@pytest.mark.parametrize(
    ("kind", "name", "environment"),
    [
        (None, None, None),
        ("ci", None, {"type": "ci"}),
        (None, "x", {"name": "x"}),
        ("ci", "x", {"type": "ci", "name": "x"}),
    ],
)
def test_origin_tells_what_is_known(
    kind: str | None, name: str | None, environment: dict[str, str] | None
) -> None:
    """The environment is left out where nothing is known of it."""
    origin = Provenance("1", kind, name).origin({"name": "lib"})

    assert origin.get("environment") == environment
    assert origin["instrumentation"] == {"name": "lib"}
