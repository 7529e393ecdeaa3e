"""Braintrust for Python, as an OpenTelemetry distribution.

    import braintrust_otel as braintrust

    braintrust.init_logger(project="my-project")

    @braintrust.traced
    def answer(question: str) -> str: ...

Importing this package does nothing but define its names: each is loaded when it is first used.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from braintrust_otel._distro.clients import wrap_openai as wrap_openai
    from braintrust_otel._otel.exporter import BraintrustSpanExporter as BraintrustSpanExporter
    from braintrust_otel._otel.processor import BraintrustSpanProcessor as BraintrustSpanProcessor
    from braintrust_otel._tracing.adapters import set_http_adapter as set_http_adapter
    from braintrust_otel._tracing.base import Exportable as Exportable
    from braintrust_otel._tracing.base import Span as Span
    from braintrust_otel._tracing.current import current_logger as current_logger
    from braintrust_otel._tracing.current import current_span as current_span
    from braintrust_otel._tracing.logger import Logger as Logger
    from braintrust_otel._tracing.logger import init_logger as init_logger
    from braintrust_otel._tracing.masking import set_masking_function as set_masking_function
    from braintrust_otel._tracing.noop import NOOP_SPAN as NOOP_SPAN
    from braintrust_otel._tracing.session import flush as flush
    from braintrust_otel._tracing.session import login as login
    from braintrust_otel._tracing.span import SpanImpl as SpanImpl
    from braintrust_otel._tracing.starting import start_span as start_span
    from braintrust_otel._tracing.traced import traced as traced
    from braintrust_otel._version import __version__ as __version__
    from braintrust_otel._wire.retrying_adapter import (
        RetryRequestExceptionsAdapter as RetryRequestExceptionsAdapter,
    )
    from braintrust_otel.errors import BraintrustError as BraintrustError
    from braintrust_otel.errors import FlushError as FlushError
    from braintrust_otel.errors import LoginError as LoginError
else:
    _HOMES = {
        "BraintrustError": "braintrust_otel.errors",
        "BraintrustSpanExporter": "braintrust_otel._otel.exporter",
        "BraintrustSpanProcessor": "braintrust_otel._otel.processor",
        "Exportable": "braintrust_otel._tracing.base",
        "FlushError": "braintrust_otel.errors",
        "Logger": "braintrust_otel._tracing.logger",
        "LoginError": "braintrust_otel.errors",
        "NOOP_SPAN": "braintrust_otel._tracing.noop",
        "RetryRequestExceptionsAdapter": "braintrust_otel._wire.retrying_adapter",
        "Span": "braintrust_otel._tracing.base",
        "SpanImpl": "braintrust_otel._tracing.span",
        "__version__": "braintrust_otel._version",
        "current_logger": "braintrust_otel._tracing.current",
        "current_span": "braintrust_otel._tracing.current",
        "flush": "braintrust_otel._tracing.session",
        "init_logger": "braintrust_otel._tracing.logger",
        "login": "braintrust_otel._tracing.session",
        "set_http_adapter": "braintrust_otel._tracing.adapters",
        "set_masking_function": "braintrust_otel._tracing.masking",
        "start_span": "braintrust_otel._tracing.starting",
        "traced": "braintrust_otel._tracing.traced",
        "wrap_openai": "braintrust_otel._distro.clients",
    }

    def __getattr__(name: str) -> object:
        """Import a public name the first time it is used."""
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib import import_module

        return globals().setdefault(name, getattr(import_module(_HOMES[name]), name))

    def __dir__() -> list[str]:
        """List the public names, loaded or not."""
        return sorted({*globals(), *_HOMES})


__all__ = [
    "NOOP_SPAN",
    "BraintrustError",
    "BraintrustSpanExporter",
    "BraintrustSpanProcessor",
    "Exportable",
    "FlushError",
    "Logger",
    "LoginError",
    "RetryRequestExceptionsAdapter",
    "Span",
    "SpanImpl",
    "__version__",
    "current_logger",
    "current_span",
    "flush",
    "init_logger",
    "login",
    "set_http_adapter",
    "set_masking_function",
    "start_span",
    "traced",
    "wrap_openai",
]
