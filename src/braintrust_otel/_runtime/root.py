"""The process's only state: what is current as a fallback, the pipelines, and how they end."""

from __future__ import annotations

import atexit
import itertools
import os
import threading
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from braintrust_otel._diagnostics import Notices
from braintrust_otel._runtime import wording
from braintrust_otel._runtime.beside import SideTable
from braintrust_otel._runtime.defaults import container_from, rules_from
from braintrust_otel._runtime.endings import watch_endings, watch_workers
from braintrust_otel._runtime.gate import ForkGate
from braintrust_otel._runtime.pipelines import Pipelines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from braintrust_otel._mapping.provenance import Provenance
    from braintrust_otel._model.containers import Container
    from braintrust_otel._model.records import SpanRecord
    from braintrust_otel._model.rows import Row
    from braintrust_otel._model.sampling import TailSampling
    from braintrust_otel._runtime.environment import Environment
    from braintrust_otel._runtime.pipeline import Pipeline
    from braintrust_otel._runtime.places import Place
    from braintrust_otel._settings import Settings
    from braintrust_otel._shipping.stats import ShippingStats
    from braintrust_otel._wire.account import Account
    from braintrust_otel._wire.retrying_adapter import HTTPAdapter

__all__ = ["Pinned", "Root", "root"]


@dataclass(frozen=True, slots=True)
class Pinned:
    """What stands in for every place and for the global provider.

    Attributes:
        pipeline: Takes all rows.
        provider: The tracer provider that ``init_logger`` joins.
    """

    pipeline: Pipeline
    provider: Any


class Root:
    """Owns what a process has one of. Everything is made when it is first needed.

    Attributes:
        active: Whether anything in this process may be traced. False lets traced functions pass
            straight through; it turns True with the first logger, parent or processor.
        lock: Held while something here is made or replaced; never during I/O.
        gate: Entered for imports in threads of ours.
        notices: Says things to the user.
        logger: The logger that is current where no context says otherwise.
        tracing: Starts our spans; set by the OpenTelemetry side.
        tracing_meanwhile: The same, until the program has set up OpenTelemetry.
        resource_texts: What resources become in rows; set by the OpenTelemetry side.
        convert: Turns spans into rows; set by the OpenTelemetry side at the first row.
        processor: The first of our processors; without a logger it tells where our spans go.
        open_spans: Our spans that have not ended, by OTel span id, with their records.
        records_beside: Records of our spans whose OTel span cannot carry them.
        log_events: Log events that are joined onto their spans; None while none are heard of.
        before_exit: Called before the pipelines are shut down.
        shows_content: Whether spans carry what is logged as attributes; None until settings say.
        tail_sampling: Which traces are kept, where the program says so; None for the settings.
        live_spans: Whether spans have a row when they start; None until settings say.
        live_listeners: Called with our spans that do.
        masker: Masks rows before they leave, or None.
        http_adapter: The user's own requests adapter, or None.
        pinned: What stands in for every place and provider, or None.
    """

    def __init__(self) -> None:
        self.active = False
        self.lock = threading.RLock()
        self.gate = ForkGate()
        self.notices = Notices()
        self.logger: Any = None
        self.tracing: Any = None
        self.tracing_meanwhile: Any = None
        self.resource_texts: Any = None
        self.convert: Any = None
        self.processor: Any = None
        self.open_spans: dict[int, tuple[Any, SpanRecord]] = {}
        self.records_beside: SideTable[SpanRecord] = SideTable()
        self.log_events: Any = None
        self.before_exit: list[Callable[[], None]] = []
        self.pinned: Pinned | None = None
        self.next_counter = itertools.count(1).__next__
        self.shows_content: bool | None = None
        self.tail_sampling: TailSampling | None = None
        self.live_spans: bool | None = None
        self.live_listeners: list[Callable[[Any, SpanRecord], None]] = []
        self.masker: Callable[[Row], Row] | None = None
        self.http_adapter: HTTPAdapter | None = None
        self._pipelines = Pipelines(self.gate)
        self._login: Place | None = None
        self._settings: Settings | None = None
        self._provenance: Provenance | None = None
        self._default_container: Container | None = None
        self._is_hooked = False

    def max_generator_items(self) -> int:
        """Return how many items of a traced generator become its output."""
        return self.settings().max_generator_items

    @contextmanager
    def set_aside(self, pinned: Pinned | None = None) -> Iterator[None]:
        """Put everything aside and let *pinned* stand in for it, until the block is left.

        For tests of programs that log: what they log meanwhile goes to the pinned pipeline,
        whatever account they name; without one to where a new process would send it. It is masked
        as before. Other threads are affected too.
        """
        saved = dict(self.__dict__)
        self.__dict__.clear()
        Root.__init__(self)
        self.pinned = pinned
        if pinned is not None:
            self._pipelines.adopt(pinned.pipeline)
        self.masker = saved["masker"]
        try:
            yield
        finally:
            self.shutdown()
            self.__dict__.clear()
            self.__dict__.update(saved)

    def activate(self, *, logger: Any = None, processor: Any = None) -> None:
        """Let traced functions look for something to trace into from now on."""
        if logger is not None:
            self.logger = logger
        self.processor = self.processor or processor
        self._hook()
        self.active = True

    def is_live(self) -> bool:
        """Return whether spans have a row when they start, as arguments or else settings say."""
        if self.live_spans is None:
            self.live_spans = self.settings().live_spans
        return self.live_spans

    def settings(self) -> Settings:
        """Return the settings as they were when first needed."""
        return self._settings or self.read_settings()

    def read_settings(self) -> Settings:
        """Read the settings anew, and say what is wrong with them."""
        from braintrust_otel._settings import find_dotenv, load_settings

        settings = load_settings(os.environ, find_dotenv())
        for problem in settings.problems:
            self.notices.say_once(problem, problem)
        self._settings = settings
        return settings

    @property
    def provenance(self) -> Provenance:
        """What our rows say of their origin."""
        if self._provenance is None:
            self._provenance = self._made_provenance(None, None)
        return self._provenance

    def set_environment(self, kind: str | None, name: str | None) -> None:
        """Let rows say which environment they come from; both None lets it be detected."""
        self._provenance = self._made_provenance(kind, name)

    def _made_provenance(self, kind: str | None, name: str | None) -> Provenance:
        from braintrust_otel._mapping.provenance import Provenance, detect_environment
        from braintrust_otel._version import __version__

        if kind is None and name is None:
            settings = self.settings()
            kind, name = settings.environment_type, settings.environment_name
        if kind is None and name is None:
            kind, name = detect_environment(os.environ)
        return Provenance(__version__, kind, name)

    def place(
        self,
        *,
        api_key: str | None = None,
        app_url: str | None = None,
        api_url: str | None = None,
        org_name: str | None = None,
    ) -> Place:
        """Return where rows go, as arguments, an earlier ``login`` and the settings say."""
        from braintrust_otel._runtime.places import choose_place

        if self.pinned is not None:
            return self.pinned.pipeline.place
        given = (api_key, app_url, api_url, org_name)
        if self._login is not None and not any(given):
            return self._login
        return choose_place(
            self.read_settings(),
            api_key=api_key,
            app_url=app_url,
            api_url=api_url,
            org_name=org_name,
        )

    def pipeline(self, place: Place | None = None) -> Pipeline:
        """Return the pipeline to *place*, or to the default place, joined when first needed."""
        if self.pinned is not None:
            return self.pinned.pipeline
        if place is None:
            place = self._default_place()
        return self._pipelines.find(place) or self._open(place)

    def _default_place(self) -> Place:
        known = self.logger or self.processor
        place: Place = self.place() if known is None else known.place
        return place

    def _open(self, place: Place) -> Pipeline:
        opened = self._pipelines.open(place, lambda: self.environment(self.settings()))
        self._hook()
        self._begin(opened)
        return opened

    def open_apart(self, place: Place) -> Pipeline:
        """Return a pipeline of its own to *place*, which delivers only while it is flushed.

        For exporters: the batches are the user's, and so is the thread that delivers them.
        """
        if self.pinned is not None:
            return self.pinned.pipeline
        settings = replace(self.settings(), sync_flush=True)
        opened = self._pipelines.open_apart(place, self.environment(settings))
        self._hook()
        self._begin(opened)
        return opened

    def _begin(self, opened: Pipeline) -> None:
        if self.settings().otel_content == "only":
            from braintrust_otel._runtime.withheld import Withheld

            opened.put = Withheld(self.notices).put
            return
        rules = self.tail_sampling or rules_from(self.settings())
        if rules is not None:
            opened.sample_tails(rules)
        if opened.place.is_embedded:
            self.notices.say_once("embedded", wording.EMBEDDED)

    def sample_tails(self, rules: TailSampling | None) -> None:
        """Keep the traces that *rules* say, on the way to every place; None asks the settings."""
        self.tail_sampling = rules
        if self.settings().otel_content != "only":
            for pipeline in self._pipelines.every():
                pipeline.sample_tails(rules or rules_from(self.settings()))

    def flushed_pipelines(self) -> list[Pipeline]:
        """Return the pipelines that are ours to flush: an exporter's is flushed by its user."""
        return self._pipelines.shared()

    def _hook(self) -> None:
        """Have the process tell us when it exits and when it forks.

        As early as we are in use: exit handlers run in reverse, so that those which the program
        registers from now on can still log.
        """
        if self._is_hooked or self.pinned is not None:
            return
        self._is_hooked = True
        if not threading.main_thread().is_alive():  # Python takes no exit handlers any more
            self.notices.say(wording.LATE_START)
        atexit.register(self.at_exit)
        watch_endings(self)
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(
                before=self.gate.before_fork,
                after_in_parent=self.gate.after_fork_in_parent,
                after_in_child=self.after_fork_in_child,
            )

    def environment(self, settings: Settings) -> Environment:
        """Return what a pipeline takes from this process."""
        from braintrust_otel._runtime.environment import Environment

        return Environment(
            settings,
            self.notices,
            self.gate,
            masker=lambda: self.masker,
            http_adapter=lambda: self.http_adapter,
        )

    def default_container(self) -> Container:
        """Return where our own spans go that nothing routes.

        That is the logger's project, else what our first processor was told, else the settings.
        """
        if self.logger is None and self.processor is not None:
            given: Container = self.processor.default_container()
            return given
        return self.fallback_container()

    def fallback_container(self) -> Container:
        """Return where spans go that no processor's argument routes either.

        That is the logger's project, else what the settings say.
        """
        if self.logger is not None:
            container: Container = self.logger.container
            return container
        if self._default_container is None:
            from braintrust_otel._model.containers import parse_container

            settings = self.settings()
            self._default_container = container_from(settings)
            if settings.parent and parse_container(settings.parent) is None:
                self.notices.say_once("BRAINTRUST_PARENT", wording.unreadable_parent(settings))
        return self._default_container

    def log_in(
        self, app_url: str | None, api_key: str | None, org_name: str | None, *, force: bool
    ) -> Account:
        """Log in explicitly; rows go to that account from then on, unless told otherwise.

        Raises:
            LoginError: The key is missing or refused, or a login with other arguments is in force.
            RetryError: The server cannot be reached.
            TimeoutError: It takes too long.
        """
        from braintrust_otel._runtime.places import check_same, choose_place

        if self._login is not None and not force:
            check_same(self._login, app_url=app_url, api_key=api_key, org_name=org_name)
            known = self.pipeline(self._login).wire.account.peek()
            if known is not None:
                return known
        place = choose_place(
            self.read_settings(),
            app_url=app_url,
            api_key=api_key,
            org_name=org_name,
            may_embed=False,
        )
        account = self.pipeline(place).log_in()
        self._login = place
        return account

    def flush(self, timeout: float | None = None) -> bool:
        """Deliver everything put so far; False when *timeout* seconds were not enough.

        Raises:
            FlushError: Something could not be delivered, with synchronous flushing.
        """
        return self._pipelines.flush(timeout)

    def stats(self) -> ShippingStats:
        """Return what became of everything that was logged so far."""
        stats, logs = self._pipelines.stats(), self.log_events
        return stats if logs is None else replace(stats, log_events=logs.stats())

    def shutdown(self, timeout: float | None = None) -> None:
        """Deliver what is left within the exit budget; what remains is counted and said.

        Args:
            timeout: Seconds for each pipeline; None takes what the settings say.
        """
        for call in self.before_exit:
            call()
        self.open_spans = {}
        self._pipelines.shutdown(timeout)
        if self.log_events is not None:
            self.log_events.close()

    def at_exit(self) -> None:
        """Deliver what is left, because the process ends; open spans are said."""
        if self.open_spans:
            self.notices.say(wording.open_spans(len(self.open_spans)))
        self.shutdown(0.0 if self.settings().disable_atexit_flush else None)

    def after_fork_in_child(self) -> None:
        """Start the child empty: what was logged before the fork is the parent's to deliver."""
        self.lock = threading.RLock()
        self.gate.after_fork_in_child()
        self.notices.after_fork_in_child()
        for _, record in self.open_spans.values():
            record.leave_to_parent()
        self.open_spans = {}
        if self.log_events is not None:
            self.log_events.after_fork_in_child()
        self._pipelines.after_fork_in_child()
        watch_workers(self)


root = Root()
"""The one root of this process."""
