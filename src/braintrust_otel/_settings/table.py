"""Every environment variable that braintrust-otel reads."""

from __future__ import annotations

from braintrust_otel._settings import kinds
from braintrust_otel._settings.kinds import choice, whole
from braintrust_otel._settings.sampling import SAMPLING_SETTINGS
from braintrust_otel._settings.setting import Setting

__all__ = ["SETTINGS", "Setting"]

_MEBIBYTE = 1024 * 1024


_ACCOUNT = "Account"
_LOCAL = "The store on this machine"
_PLACE = "Where rows go"
_SHIPPING = "Shipping"
_EXIT = "Exit"
_PAYLOADS = "Payload files"
_SPANS = "What is recorded"

SETTINGS: tuple[Setting, ...] = (
    Setting(
        _ACCOUNT,
        "api_key",
        "BRAINTRUST_API_KEY",
        kinds.KEY,
        None,
        "API key. Trailing newlines are removed. Without a key, rows go to the store on this "
        "machine (see `BRAINTRUST_LOCAL`).",
        in_dotenv=True,
    ),
    Setting(
        _ACCOUNT,
        "app_url",
        "BRAINTRUST_APP_URL",
        kinds.URL,
        "https://www.braintrust.dev",
        "Where to log in: Braintrust, a self-hosted Braintrust, or `braintrust-otel serve`.",
        in_dotenv=True,
    ),
    Setting(
        _ACCOUNT,
        "api_url",
        "BRAINTRUST_API_URL",
        kinds.URL,
        None,
        "Takes the place of the API URL that the login answers.",
        in_dotenv=True,
        default_text="the organisation's",
    ),
    Setting(
        _ACCOUNT,
        "proxy_url",
        "BRAINTRUST_PROXY_URL",
        kinds.URL,
        None,
        "Takes the place of the AI proxy URL that the login answers.",
        default_text="the organisation's",
    ),
    Setting(
        _ACCOUNT,
        "org_name",
        "BRAINTRUST_ORG_NAME",
        kinds.TEXT,
        None,
        "Organisation to log in to, for keys that belong to several.",
        in_dotenv=True,
        default_text="the key's first one",
    ),
    Setting(
        _LOCAL,
        "local",
        "BRAINTRUST_LOCAL",
        choice("auto", "always", "never"),
        "auto",
        "`auto`: rows go to the store on this machine when there is no API key. `always`: even "
        "when there is one. `never`: a missing key is an error.",
    ),
    Setting(
        _LOCAL,
        "local_dir",
        "BRAINTRUST_LOCAL_DIR",
        kinds.PATH,
        None,
        "Directory of the store. It holds prompts and answers: keep it out of source trees.",
        default_text="the user's data directory",
    ),
    Setting(
        _LOCAL,
        "local_max_bytes",
        "BRAINTRUST_LOCAL_MAX_BYTES",
        whole(_MEBIBYTE),
        1024 * _MEBIBYTE,
        "Size of the store in bytes. The oldest traces go first.",
    ),
    Setting(
        _PLACE,
        "parent",
        "BRAINTRUST_PARENT",
        kinds.TEXT,
        None,
        "Where spans go that nothing else routes: `project_name:…`, `project_id:…` or "
        "`experiment_id:…`. Comes before the two variables below.",
        default_text="`project_name:default-otel-project`",
    ),
    Setting(
        _PLACE,
        "project",
        "BRAINTRUST_PROJECT",
        kinds.TEXT,
        None,
        "Name of the default project; made when it does not exist.",
        in_dotenv=True,
    ),
    Setting(
        _PLACE,
        "project_id",
        "BRAINTRUST_PROJECT_ID",
        kinds.TEXT,
        None,
        "Id of the default project. Comes before the name.",
        in_dotenv=True,
    ),
    Setting(
        _SHIPPING,
        "sync_flush",
        "BRAINTRUST_SYNC_FLUSH",
        kinds.FLAG,
        default=False,
        meaning="Send only when `flush()` is called, in the calling thread, and raise there what "
        "could not be sent.",
    ),
    Setting(
        _SHIPPING,
        "max_request_size",
        "BRAINTRUST_MAX_REQUEST_SIZE",
        whole(1),
        None,
        "Bytes in one request, at most. A lower limit of the server holds as well.",
        default_text="the server's limit, else 6291456",
    ),
    Setting(
        _SHIPPING,
        "default_batch_size",
        "BRAINTRUST_DEFAULT_BATCH_SIZE",
        whole(1),
        1000,
        "Rows in one request, at most.",
    ),
    Setting(
        _SHIPPING,
        "num_retries",
        "BRAINTRUST_NUM_RETRIES",
        whole(0),
        2,
        "How often a request is quickly tried again. After that its rows are held and tried at "
        "growing intervals.",
    ),
    Setting(
        _SHIPPING,
        "queue_size",
        "BRAINTRUST_QUEUE_SIZE",
        whole(0),
        25_000,
        "Rows that may wait. When the queue is full, the logging thread waits for room. 0 lifts "
        "this bound and the one in bytes.",
    ),
    Setting(
        _SHIPPING,
        "queue_max_bytes",
        "BRAINTRUST_QUEUE_MAX_BYTES",
        whole(1),
        64 * _MEBIBYTE,
        "Bytes that waiting rows may take.",
    ),
    Setting(
        _SHIPPING,
        "queue_drop_when_full",
        "BRAINTRUST_QUEUE_DROP_WHEN_FULL",
        kinds.FLAG,
        default=False,
        meaning="Drop new rows instead of waiting when the queue is full. What is dropped is "
        "counted and said.",
    ),
    Setting(
        _SHIPPING,
        "queue_drop_logging_period",
        "BRAINTRUST_QUEUE_DROP_LOGGING_PERIOD",
        kinds.SECONDS,
        60.0,
        "Seconds between two messages about dropped rows.",
    ),
    Setting(
        _SHIPPING,
        "attachment_queue_max_bytes",
        "BRAINTRUST_ATTACHMENT_QUEUE_MAX_BYTES",
        whole(0),
        256 * _MEBIBYTE,
        "Memory that attachments may take while they wait for their upload; files are read from "
        "disk and take none. What has no room is lost, counted and said; media inside a row then "
        "stays in the row. 0 lifts the bound.",
    ),
    Setting(
        _SHIPPING,
        "http_timeout",
        "BRAINTRUST_HTTP_TIMEOUT",
        kinds.TIMEOUT,
        60.0,
        "Seconds that one request may take in all.",
    ),
    Setting(
        _EXIT,
        "exit_timeout",
        "BRAINTRUST_EXIT_TIMEOUT",
        kinds.SECONDS,
        30.0,
        "Seconds that sending may take when the program ends. It ends earlier when nothing was "
        "acknowledged for 2 seconds.",
    ),
    Setting(
        _EXIT,
        "disable_atexit_flush",
        "BRAINTRUST_DISABLE_ATEXIT_FLUSH",
        kinds.FLAG,
        default=False,
        meaning="Do not send what is waiting when the program ends.",
    ),
    Setting(
        _PAYLOADS,
        "failed_payloads_dir",
        "BRAINTRUST_FAILED_PUBLISH_PAYLOADS_DIR",
        kinds.DIRECTORY,
        None,
        "Directory for the requests that could not be delivered, with the reason. Made when "
        "missing.",
    ),
    Setting(
        _PAYLOADS,
        "all_payloads_dir",
        "BRAINTRUST_ALL_PUBLISH_PAYLOADS_DIR",
        kinds.DIRECTORY,
        None,
        "Directory for a copy of every request. Made when missing.",
    ),
    Setting(
        _SPANS,
        "max_generator_items",
        "BRAINTRUST_MAX_GENERATOR_ITEMS",
        whole(-1),
        1000,
        "Items of a traced generator that are logged as its output; with more, none are. 0 logs "
        "none, -1 has no limit.",
    ),
    Setting(
        _SPANS,
        "mask_errors",
        "BRAINTRUST_MASK_ERRORS",
        kinds.FLAG,
        default=False,
        meaning="Give the masking function the errors of rows too, whose tracebacks hold data at "
        "times.",
    ),
    Setting(
        _SPANS,
        "instrument_threads",
        "BRAINTRUST_INSTRUMENT_THREADS",
        kinds.FLAG,
        default=False,
        meaning="Let threads and thread pools inherit the current span, as `setup_threads()` does. "
        "Read by `init_logger`.",
    ),
    Setting(
        _SPANS,
        "auto_convert_ai_attachments",
        "BRAINTRUST_AUTO_CONVERT_AI_ATTACHMENTS",
        kinds.FLAG,
        default=True,
        meaning="Upload the images, sounds and files that the input and output of a span hold as "
        "base64, and refer to them. False leaves them in the rows.",
    ),
    Setting(
        _SPANS,
        "filter_ai_spans",
        "BRAINTRUST_FILTER_AI_SPANS",
        kinds.FLAG,
        None,
        "Of the spans that other libraries make, ship only those about AI, with the spans above "
        "them.",
        default_text="true where `init_logger` joins a provider that others set up, else false",
    ),
    Setting(
        _SPANS,
        "live_spans",
        "BRAINTRUST_LIVE_SPANS",
        kinds.FLAG,
        default=False,
        meaning="Send a row when a span starts, so that it is seen while it runs; what it holds at "
        "its end is merged into that row. Twice as many rows are written.",
    ),
    Setting(
        _SPANS,
        "llm_span",
        "BRAINTRUST_LLM_SPAN",
        kinds.choice("own", "inner", "outer", "both"),
        "own",
        "Which span stays of type `llm` where several tell of one call of a model and hold as much "
        "of it: that of braintrust-otel, else the inner one (`own`); the `inner` or the `outer` "
        "one whoever made it; or `both`, which counts tokens twice.",
    ),
    Setting(
        _SPANS,
        "otel_content",
        "BRAINTRUST_OTEL_CONTENT",
        kinds.CONTENT,
        default="false",
        meaning="Put what is logged also into the `braintrust.*` attributes of the spans, where "
        "every exporter of the program sees it. With `only`, rows are not shipped at all: the "
        "exporters of the program deliver the spans.",
    ),
    Setting(
        _SPANS,
        "capture_message_content",
        "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT",
        choice("false", "true", "no_content", "span_only", "event_only", "span_and_event"),
        "false",
        "Put the messages of traced model calls into the standard `gen_ai.*` attributes too, where "
        "every exporter of the program sees them: with `true`, `span_only` or `span_and_event`. "
        "Log events are not made. Rows hold the messages in any case.",
    ),
    Setting(
        _SPANS,
        "openai_stream_usage",
        "BRAINTRUST_OPENAI_STREAM_USAGE",
        kinds.FLAG,
        default=False,
        meaning="Ask streams of the openai client for their token counts where the program does "
        "not, and keep the chunk that tells them from it. Hosts that are known to refuse the "
        "request are not asked.",
    ),
    Setting(
        _SPANS,
        "environment_type",
        "BRAINTRUST_ENVIRONMENT_TYPE",
        kinds.TEXT,
        None,
        "Kind of environment that rows come from, such as `ci`, `server` or `local`.",
        in_dotenv=True,
        default_text="detected",
    ),
    Setting(
        _SPANS,
        "environment_name",
        "BRAINTRUST_ENVIRONMENT_NAME",
        kinds.TEXT,
        None,
        "Name of the environment that rows come from.",
        in_dotenv=True,
        default_text="detected",
    ),
    Setting(
        _SPANS,
        "legacy_ids",
        "BRAINTRUST_LEGACY_IDS",
        kinds.FLAG,
        default=False,
        meaning="Has no effect: spans always have OpenTelemetry's ids. Setting it is said once.",
    ),
    *SAMPLING_SETTINGS,
)
"""The one table: loading, the documentation and its test all read it."""
