"""The names of the OpenTelemetry attributes that this package reads or writes."""

from __future__ import annotations

from typing import Final

__all__ = [
    "APP_URL",
    "BRAINTRUST",
    "CLASSIFICATIONS",
    "CODE_FILE_PATH",
    "CODE_FUNCTION_NAME",
    "CODE_LINE_NUMBER",
    "CONTEXT",
    "CONTEXT_JSON",
    "ERROR",
    "ERROR_JSON",
    "ERROR_TYPE",
    "EXCEPTION_ESCAPED",
    "EXCEPTION_EVENT",
    "EXCEPTION_MESSAGE",
    "EXCEPTION_STACKTRACE",
    "EXCEPTION_TYPE",
    "EXPECTED",
    "EXPECTED_JSON",
    "GEN_AI_CACHE_CREATION_TOKENS",
    "GEN_AI_CACHE_READ_TOKENS",
    "GEN_AI_FINISH_REASONS",
    "GEN_AI_FREQUENCY_PENALTY",
    "GEN_AI_INPUT_MESSAGES",
    "GEN_AI_INPUT_TOKENS",
    "GEN_AI_MAX_TOKENS",
    "GEN_AI_OPERATION_NAME",
    "GEN_AI_OUTPUT_MESSAGES",
    "GEN_AI_OUTPUT_TOKENS",
    "GEN_AI_PRESENCE_PENALTY",
    "GEN_AI_PROVIDER_NAME",
    "GEN_AI_REQUEST_MODEL",
    "GEN_AI_RESPONSE_ID",
    "GEN_AI_RESPONSE_MODEL",
    "GEN_AI_STOP_SEQUENCES",
    "GEN_AI_SYSTEM",
    "GEN_AI_SYSTEM_INSTRUCTIONS",
    "GEN_AI_TEMPERATURE",
    "GEN_AI_TOOL_DEFINITIONS",
    "GEN_AI_TOOL_NAME",
    "GEN_AI_TOP_P",
    "INPUT",
    "INPUT_JSON",
    "LINK_KIND",
    "LINK_KIND_PARENT",
    "LLM_MODEL_NAME",
    "LLM_REQUEST_TYPE",
    "LLM_RESPONSE_MODEL_NAME",
    "METADATA",
    "METRICS",
    "NOT_IN_ROW",
    "OPENINFERENCE_SPAN_KIND",
    "ORG",
    "ORIGIN",
    "OUTPUT",
    "OUTPUT_JSON",
    "PARENT",
    "PRESERVE",
    "SCORES",
    "SERVICE_INSTANCE_ID",
    "SERVICE_NAME",
    "SHADOWS",
    "SPAN_ATTRIBUTES",
    "TAGS",
    "TELEMETRY",
    "TELEMETRY_SDK_VERSION",
    "TOOL_NAME",
    "TRACELOOP_SPAN_KIND",
]

# braintrust.*: fields of the row.
BRAINTRUST: Final = "braintrust."
PARENT: Final = "braintrust.parent"
ORG: Final = "braintrust.org"
APP_URL: Final = "braintrust.app_url"
INPUT: Final = "braintrust.input"
INPUT_JSON: Final = "braintrust.input_json"
OUTPUT: Final = "braintrust.output"
OUTPUT_JSON: Final = "braintrust.output_json"
EXPECTED: Final = "braintrust.expected"
EXPECTED_JSON: Final = "braintrust.expected_json"
ERROR: Final = "braintrust.error"
ERROR_JSON: Final = "braintrust.error_json"
METADATA: Final = "braintrust.metadata"
METRICS: Final = "braintrust.metrics"
SCORES: Final = "braintrust.scores"
SPAN_ATTRIBUTES: Final = "braintrust.span_attributes"
TAGS: Final = "braintrust.tags"
CONTEXT: Final = "braintrust.context"
CONTEXT_JSON: Final = "braintrust.context_json"
ORIGIN: Final = "braintrust.origin"
CLASSIFICATIONS: Final = "braintrust.classifications"
NOT_IN_ROW: Final = "braintrust.otel.not_in_row"
PRESERVE: Final = "braintrust.otel.preserve_attributes"

# Our own mark on a link: the linked span is a further parent in the same trace.
LINK_KIND: Final = "braintrust.link.kind"
LINK_KIND_PARENT: Final = "parent"

# Where in the program a span was made; the older name after the current one.
CODE_FUNCTION_NAME: Final = ("code.function.name", "code.function")
CODE_FILE_PATH: Final = ("code.file.path", "code.filepath")
CODE_LINE_NUMBER: Final = ("code.line.number", "code.lineno")

# Errors.
EXCEPTION_EVENT: Final = "exception"
EXCEPTION_TYPE: Final = "exception.type"
EXCEPTION_MESSAGE: Final = "exception.message"
EXCEPTION_STACKTRACE: Final = "exception.stacktrace"
EXCEPTION_ESCAPED: Final = "exception.escaped"
ERROR_TYPE: Final = "error.type"

# Resource.
SERVICE_INSTANCE_ID: Final = "service.instance.id"
SERVICE_NAME: Final = "service.name"
TELEMETRY: Final = "telemetry."
TELEMETRY_SDK_VERSION: Final = "telemetry.sdk.version"

# gen_ai.*: what our own model calls tell other vendors.
GEN_AI_OPERATION_NAME: Final = "gen_ai.operation.name"
GEN_AI_PROVIDER_NAME: Final = "gen_ai.provider.name"
GEN_AI_SYSTEM: Final = "gen_ai.system"
GEN_AI_REQUEST_MODEL: Final = "gen_ai.request.model"
GEN_AI_RESPONSE_MODEL: Final = "gen_ai.response.model"
GEN_AI_RESPONSE_ID: Final = "gen_ai.response.id"
GEN_AI_FINISH_REASONS: Final = "gen_ai.response.finish_reasons"
GEN_AI_INPUT_TOKENS: Final = "gen_ai.usage.input_tokens"
GEN_AI_OUTPUT_TOKENS: Final = "gen_ai.usage.output_tokens"
GEN_AI_CACHE_READ_TOKENS: Final = "gen_ai.usage.cache_read.input_tokens"
GEN_AI_CACHE_CREATION_TOKENS: Final = "gen_ai.usage.cache_creation.input_tokens"
GEN_AI_TEMPERATURE: Final = "gen_ai.request.temperature"
GEN_AI_TOP_P: Final = "gen_ai.request.top_p"
GEN_AI_MAX_TOKENS: Final = "gen_ai.request.max_tokens"
GEN_AI_FREQUENCY_PENALTY: Final = "gen_ai.request.frequency_penalty"
GEN_AI_PRESENCE_PENALTY: Final = "gen_ai.request.presence_penalty"
GEN_AI_STOP_SEQUENCES: Final = "gen_ai.request.stop_sequences"
GEN_AI_INPUT_MESSAGES: Final = "gen_ai.input.messages"
GEN_AI_OUTPUT_MESSAGES: Final = "gen_ai.output.messages"
GEN_AI_SYSTEM_INSTRUCTIONS: Final = "gen_ai.system_instructions"

# Other dialects: what more than one module looks at. All else is named where it is read.
GEN_AI_TOOL_DEFINITIONS: Final = "gen_ai.tool.definitions"
GEN_AI_TOOL_NAME: Final = "gen_ai.tool.name"
LLM_MODEL_NAME: Final = "llm.model_name"
LLM_REQUEST_TYPE: Final = "llm.request.type"
LLM_RESPONSE_MODEL_NAME: Final = "llm.response.model_name"
OPENINFERENCE_SPAN_KIND: Final = "openinference.span.kind"
TOOL_NAME: Final = "tool.name"
TRACELOOP_SPAN_KIND: Final = "traceloop.span.kind"

SHADOWS: Final = frozenset(
    {
        GEN_AI_OPERATION_NAME,
        GEN_AI_PROVIDER_NAME,
        GEN_AI_SYSTEM,
        GEN_AI_REQUEST_MODEL,
        GEN_AI_RESPONSE_MODEL,
        GEN_AI_RESPONSE_ID,
        GEN_AI_FINISH_REASONS,
        GEN_AI_INPUT_TOKENS,
        GEN_AI_OUTPUT_TOKENS,
        GEN_AI_CACHE_READ_TOKENS,
        GEN_AI_CACHE_CREATION_TOKENS,
        GEN_AI_TEMPERATURE,
        GEN_AI_TOP_P,
        GEN_AI_MAX_TOKENS,
        GEN_AI_FREQUENCY_PENALTY,
        GEN_AI_PRESENCE_PENALTY,
        GEN_AI_STOP_SEQUENCES,
        GEN_AI_INPUT_MESSAGES,
        GEN_AI_OUTPUT_MESSAGES,
        GEN_AI_SYSTEM_INSTRUCTIONS,
        ERROR_TYPE,
    }
)
"""Set on our own model calls for other vendors; the payload says the same and says it better."""
