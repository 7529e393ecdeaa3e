"""The kit for instrumentor packages: calls, streams, patches, and what rows need of them.

An instrumentor names its patches and reads requests and answers into row fields; everything that
must never go wrong in somebody else's program is done here: a call ends once, an exception passes
unchanged, a stream stays what it was, and a bug of ours costs one line in the log.
"""

from __future__ import annotations

from braintrust_otel.instrument.arguments import (
    SpanInfo,
    is_given,
    json_settings,
    listed,
    serialize_response_format,
    take_span_info,
)
from braintrust_otel.instrument.base import Instrumentor, library_version
from braintrust_otel.instrument.bodies import (
    EventBody,
    LineBody,
    ReadBody,
    WholeBody,
    follow_body,
)
from braintrust_otel.instrument.calls import Call, Calls, current_call, suppressed
from braintrust_otel.instrument.files import attach_bytes, attach_file
from braintrust_otel.instrument.genai import request_attributes, response_attributes
from braintrust_otel.instrument.managers import follow_manager
from braintrust_otel.instrument.messages import chat_messages
from braintrust_otel.instrument.methods import (
    AsyncMethodWrapper,
    MethodWrapper,
    StreamHelperWrapper,
)
from braintrust_otel.instrument.options import openai_stream_usage
from braintrust_otel.instrument.own_spans import QuietTracer
from braintrust_otel.instrument.patching import (
    Patch,
    PatchTable,
    Wrapper,
    patch_object,
    wrapper_of,
)
from braintrust_otel.instrument.plain import members, plain, set_members
from braintrust_otel.instrument.raw_responses import follow_raw, is_raw, renew_raw
from braintrust_otel.instrument.readings import Reading
from braintrust_otel.instrument.seams import (
    BeginChild,
    BeginSpan,
    CallSpan,
    Child,
    Clocks,
    Fields,
    ReadFailure,
    ReportBug,
)
from braintrust_otel.instrument.streams import Accumulator, Follower, follow
from braintrust_otel.instrument.tools import function_tool, normalise_tool_choice, normalise_tools
from braintrust_otel.instrument.usage import usage_metrics

__all__ = [
    "Accumulator",
    "AsyncMethodWrapper",
    "BeginChild",
    "BeginSpan",
    "Call",
    "CallSpan",
    "Calls",
    "Child",
    "Clocks",
    "EventBody",
    "Fields",
    "Follower",
    "Instrumentor",
    "LineBody",
    "MethodWrapper",
    "Patch",
    "PatchTable",
    "QuietTracer",
    "ReadBody",
    "ReadFailure",
    "Reading",
    "ReportBug",
    "SpanInfo",
    "StreamHelperWrapper",
    "WholeBody",
    "Wrapper",
    "attach_bytes",
    "attach_file",
    "chat_messages",
    "current_call",
    "follow",
    "follow_body",
    "follow_manager",
    "follow_raw",
    "function_tool",
    "is_given",
    "is_raw",
    "json_settings",
    "library_version",
    "listed",
    "members",
    "normalise_tool_choice",
    "normalise_tools",
    "openai_stream_usage",
    "patch_object",
    "plain",
    "renew_raw",
    "request_attributes",
    "response_attributes",
    "serialize_response_format",
    "set_members",
    "suppressed",
    "take_span_info",
    "usage_metrics",
    "wrapper_of",
]
