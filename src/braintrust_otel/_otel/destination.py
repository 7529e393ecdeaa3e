"""What a processor and an exporter are told: whose account, which project, which spans."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, TypedDict

from opentelemetry.sdk.trace import ReadableSpan

from braintrust_otel._model.containers import Container, parse_container
from braintrust_otel._otel.foreign import Customize
from braintrust_otel._runtime import root

if TYPE_CHECKING:
    from braintrust_otel._runtime.places import Place

__all__ = ["CustomFilter", "Destination", "SpanOptions"]

CustomFilter = Callable[[ReadableSpan], "bool | None"]
"""Tells whether an ended span is shipped; None leaves that to ``filter_ai_spans``."""


class SpanOptions(TypedDict, total=False):
    """The options that ``BraintrustSpanProcessor`` and ``BraintrustSpanExporter`` share.

    Attributes:
        api_key: Key of the account; default ``BRAINTRUST_API_KEY``. With no key anywhere spans go
            to the embedded store.
        api_url: Base URL of the API; default ``BRAINTRUST_API_URL``, else the one login returns.
        app_url: Base URL of the app; default ``BRAINTRUST_APP_URL``.
        org_name: Organisation to use; default ``BRAINTRUST_ORG_NAME``, else the key's first one.
        filter_ai_spans: Whether of other libraries' spans only those about AI are shipped, and
            those above them, bare. Default ``BRAINTRUST_FILTER_AI_SPANS``, else False.
        custom_filter: Called with each ended span of another library: True ships it, False does
            not, None leaves it to ``filter_ai_spans``. What is above a shipped span comes bare.
        customize: Called in the background with each such span that is shipped whole: the
            attributes it returns are added to the span's own, or replace them; None as a value
            takes one out. Only Braintrust sees the result.
    """

    api_key: str | None
    api_url: str | None
    app_url: str | None
    org_name: str | None
    filter_ai_spans: bool | None
    custom_filter: CustomFilter | None
    customize: Customize | None


class Destination:
    """Where other libraries' spans go and which of them, as arguments and settings say.

    Args:
        parent: The *parent* argument.
        options: The other arguments.

    Raises:
        ValueError: *parent* is not one that spans can be sent to.
        TypeError: There is no such option.
    """

    def __init__(self, parent: str | None, options: SpanOptions) -> None:
        unknown = sorted(options.keys() - SpanOptions.__annotations__.keys())
        if unknown:
            raise TypeError(f"There is no argument {unknown[0]!r}.")
        self.given = None if parent is None else _parsed(parent)
        self.custom_filter = options.get("custom_filter")
        self.customize = options.get("customize")
        self.filter_ai_spans = options.get("filter_ai_spans")
        self._account: Mapping[str, str | None] = {
            "api_key": options.get("api_key"),
            "api_url": options.get("api_url"),
            "app_url": options.get("app_url"),
            "org_name": options.get("org_name"),
        }
        self._place: Place | None = None

    @property
    def place(self) -> Place:
        """The account or store that takes the spans, chosen when first asked for."""
        if self._place is None:
            self._place = root.place(**self._account)
        return self._place

    @place.setter
    def place(self, place: Place) -> None:
        self._place = place

    @property
    def container(self) -> Container:
        """Where spans go that nothing routes."""
        return self.given or root.fallback_container()

    @property
    def is_filtering(self) -> bool:
        """Whether only spans about AI are shipped."""
        if self.filter_ai_spans is not None:
            return self.filter_ai_spans
        return bool(root.settings().filter_ai_spans)


def _parsed(parent: str) -> Container:
    container = parse_container(parent)
    if container is None:
        raise ValueError(
            f"The parent {parent!r} is not one that spans can be sent to. Use "
            "'project_name:<name>', 'project_id:<id>', 'experiment_id:<id>' or "
            "'playground_id:<id>'."
        )
    return container
