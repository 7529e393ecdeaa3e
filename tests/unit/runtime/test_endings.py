"""Worker processes that end without exit handlers say so to whoever delivers what is left."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from braintrust_otel._runtime.endings import watch_endings, watch_workers


class Owner:
    """Counts how often it was told that the process ends."""

    def __init__(self) -> None:
        self.ends = 0

    def at_exit(self) -> None:
        self.ends += 1


class Util:
    """What ``multiprocessing.util`` and ``billiard.util`` have in common."""

    def __init__(self) -> None:
        self.after_fork: list[Callable[[], None]] = []
        self.finalizers: list[Callable[[], None]] = []

    def register_after_fork(self, owner: Any, call: Callable[[Any], None]) -> None:
        self.after_fork.append(lambda: call(owner))

    def Finalize(self, owner: None, call: Callable[[], None], exitpriority: int) -> None:  # noqa: N802  # its name there
        self.finalizers.append(call)


class Signal:
    """A signal of Celery's."""

    def __init__(self) -> None:
        self.receivers: dict[str, Callable[..., None]] = {}

    def connect(self, receiver: Callable[..., None], *, weak: bool, dispatch_uid: str) -> None:
        self.receivers[dispatch_uid] = receiver


def run(calls: list[Callable[[], None]]) -> None:
    for call in calls:
        call()


@pytest.mark.parametrize("name", ["multiprocessing.util", "billiard.util"])
def test_forked_worker_delivers_at_its_end(name: str) -> None:
    """A child registers its end once it has begun: what was registered before is forgotten."""
    owner, util = Owner(), Util()

    watch_workers(owner, {name: util})  # type: ignore[dict-item]  # all that is used of a module
    before = list(util.finalizers)
    run(util.after_fork)
    run(util.finalizers)

    assert (before, owner.ends) == ([], 1)


def test_celery_says_when_its_worker_ends() -> None:
    """Celery's workers end at once after a signal of its own, which is heard once."""
    owner, signal = Owner(), Signal()
    modules = {"celery.signals": SimpleNamespace(worker_process_shutdown=signal)}

    watch_workers(owner, modules)  # type: ignore[arg-type]  # all that is used of a module
    watch_workers(owner, modules)  # type: ignore[arg-type]  # as above
    for receiver in signal.receivers.values():
        receiver(pid=1, exitcode=0)

    assert owner.ends == 1


@pytest.mark.parametrize(
    ("parent", "method", "ends"),
    [(None, "fork", 0), ("p", "fork", 1), ("p", "forkserver", 1), ("p", "spawn", 0)],
)
def test_only_workers_without_exit_handlers_are_watched(
    parent: str | None, method: str, ends: int
) -> None:
    """The main process, and a worker that was spawned, run their exit handlers."""
    owner, util = Owner(), Util()
    modules = {
        "multiprocessing.process": SimpleNamespace(parent_process=lambda: parent),
        "multiprocessing.context": SimpleNamespace(
            _default_context=SimpleNamespace(get_start_method=lambda: method)
        ),
        "multiprocessing.util": util,
    }

    watch_endings(owner, modules)  # type: ignore[arg-type]  # all that is used of a module
    run(util.finalizers)

    assert owner.ends == ends


def test_nothing_is_imported_to_watch() -> None:
    """A program that has no such workers has nothing of them."""
    owner = Owner()

    watch_workers(owner, {})
    watch_endings(owner, {})

    assert owner.ends == 0
