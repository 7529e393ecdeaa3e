"""Prices of models, from the optional library ``genai-prices``, which is asked in the worker."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone
from importlib import import_module
from importlib.util import find_spec
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from braintrust_otel._diagnostics import Notices
    from braintrust_otel._mapping.pricing import ModelUsage
    from braintrust_otel._runtime.gate import ForkGate

__all__ = ["PriceList"]

_LIBRARY: Final = "genai_prices"
_MAX_MISSES: Final = 1_000
_NAMES: Final = {
    "prompt_audio_tokens": "input_audio_tokens",
    "completion_audio_tokens": "output_audio_tokens",
    "completion_image_tokens": "output_image_tokens",
}


class PriceList:
    """Knows what models cost, as far as the library does; belongs to one thread at a time.

    The library is imported when a price is first asked for, which takes the better part of a
    second: so never by a thread of the program. It is used with the prices that it was published
    with; nothing is fetched.

    Args:
        notices: Told once, if the library is there and does not work.
        gate: Entered for the import.
        find: Returns something if a module is installed.
        load: Imports a module.
    """

    __slots__ = ("_calculate", "_find", "_gate", "_is_asked", "_load", "_misses", "_notices")

    def __init__(
        self,
        notices: Notices,
        gate: ForkGate,
        *,
        find: Callable[[str], object] = find_spec,
        load: Callable[[str], Any] = import_module,
    ) -> None:
        self._notices = notices
        self._gate = gate
        self._find = find
        self._load = load
        self._is_asked = False
        self._calculate: Callable[..., Any] | None = None
        self._misses: set[tuple[str | None, str]] = set()

    def price(self, usage: ModelUsage) -> float | None:
        """Return what *usage* costs in dollars; None where no price is known."""
        if not self._is_asked:
            self._is_asked = True
            self._calculate = self._library()
        key = (usage.provider, usage.model)
        if self._calculate is None or key in self._misses:
            return None
        try:
            at = None if usage.at is None else datetime.fromtimestamp(usage.at, timezone.utc)
            found = self._calculate(
                _counts(usage),
                usage.model,
                provider_id=usage.provider,
                genai_request_timestamp=at,
            )
            return float(found.total_price)
        except LookupError:
            self._remember(key)
        except Exception as error:  # noqa: BLE001  # another library's, for which no row is lost
            self._notices.say_once(
                "prices",
                f"The cost of a call of {usage.model} is not known: genai-prices failed with "
                f"{type(error).__name__}: {error}",
            )
        return None

    def _library(self) -> Callable[..., Any] | None:
        if self._find(_LIBRARY) is None:
            return None
        try:
            with self._gate:
                calculate: Callable[..., Any] = self._load(_LIBRARY).calc_price
        except Exception as error:  # noqa: BLE001  # another library's, for which no row is lost
            self._notices.say_once(
                "prices",
                "Costs are not estimated: genai-prices is installed and cannot be imported "
                f"({type(error).__name__}: {error}).",
            )
            return None
        return calculate

    def _remember(self, key: tuple[str | None, str]) -> None:
        """Let a model without a price not be looked for again with every call of it."""
        if len(self._misses) >= _MAX_MISSES:
            self._misses.clear()
        self._misses.add(key)


def _counts(usage: ModelUsage) -> SimpleNamespace:
    counts = {
        "input_tokens": usage.prompt,
        "output_tokens": usage.completion,
        "cache_read_tokens": usage.cached,
        "cache_write_tokens": usage.written,
        "cache_write_5m_tokens": usage.written_5m,
        "cache_write_1h_tokens": usage.written_1h,
    }
    for metric, count in (usage.parts or {}).items():
        counts[_NAMES[metric]] = count
    # Zeros are left out: the library takes what is not there for none.
    return SimpleNamespace(**{name: count for name, count in counts.items() if count})
