"""``auto_instrument``: traces the clients of all installed libraries from one line of code."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Final

from braintrust_otel._diagnostics import guard
from braintrust_otel._runtime import root

__all__ = ["auto_instrument", "undo_auto_instrument"]

_GROUP: Final = "opentelemetry_instrumentor"
_PREFIX: Final = "braintrust-"


def auto_instrument(  # noqa: PLR0913  # the public signature
    *,
    openai: bool = True,
    anthropic: bool = True,
    litellm: bool = True,
    ai_sdk: bool = True,
    pydantic_ai: bool = True,
    google_genai: bool = True,
    google_discoveryengine: bool = True,
    instructor: bool = True,
    openrouter: bool = True,
    mistral: bool = True,
    huggingface_hub: bool = True,
    transformers: bool = True,
    agno: bool = True,
    agentscope: bool = True,
    claude_agent_sdk: bool = True,
    cursor_sdk: bool = True,
    dspy: bool = True,
    adk: bool = True,
    langchain: bool = True,
    llamaindex: bool = True,
    openai_agents: bool = True,
    cohere: bool = True,
    autogen: bool = True,
    bedrock: bool = True,
    crewai: bool = True,
    strands: bool = True,
    temporal: bool = True,
    livekit_agents: bool = True,
    pipecat: bool = True,
    typesafe: bool = True,
) -> dict[str, bool]:
    """Trace the calls of every supported client that is installed.

    Each library is patched once for the whole process; a library that is traced already stays so,
    and a client that was wrapped by hand is still traced once. Call it when the program starts,
    before or after ``init_logger``: whether a call is recorded is decided when it is made.
    ``opentelemetry-instrument`` and ``braintrust-otel run`` do the same without a line of code.

    A library is traced by its own package, which the extra of the same name brings
    (``braintrust-otel[openai]``). Some names stand for libraries that have none: they are taken,
    and nothing is done for them. False leaves a library as it is.

    Returns:
        For each name that was not switched off, whether the library is traced now.
    """
    wanted = [name for name, is_wanted in locals().items() if is_wanted]
    found = _installed()
    return {name: name in found and _switch_on(name, found[name]) for name in wanted}


def undo_auto_instrument(*names: str) -> None:
    """Take the patches of the libraries called *names* away again; of all without a name.

    What ``opentelemetry-instrument`` switched on is switched off, too. Clients that were wrapped by
    hand stay wrapped.

    Args:
        *names: Names as ``auto_instrument`` takes them.
    """
    for name, entry_point in _installed().items():
        if not names or name in names:
            with guard(f"undoing the patches of {name}", root.notices):
                instrumentor = _instrumentor(entry_point)
                if instrumentor.is_instrumented_by_opentelemetry:
                    instrumentor.uninstrument()


def _installed() -> Mapping[str, EntryPoint]:
    """Return our instrumentors by the name of their library."""
    return _by_library(entry_points(group=_GROUP))


def _by_library(found: Iterable[EntryPoint]) -> dict[str, EntryPoint]:
    return {
        each.name.removeprefix(_PREFIX).replace("-", "_"): each
        for each in found
        if each.name.startswith(_PREFIX)
    }


def _switch_on(name: str, entry_point: EntryPoint) -> bool:
    if not _finds_its_library(name, entry_point):
        return False
    with guard(f"tracing the calls of {name}", root.notices):
        instrumentor = _instrumentor(entry_point)
        if not instrumentor.is_instrumented_by_opentelemetry:
            instrumentor.instrument(skip_dep_check=True)
        return bool(instrumentor.is_instrumented_by_opentelemetry)
    return False


def _finds_its_library(name: str, entry_point: EntryPoint) -> bool:
    """Tell whether the library is there in a version that is supported; a wrong one is said."""
    from opentelemetry.instrumentation.dependencies import get_dist_dependency_conflicts

    conflict = None if entry_point.dist is None else get_dist_dependency_conflicts(entry_point.dist)
    if conflict is None:
        return True
    if conflict.found:
        needed = str(conflict.required).partition(";")[0].strip()
        root.notices.say_once(
            f"auto:{name}",
            f"Calls of {name} are not traced: its instrumentor supports {needed}, and there is "
            f"{conflict.found}. Install a supported version.",
        )
    return False


def _instrumentor(entry_point: EntryPoint) -> Any:
    found: Any = entry_point.load()
    return found()
