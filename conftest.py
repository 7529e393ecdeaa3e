"""What every test gets, here and in the instrumentor packages."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# What a developer's shell may hold and a test must not see.
_FOREIGN_PREFIXES = ("BRAINTRUST_", "OTEL_", "OPENAI_")
_PROCESS_TESTS = Path(__file__).parent / "tests" / "process"

# A slow machine is no bug: nothing here looks at the clock.
settings.register_profile("dev", deadline=None, suppress_health_check=[HealthCheck.too_slow])
# The same examples on each run: a change is judged by itself, and `dev` looks for new ones.
settings.register_profile(
    "ci", settings.get_profile("dev"), max_examples=50, database=None, derandomize=True
)
settings.register_profile("thorough", settings.get_profile("dev"), max_examples=2_000)
settings.load_profile("dev")


@pytest.fixture(scope="session")
def neutral_directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a working directory with an empty settings file, which hides those further up."""
    directory = tmp_path_factory.mktemp("neutral")
    (directory / ".env.braintrust").touch()
    return directory


@pytest.fixture(autouse=True)
def isolated_environment(
    tmp_path: Path, neutral_directory: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """Give the test an environment without settings, and an embedded store of its own.

    Returns:
        The directory of the embedded store. It is not made until something is written.
    """
    monkeypatch.chdir(neutral_directory)
    for name in [name for name in os.environ if name.startswith(_FOREIGN_PREFIXES)]:
        monkeypatch.delenv(name)
    directory = tmp_path / "store"
    monkeypatch.setenv("BRAINTRUST_LOCAL_DIR", str(directory))
    return directory


@pytest.hookimpl(tryfirst=True)  # xdist reads the groups in the same hook
def pytest_collection_modifyitems(items: Iterable[pytest.Item]) -> None:
    """Give the tests of tests/process one worker for all of them."""
    for item in items:
        if _PROCESS_TESTS in item.path.parents:
            item.add_marker(pytest.mark.process)
            item.add_marker(pytest.mark.xdist_group("process"))
