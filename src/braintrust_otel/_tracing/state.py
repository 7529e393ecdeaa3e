"""Accounts as values, for programs that use several at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from braintrust_otel._otel.propagation import LOGGER_KEY, attach_value, detach_quietly
from braintrust_otel._otel.sources import queue_open_spans
from braintrust_otel._runtime import root
from braintrust_otel._runtime.places import choose_place

if TYPE_CHECKING:
    from braintrust_otel._runtime.places import Place
    from braintrust_otel._tracing.logger import Logger
    from braintrust_otel._wire.account import Account

__all__ = ["BraintrustState", "login_to_state"]


class BraintrustState:
    """An account, given as ``state=`` where it is not the one of the environment or of ``login``.

    A logger that is initialised with a state ships to its account, and spans that are started with
    the state go to that logger. What is current is not part of it: the current span, logger and
    parent are in OpenTelemetry's context, whatever the account.

    Attributes:
        logger: The last logger that was initialised with this state, or None.
    """

    def __init__(self) -> None:
        self.logger: Logger | None = None
        self._place: Place | None = None

    @classmethod
    def at(cls, place: Place, logger: Logger | None = None) -> BraintrustState:
        """Return the state of the account or store *place*."""
        state = cls()
        state._place, state.logger = place, logger
        return state

    def login(
        self,
        app_url: str | None = None,
        api_key: str | None = None,
        org_name: str | None = None,
        force_login: bool = False,
    ) -> None:
        """Log in; the arguments and errors are those of ``braintrust.login``.

        Only this state changes: the account of the rest of the process stays as it is.
        """
        if self.logged_in and not (force_login or app_url or api_key or org_name):
            return
        place = root.pinned.pipeline.place if root.pinned is not None else None
        if place is None:
            place = choose_place(
                root.read_settings(),
                app_url=app_url,
                api_key=api_key,
                org_name=org_name,
                may_embed=False,
            )
        root.pipeline(place).log_in()
        self._place = place

    @property
    def logged_in(self) -> bool:
        """Whether the account is known already."""
        return self._account is not None

    @property
    def org_id(self) -> str | None:
        """Id of the organisation; None before the login."""
        return None if self._account is None else self._account.org_id

    @property
    def org_name(self) -> str | None:
        """Name of the organisation; before the login the one that was asked for, if any."""
        return self.place.org_name if self._account is None else self._account.org_name

    @property
    def app_url(self) -> str:
        """Base URL of the app."""
        return self.place.app_url if self._account is None else self._account.app_url

    @property
    def api_url(self) -> str | None:
        """Base URL of the API; None before the login unless it was chosen."""
        return self.place.api_url if self._account is None else self._account.api_url

    @property
    def proxy_url(self) -> str | None:
        """Base URL of the AI proxy; None before the login unless it was chosen."""
        return self.place.proxy_url if self._account is None else self._account.proxy_url

    @property
    def place(self) -> Place:
        """Where rows go: what was logged in to, else what is in force without a state."""
        return self._place or root.pipeline().place

    def flush(self) -> None:
        """Block until everything logged so far is delivered or given up for now."""
        queue_open_spans()
        root.flush()

    @contextmanager
    def as_current(self) -> Iterator[None]:
        """Let spans that start in the block, and belong under nothing else, go to the logger."""
        if self.logger is None:
            yield
            return
        token = attach_value(LOGGER_KEY, self.logger)
        try:
            yield
        finally:
            detach_quietly(token)

    @property
    def _account(self) -> Account | None:
        return root.pipeline(self._place).known_account()


def login_to_state(
    app_url: str | None = None,
    api_key: str | None = None,
    org_name: str | None = None,
) -> BraintrustState:
    """Log in to an account for ``state=``; the arguments and errors are those of ``login``."""
    state = BraintrustState()
    state.login(app_url, api_key, org_name, force_login=True)
    return state
