"""Braintrust for Python, as an OpenTelemetry distribution.

    import braintrust_otel as braintrust

    braintrust.init_logger(project="my-project")

    @braintrust.traced
    def answer(question: str) -> str: ...

Importing this package does nothing but define its names: each is loaded when it is first used.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from braintrust_otel._distro.auto import auto_instrument as auto_instrument
    from braintrust_otel._distro.auto import undo_auto_instrument as undo_auto_instrument
    from braintrust_otel._distro.clients import wrap_anthropic as wrap_anthropic
    from braintrust_otel._distro.clients import wrap_bedrock as wrap_bedrock
    from braintrust_otel._distro.clients import wrap_google_genai as wrap_google_genai
    from braintrust_otel._distro.clients import wrap_openai as wrap_openai
    from braintrust_otel._distro.litellm import CompletionWrapper as CompletionWrapper
    from braintrust_otel._distro.litellm import EmbeddingWrapper as EmbeddingWrapper
    from braintrust_otel._distro.litellm import LiteLLMWrapper as LiteLLMWrapper
    from braintrust_otel._distro.litellm import ModerationWrapper as ModerationWrapper
    from braintrust_otel._distro.litellm import ResponsesWrapper as ResponsesWrapper
    from braintrust_otel._distro.litellm import patch_litellm as patch_litellm
    from braintrust_otel._distro.litellm import unpatch_litellm as unpatch_litellm
    from braintrust_otel._distro.litellm import wrap_litellm as wrap_litellm
    from braintrust_otel._distro.message_streams import TracedMessageStream as TracedMessageStream
    from braintrust_otel._otel.exporter import BraintrustSpanExporter as BraintrustSpanExporter
    from braintrust_otel._otel.processor import BraintrustSpanProcessor as BraintrustSpanProcessor
    from braintrust_otel._shipping.stats import ShippingStats as ShippingStats
    from braintrust_otel._tracing.adapters import set_http_adapter as set_http_adapter
    from braintrust_otel._tracing.attachments import Attachment as Attachment
    from braintrust_otel._tracing.attachments import AttachmentMetadata as AttachmentMetadata
    from braintrust_otel._tracing.attachments import AttachmentReference as AttachmentReference
    from braintrust_otel._tracing.attachments import AttachmentStatus as AttachmentStatus
    from braintrust_otel._tracing.attachments import BaseAttachment as BaseAttachment
    from braintrust_otel._tracing.attachments import ExternalAttachment as ExternalAttachment
    from braintrust_otel._tracing.attachments import JSONAttachment as JSONAttachment
    from braintrust_otel._tracing.attachments import ReadonlyAttachment as ReadonlyAttachment
    from braintrust_otel._tracing.base import Exportable as Exportable
    from braintrust_otel._tracing.base import Span as Span
    from braintrust_otel._tracing.components import SpanComponentsV4 as SpanComponentsV4
    from braintrust_otel._tracing.components import SpanObjectTypeV3 as SpanObjectTypeV3
    from braintrust_otel._tracing.components import (
        span_components_to_object_id as span_components_to_object_id,
    )
    from braintrust_otel._tracing.current import current_experiment as current_experiment
    from braintrust_otel._tracing.current import current_logger as current_logger
    from braintrust_otel._tracing.current import current_span as current_span
    from braintrust_otel._tracing.deprecated import log as log
    from braintrust_otel._tracing.deprecated import summarize as summarize
    from braintrust_otel._tracing.failures import log_exc_info_to_span as log_exc_info_to_span
    from braintrust_otel._tracing.failures import stringify_exception as stringify_exception
    from braintrust_otel._tracing.headers import extract_trace_context as extract_trace_context
    from braintrust_otel._tracing.headers import inject_trace_context as inject_trace_context
    from braintrust_otel._tracing.init_logger import init_logger as init_logger
    from braintrust_otel._tracing.logger import Logger as Logger
    from braintrust_otel._tracing.marking import MarkAsyncWrapper as MarkAsyncWrapper
    from braintrust_otel._tracing.masking import set_masking_function as set_masking_function
    from braintrust_otel._tracing.noop import NOOP_SPAN as NOOP_SPAN
    from braintrust_otel._tracing.parents import get_span_parent_object as get_span_parent_object
    from braintrust_otel._tracing.parents import parent_context as parent_context
    from braintrust_otel._tracing.permalink import permalink as permalink
    from braintrust_otel._tracing.session import flush as flush
    from braintrust_otel._tracing.session import login as login
    from braintrust_otel._tracing.session import stats as stats
    from braintrust_otel._tracing.span import SpanImpl as SpanImpl
    from braintrust_otel._tracing.starting import start_span as start_span
    from braintrust_otel._tracing.state import BraintrustState as BraintrustState
    from braintrust_otel._tracing.state import login_to_state as login_to_state
    from braintrust_otel._tracing.threads import (
        TracedThreadPoolExecutor as TracedThreadPoolExecutor,
    )
    from braintrust_otel._tracing.threads import setup_threads as setup_threads
    from braintrust_otel._tracing.threads import undo_setup_threads as undo_setup_threads
    from braintrust_otel._tracing.traced import traced as traced
    from braintrust_otel._tracing.updates import update_span as update_span
    from braintrust_otel._tracing.values import NOOP_SPAN_PERMALINK as NOOP_SPAN_PERMALINK
    from braintrust_otel._tracing.values import ObjectMetadata as ObjectMetadata
    from braintrust_otel._tracing.values import SpanAttributes as SpanAttributes
    from braintrust_otel._tracing.values import SpanIds as SpanIds
    from braintrust_otel._tracing.values import SpanScope as SpanScope
    from braintrust_otel._tracing.values import SpanTypeAttribute as SpanTypeAttribute
    from braintrust_otel._tracing.values import TraceScope as TraceScope
    from braintrust_otel._version import __version__ as __version__
    from braintrust_otel._wire.retrying_adapter import (
        RetryRequestExceptionsAdapter as RetryRequestExceptionsAdapter,
    )
    from braintrust_otel.errors import BraintrustError as BraintrustError
    from braintrust_otel.errors import FlushError as FlushError
    from braintrust_otel.errors import LoginError as LoginError
    from braintrust_otel.instrument.arguments import (
        serialize_response_format as serialize_response_format,
    )
    from braintrust_otel.oai import AsyncResponseWrapper as AsyncResponseWrapper
    from braintrust_otel.oai import NamedWrapper as NamedWrapper
    from braintrust_otel.oai import prettify_params as prettify_params
else:
    _HOMES = {
        "AsyncResponseWrapper": "braintrust_otel.oai",
        "Attachment": "braintrust_otel._tracing.attachments",
        "AttachmentMetadata": "braintrust_otel._tracing.attachments",
        "AttachmentReference": "braintrust_otel._tracing.attachments",
        "AttachmentStatus": "braintrust_otel._tracing.attachments",
        "BaseAttachment": "braintrust_otel._tracing.attachments",
        "BraintrustError": "braintrust_otel.errors",
        "BraintrustSpanExporter": "braintrust_otel._otel.exporter",
        "BraintrustSpanProcessor": "braintrust_otel._otel.processor",
        "BraintrustState": "braintrust_otel._tracing.state",
        "CompletionWrapper": "braintrust_otel._distro.litellm",
        "EmbeddingWrapper": "braintrust_otel._distro.litellm",
        "Exportable": "braintrust_otel._tracing.base",
        "ExternalAttachment": "braintrust_otel._tracing.attachments",
        "FlushError": "braintrust_otel.errors",
        "JSONAttachment": "braintrust_otel._tracing.attachments",
        "LiteLLMWrapper": "braintrust_otel._distro.litellm",
        "Logger": "braintrust_otel._tracing.logger",
        "LoginError": "braintrust_otel.errors",
        "MarkAsyncWrapper": "braintrust_otel._tracing.marking",
        "ModerationWrapper": "braintrust_otel._distro.litellm",
        "NOOP_SPAN": "braintrust_otel._tracing.noop",
        "NOOP_SPAN_PERMALINK": "braintrust_otel._tracing.values",
        "NamedWrapper": "braintrust_otel.oai",
        "ObjectMetadata": "braintrust_otel._tracing.values",
        "ReadonlyAttachment": "braintrust_otel._tracing.attachments",
        "ResponsesWrapper": "braintrust_otel._distro.litellm",
        "RetryRequestExceptionsAdapter": "braintrust_otel._wire.retrying_adapter",
        "ShippingStats": "braintrust_otel._shipping.stats",
        "Span": "braintrust_otel._tracing.base",
        "SpanAttributes": "braintrust_otel._tracing.values",
        "SpanComponentsV4": "braintrust_otel._tracing.components",
        "SpanIds": "braintrust_otel._tracing.values",
        "SpanImpl": "braintrust_otel._tracing.span",
        "SpanObjectTypeV3": "braintrust_otel._tracing.components",
        "SpanScope": "braintrust_otel._tracing.values",
        "SpanTypeAttribute": "braintrust_otel._tracing.values",
        "TraceScope": "braintrust_otel._tracing.values",
        "TracedMessageStream": "braintrust_otel._distro.message_streams",
        "TracedThreadPoolExecutor": "braintrust_otel._tracing.threads",
        "__version__": "braintrust_otel._version",
        "auto_instrument": "braintrust_otel._distro.auto",
        "current_experiment": "braintrust_otel._tracing.current",
        "current_logger": "braintrust_otel._tracing.current",
        "current_span": "braintrust_otel._tracing.current",
        "extract_trace_context": "braintrust_otel._tracing.headers",
        "flush": "braintrust_otel._tracing.session",
        "get_span_parent_object": "braintrust_otel._tracing.parents",
        "init_logger": "braintrust_otel._tracing.init_logger",
        "inject_trace_context": "braintrust_otel._tracing.headers",
        "log": "braintrust_otel._tracing.deprecated",
        "log_exc_info_to_span": "braintrust_otel._tracing.failures",
        "login": "braintrust_otel._tracing.session",
        "login_to_state": "braintrust_otel._tracing.state",
        "parent_context": "braintrust_otel._tracing.parents",
        "patch_litellm": "braintrust_otel._distro.litellm",
        "permalink": "braintrust_otel._tracing.permalink",
        "prettify_params": "braintrust_otel.oai",
        "serialize_response_format": "braintrust_otel.instrument.arguments",
        "set_http_adapter": "braintrust_otel._tracing.adapters",
        "set_masking_function": "braintrust_otel._tracing.masking",
        "setup_threads": "braintrust_otel._tracing.threads",
        "span_components_to_object_id": "braintrust_otel._tracing.components",
        "start_span": "braintrust_otel._tracing.starting",
        "stats": "braintrust_otel._tracing.session",
        "stringify_exception": "braintrust_otel._tracing.failures",
        "summarize": "braintrust_otel._tracing.deprecated",
        "traced": "braintrust_otel._tracing.traced",
        "undo_auto_instrument": "braintrust_otel._distro.auto",
        "undo_setup_threads": "braintrust_otel._tracing.threads",
        "unpatch_litellm": "braintrust_otel._distro.litellm",
        "update_span": "braintrust_otel._tracing.updates",
        "wrap_anthropic": "braintrust_otel._distro.clients",
        "wrap_bedrock": "braintrust_otel._distro.clients",
        "wrap_google_genai": "braintrust_otel._distro.clients",
        "wrap_litellm": "braintrust_otel._distro.litellm",
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
    "NOOP_SPAN_PERMALINK",
    "AsyncResponseWrapper",
    "Attachment",
    "AttachmentMetadata",
    "AttachmentReference",
    "AttachmentStatus",
    "BaseAttachment",
    "BraintrustError",
    "BraintrustSpanExporter",
    "BraintrustSpanProcessor",
    "BraintrustState",
    "CompletionWrapper",
    "EmbeddingWrapper",
    "Exportable",
    "ExternalAttachment",
    "FlushError",
    "JSONAttachment",
    "LiteLLMWrapper",
    "Logger",
    "LoginError",
    "MarkAsyncWrapper",
    "ModerationWrapper",
    "NamedWrapper",
    "ObjectMetadata",
    "ReadonlyAttachment",
    "ResponsesWrapper",
    "RetryRequestExceptionsAdapter",
    "ShippingStats",
    "Span",
    "SpanAttributes",
    "SpanComponentsV4",
    "SpanIds",
    "SpanImpl",
    "SpanObjectTypeV3",
    "SpanScope",
    "SpanTypeAttribute",
    "TraceScope",
    "TracedMessageStream",
    "TracedThreadPoolExecutor",
    "__version__",
    "auto_instrument",
    "current_experiment",
    "current_logger",
    "current_span",
    "extract_trace_context",
    "flush",
    "get_span_parent_object",
    "init_logger",
    "inject_trace_context",
    "log",
    "log_exc_info_to_span",
    "login",
    "login_to_state",
    "parent_context",
    "patch_litellm",
    "permalink",
    "prettify_params",
    "serialize_response_format",
    "set_http_adapter",
    "set_masking_function",
    "setup_threads",
    "span_components_to_object_id",
    "start_span",
    "stats",
    "stringify_exception",
    "summarize",
    "traced",
    "undo_auto_instrument",
    "undo_setup_threads",
    "unpatch_litellm",
    "update_span",
    "wrap_anthropic",
    "wrap_bedrock",
    "wrap_google_genai",
    "wrap_litellm",
    "wrap_openai",
]
