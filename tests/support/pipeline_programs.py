"""Programs that log, and end in every way; run as ``python pipeline_programs.py NAME …``.

Each prints one line of JSON when it has ended as far as Python is concerned: the ids of the rows
that it logged, and what the statistics say became of them.
"""

from __future__ import annotations

import asyncio
import atexit
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from typing_extensions import Self

import braintrust_otel as braintrust

__all__ = ["Ended", "Program", "run", "start"]

_TESTS = Path(__file__).parents[1]
_PATH = os.pathsep.join(str(path) for path in (_TESTS.parent / "src", _TESTS))
# Seconds; far more than any program takes, so that a hanging one is an error.
_TIMEOUT = 110

FATES = ("sent", "rejected", "lost", "held", "queued", "in_flight")

ids: list[str] = []
"""Rows that this process has logged. A program is one process, and a child starts its own list."""


@dataclass(frozen=True)
class Ended:
    """What a program left behind.

    Attributes:
        status: Exit status; negative for a signal.
        told: What it printed: one value for each process that it consisted of.
        said: Lines on standard error.
    """

    status: int
    told: list[dict[str, Any]]
    said: list[str]

    @property
    def ids(self) -> list[str]:
        """Ids of all rows that were logged, sorted."""
        return sorted(row_id for each in self.told for row_id in each["ids"])

    def total(self, name: str) -> int:
        """Return one number of the statistics, for all processes together."""
        return sum(int(each["stats"][name]) for each in self.told)


class Program:
    """A running program; a context manager, which leaves no process behind.

    Args:
        process: The process.
    """

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)  # with the children that it forked
        self.process.communicate()

    def wait_until_ready(self) -> None:
        """Wait for the line with which a program says that it may be disturbed."""
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "ready\n"

    def go_on(self) -> None:
        """Let a program go on that waits for it."""
        assert self.process.stdin is not None
        self.process.stdin.write("go on\n")
        self.process.stdin.flush()

    def end(self) -> Ended:
        """Wait for the end."""
        out, err = self.process.communicate(timeout=_TIMEOUT)
        told = [json.loads(line) for line in out.splitlines()]
        for each in told:
            check_balance(each["stats"])
        return Ended(self.process.returncode, told, err.splitlines())


def start(name: str, *arguments: object, environ: Mapping[str, str]) -> Program:
    """Start one of the programs below with the settings in *environ*."""
    return Program(
        subprocess.Popen(
            [sys.executable, "-W", "ignore::DeprecationWarning", __file__, name]
            + [str(argument) for argument in arguments],
            env={**os.environ, "PYTHONPATH": _PATH, **environ},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
    )


def run(name: str, *arguments: object, environ: Mapping[str, str]) -> Ended:
    """Run one of the programs below to its end."""
    with start(name, *arguments, environ=environ) as program:
        return program.end()


def check_balance(stats: Mapping[str, int]) -> None:
    """Check that every row that was logged is accounted for, exactly once."""
    fates = {name: stats[name] for name in FATES}
    assert sum(fates.values()) == stats["logged"], stats
    assert min(fates.values()) >= 0, stats


# What the programs share


def log(logger: braintrust.Logger, *inputs: object) -> None:
    """Log rows, and remember them."""
    for value in inputs:
        row_id = logger.log(input=value, output="done")
        ids.append(row_id)


def log_many(logger: braintrust.Logger, count: int, name: str = "row") -> None:
    """Log *count* rows."""
    log(logger, *(f"{name} {number}" for number in range(count)))


def work_and_log(logger: braintrust.Logger) -> None:
    """Log for ever, and do something else in between, as programs do."""
    while True:
        sum(range(20_000))
        log(logger, "more")


def say_ready() -> None:
    """Tell the test that it may go on."""
    write("ready\n")


def report() -> None:
    """Print what became of the rows of this process."""
    stats = braintrust.stats()
    totals = {name: getattr(stats, name) for name in ("logged", *FATES)}
    write(json.dumps({"ids": ids, "stats": totals}) + "\n")


def write(text: str) -> None:
    """Write *text* in one piece, which keeps lines of several processes apart."""
    os.write(1, text.encode())


# Ends


def end_at_once(count: str) -> None:
    """Log, and end."""
    log_many(braintrust.init_logger(project="demo"), int(count))


def end_with_error() -> None:
    """Fail inside a span."""
    braintrust.init_logger(project="demo")
    with braintrust.start_span(name="failing") as span:
        ids.append(span.id)
        raise RuntimeError("the program's own trouble")


def end_with_open_span() -> None:
    """Leave a span open."""
    braintrust.init_logger(project="demo")
    span = braintrust.start_span(name="open")
    span.log(input="row 0")
    ids.append(span.id)


def end_hard(count: str) -> None:
    """Flush, and end without any clean-up."""
    logger = braintrust.init_logger(project="demo")
    log_many(logger, int(count))
    braintrust.flush()
    report()
    os._exit(3)


def end_on_signal(count: str) -> None:
    """Log without a pause until a handler of SIGTERM exits."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(7))
    logger = braintrust.init_logger(project="demo")
    log_many(logger, int(count))
    say_ready()
    work_and_log(logger)


def end_in_handler(count: str) -> None:
    """Log without a pause until a handler of SIGTERM flushes and ends the process hard."""

    def stop(*_: object) -> None:
        before = list(ids)
        braintrust.flush()
        ids[:] = before
        report()
        os._exit(8)

    signal.signal(signal.SIGTERM, stop)
    logger = braintrust.init_logger(project="demo")
    log_many(logger, int(count))
    say_ready()
    work_and_log(logger)


def end_on_interrupt(count: str) -> None:
    """Log without a pause until Ctrl-C."""
    # A shell that runs the tests in the background has the signal ignored, and children inherit it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    logger = braintrust.init_logger(project="demo")
    log_many(logger, int(count))
    say_ready()
    work_and_log(logger)


def end_beside_daemons(count: str) -> None:
    """End while daemon threads log."""
    logger = braintrust.init_logger(project="demo")
    started = threading.Barrier(4)

    def keep_logging() -> None:
        log(logger, "first")
        started.wait()
        work_and_log(logger)

    for _ in range(3):
        threading.Thread(target=keep_logging, daemon=True).start()
    started.wait()
    log_many(logger, int(count))


def end_before_threads(count: str) -> None:
    """Let the main thread end before threads that still log."""
    logger = braintrust.init_logger(project="demo")
    main = threading.current_thread()

    def log_after_main() -> None:
        main.join()
        log_many(logger, int(count))

    threading.Thread(target=log_after_main).start()


# Exit handlers


def log_at_exit_only() -> None:
    """Log in an exit handler for the first time."""
    logger = braintrust.init_logger(project="demo")
    atexit.register(log, logger, "at exit")


def log_at_exit_too() -> None:
    """Log, and once more in an exit handler."""
    logger = braintrust.init_logger(project="demo")
    atexit.register(log, logger, "at exit")
    log(logger, "before")


def begin_at_exit() -> None:
    """Do everything in an exit handler."""
    atexit.register(end_at_once, "2")


def log_after_the_end() -> None:
    """Log in an exit handler that was there first, and so runs last."""
    atexit.register(lambda: log(logger, "too late"))
    logger = braintrust.init_logger(project="demo")
    log(logger, "before")


# Forks


def fork_after_logging(children: str) -> None:
    """Log, fork with rows pending, log in the children and in the parent."""
    logger = braintrust.init_logger(project="demo")
    log_many(logger, 50, "parent")
    for number in range(int(children)):
        if os.fork() == 0:
            ids.clear()
            log_many(logger, 3, f"child {number}")
            sys.exit()
    log_many(logger, 50, "parent later")
    for _ in range(int(children)):
        os.wait()


def fork_under_load(children: str) -> None:
    """Fork again and again while four threads log."""
    logger = braintrust.init_logger(project="demo")
    is_over = threading.Event()

    def keep_logging() -> None:
        while not is_over.is_set():
            with braintrust.start_span(name="busy") as span:
                span.log(input="busy")
                ids.append(span.id)
            time.sleep(0.002)  # a load that leaves the forking thread a turn

    threads = [threading.Thread(target=keep_logging) for _ in range(4)]
    for thread in threads:
        thread.start()
    for number in range(int(children)):
        if os.fork() == 0:
            log_in_child(logger, number)
        os.wait()
    is_over.set()
    for thread in threads:
        thread.join()


def log_in_child(logger: braintrust.Logger, number: int) -> None:
    """Log, deliver and report in a forked child, and end it."""
    ids.clear()
    log(logger, f"child {number}")
    braintrust.flush()
    report()
    os._exit(0)


def fork_in_span() -> None:
    """Fork inside a span: its row is the parent's, its children may come from both."""
    logger = braintrust.init_logger(project="demo")
    with logger.start_span(name="outer") as outer:
        outer.log(input="outer")
        child = os.fork()
        if child == 0:
            with braintrust.start_span(name="in child") as span:
                span.log(input="in child")
                ids.append(span.id)
            sys.exit()
        ids.append(outer.id)
        os.wait()


def use_multiprocessing(method: str) -> None:
    """Log in the processes of a pool, and around it."""
    import multiprocessing

    logger = braintrust.init_logger(project="demo")
    log(logger, "parent")
    context = multiprocessing.get_context(method)
    workers = [context.Process(target=log_in_worker, args=(number,)) for number in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    log(logger, "parent later")


def log_in_worker(number: int) -> None:
    """Log in a process of multiprocessing, which ends without exit handlers."""
    ids.clear()
    log(braintrust.init_logger(project="demo"), f"worker {number}")
    braintrust.flush()
    report()


# Time


def jump(seconds: str) -> None:
    """Log around a jump of the wall clock, which is the system's and so is set before we look."""
    offset = 0.0
    read, read_ns = time.time, time.time_ns
    time.time = lambda: read() + offset
    time.time_ns = lambda: read_ns() + int(offset * 1e9)
    logger = braintrust.init_logger(project="demo")
    log_many(logger, 5, "before")
    with logger.start_span(name="across") as span:
        span.log(input="across")
        ids.append(span.id)
        offset = float(seconds)
    logger = braintrust.init_logger(project="demo")
    log_many(logger, 5, "after")
    braintrust.flush()


# Tasks


def run_tasks(count: str) -> None:
    """Log in the tasks of an event loop, with flushes in between, in a thread of their own."""
    logger = braintrust.init_logger(project="demo")

    async def task(number: int) -> None:
        with logger.start_span(name=f"task {number}") as span:
            await asyncio.sleep(0)
            span.log(input=f"task {number}")
            ids.append(span.id)
        if number % 50 == 0:
            await asyncio.to_thread(braintrust.flush)

    async def everything() -> None:
        await asyncio.gather(*(task(number) for number in range(int(count))))

    asyncio.run(everything())


# Stories: the same rows each time


def tell_by_hand() -> None:
    """Log spans of every kind through the API."""
    logger = braintrust.init_logger(project="demo")
    with logger.start_span(name="answer", type="task", input={"question": "why?"}) as root:
        with braintrust.start_span(name="model", type="llm") as model:
            model.log(input=[{"role": "user", "content": "why?"}], metadata={"model": "m-1"})
            model.log(output="because", metrics={"tokens": 12}, metadata={"temperature": 0.5})
        with suppress(LookupError), braintrust.start_span(name="tool", type="tool"):
            raise LookupError("no such city")
        root.log(output="because", scores={"good": 0.5}, tags=["a", "b"], expected=None)
    logger.log(input="one-shot", output=[1, 2.5, "three"], allow_concurrent_with_spans=True)


def tell_in_otel() -> None:
    """Make spans with OpenTelemetry alone, and export them in its own batch processor."""
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = TracerProvider(resource=Resource({"service.name": "shop"}))
    exporter = braintrust.BraintrustSpanExporter(parent="project_name:demo")
    provider.add_span_processor(BatchSpanProcessor(exporter))
    tracer = provider.get_tracer("shop", "1.0")
    with tracer.start_as_current_span("request") as request:
        request.set_attribute("http.route", "/buy")
        request.set_attribute("braintrust.input_json", '{"basket": [1, 2]}')
        with tracer.start_as_current_span("chat m-1") as chat:
            chat.set_attributes({"gen_ai.request.model": "m-1", "gen_ai.usage.input_tokens": 7})
        with suppress(PermissionError), tracer.start_as_current_span("pay"):
            raise PermissionError("no money")
    provider.shutdown()


def log_until_delivered(count: str) -> None:
    """Log, and flush until everything is delivered."""
    logger = braintrust.init_logger(project="demo")
    log_many(logger, int(count))
    deliver_twice()


def deliver_twice() -> None:
    """Flush, let the test repair what kept the rows, and flush again."""
    braintrust.flush()
    say_ready()
    sys.stdin.readline()
    braintrust.flush()


def end_in_default_project() -> None:
    """Log where the settings say."""
    log(braintrust.init_logger(), "row")


def log_to_two_projects(project_id: str) -> None:
    """Log to a project by id and to another by name, until everything is delivered."""
    log(braintrust.init_logger(project_id=project_id, set_current=False), "by id")
    log(braintrust.init_logger(project="demo"), "by name")
    deliver_twice()


PROGRAMS: dict[str, Callable[..., None]] = {
    program.__name__.replace("_", "-"): program
    for program in (
        end_at_once,
        end_with_error,
        end_with_open_span,
        end_hard,
        end_on_signal,
        end_in_handler,
        end_on_interrupt,
        end_beside_daemons,
        end_before_threads,
        log_at_exit_only,
        log_at_exit_too,
        begin_at_exit,
        log_after_the_end,
        fork_after_logging,
        fork_under_load,
        fork_in_span,
        use_multiprocessing,
        jump,
        run_tasks,
        tell_by_hand,
        tell_in_otel,
        log_until_delivered,
        end_in_default_project,
        log_to_two_projects,
    )
}

if __name__ == "__main__":
    atexit.register(report)
    PROGRAMS[sys.argv[1]](*sys.argv[2:])
