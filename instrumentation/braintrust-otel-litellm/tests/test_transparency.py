"""Whoever looks at the library sees what was there before, and gets it back afterwards."""

from __future__ import annotations

import copy
import inspect
import pickle
import subprocess
import sys
import traceback
from typing import Any

import pytest

import braintrust_otel as braintrust
from braintrust_otel.instrument import PatchTable
from braintrust_otel_litellm import LiteLLMInstrumentor
from braintrust_otel_litellm.functions import traced
from braintrust_otel_litellm.patches import FUNCTIONS
from braintrust_otel_openai.patches import class_patches
from support.litellm_calls import addressed, ask, ask_async, litellm
from support.openai_calls import completion, piece
from support.provider import Provider, Reply
from support.spans import FakeTracer

MESSAGES = [{"role": "user", "content": "Is it going to rain?"}]
USAGE = {"prompt_tokens": 13, "completion_tokens": 5, "total_tokens": 18}
ANSWER = completion({"content": "No."}, usage=USAGE)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_function_looks_the_same(table: PatchTable, name: str) -> None:
    """Name, documentation, signature, kind and pickle are those of the original."""
    original = getattr(litellm, name)
    table.apply()

    patched = getattr(litellm, name)

    assert patched is not original
    assert (patched.__name__, patched.__doc__) == (original.__name__, original.__doc__)
    assert inspect.signature(patched) == inspect.signature(original)
    is_async = inspect.iscoroutinefunction(original)
    assert inspect.iscoroutinefunction(patched) == is_async
    assert pickle.loads(pickle.dumps(patched)) is patched  # noqa: S301  # made here


def test_undo_restores_everything(table: PatchTable) -> None:
    """Each name is bound to what it was bound to, in the module and in the router."""
    owners = (litellm, litellm.Router)
    before = [dict(vars(owner)) for owner in owners]

    table.apply()
    table.undo()

    assert [dict(vars(owner)) for owner in owners] == before


def test_function_that_was_bound_before_works_as_it_did(
    table: PatchTable, provider: Provider, tracer: FakeTracer
) -> None:
    """What a program imported before stays the original, and is not traced."""
    provider.will(Reply(ANSWER))
    completion_before = litellm.completion
    table.apply()

    completion_before(**addressed(provider.url), messages=MESSAGES)

    assert tracer.spans == []


def test_function_that_was_bound_meanwhile_is_switched_off(
    table: PatchTable, provider: Provider, tracer: FakeTracer
) -> None:
    """What a program imported while the library was patched is traced no longer than that."""
    provider.will(Reply(ANSWER), Reply(ANSWER))
    table.apply()
    bound = litellm.completion

    bound(**addressed(provider.url), messages=MESSAGES)
    table.undo()
    bound(**addressed(provider.url), messages=MESSAGES)

    assert len(tracer.spans) == 1


def test_patched_and_wrapped_is_one_span(
    library: Any, provider: Provider, tracer: FakeTracer
) -> None:
    """Both ways together trace a call once."""
    provider.will(Reply(ANSWER))
    function = traced("completion", library.completion, tracer.calls())

    function(**addressed(provider.url), messages=MESSAGES)

    assert len(tracer.spans) == 1


@pytest.mark.parametrize("stream", [False, True])
async def test_client_underneath_is_part_of_the_call(
    library: Any, provider: Provider, tracer: FakeTracer, *, stream: bool
) -> None:
    """With the client of OpenAI traced too there is one span, in whichever thread it is asked."""
    events = [piece({"role": "assistant", "content": "No."}), piece({}, "stop")]
    provider.will(*[Reply(ANSWER, events=events)] * 2)
    underneath = PatchTable(class_patches(tracer.calls()))
    underneath.apply()
    asked = addressed(provider.url, messages=MESSAGES, stream=stream)

    try:
        ask(library.completion, asked)
        await ask_async(library.acompletion, asked)
    finally:
        underneath.undo()

    assert [span.name for span in tracer.spans] == ["Chat Completion"] * 2
    assert all("stream_options" not in request for request in provider.requests)


def test_answer_is_the_library_s_own(library: Any, provider: Provider) -> None:
    """The model that comes back is the very one, to copy, to pickle and to look into."""
    provider.will(Reply(ANSWER))

    answer = library.completion(**addressed(provider.url), messages=MESSAGES)

    assert type(answer) is library.ModelResponse
    assert pickle.loads(pickle.dumps(answer)) == answer  # noqa: S301  # made here
    assert copy.deepcopy(answer) == answer
    assert answer._hidden_params["custom_llm_provider"] == "openai"


def test_arguments_are_not_changed(library: Any, provider: Provider) -> None:
    """What the program passes stays as it was."""
    provider.will(Reply(ANSWER))
    asked = addressed(provider.url, messages=copy.deepcopy(MESSAGES))
    before = copy.deepcopy(asked)

    library.completion(**asked)

    assert asked == before


def test_exception_has_the_traceback_of_the_library(library: Any, provider: Provider) -> None:
    """Where it came from, and what caused it, is told as ever."""
    provider.will(Reply({"error": {"message": "No umbrella."}}, status=400))

    with pytest.raises(library.BadRequestError) as caught:
        library.completion(**addressed(provider.url), messages=MESSAGES)

    names = [frame.name for frame in traceback.extract_tb(caught.tb)]
    assert "completion" in names
    assert (caught.value.status_code, caught.value.llm_provider) == (400, "openai")


PROGRAM = """
import sys
from braintrust_otel_litellm import LiteLLMInstrumentor
instrumentor = LiteLLMInstrumentor()
instrumentor.instrument()
assert "litellm" not in sys.modules
{between}
import litellm
from litellm import completion
print(hasattr(completion, "_self_braintrust_switch"))
"""


@pytest.mark.parametrize(
    ("between", "is_patched"),
    [
        ("", True),
        ("instrumentor.uninstrument()", False),
        ("instrumentor.uninstrument(); instrumentor.instrument()", True),
    ],
)
def test_library_is_patched_when_the_program_imports_it(between: str, *, is_patched: bool) -> None:
    """It takes seconds to import, so it is not imported for that; and it may be called off."""
    program = PROGRAM.format(between=between)

    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program], capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == str(is_patched)


def test_instrumentor_patches_and_restores_what_is_loaded() -> None:
    """It can be switched on, off and on again."""
    original, instrumentor = litellm.completion, LiteLLMInstrumentor()

    instrumentor.instrument()
    patched = litellm.completion
    instrumentor.uninstrument()
    restored = litellm.completion
    instrumentor.instrument()
    again = litellm.completion
    instrumentor.uninstrument()

    assert restored is original
    assert patched is not original
    assert again is not original


def test_core_patches_and_restores() -> None:
    """`patch_litellm` says that calls are traced, as often as it is asked; both may be repeated."""
    original = litellm.completion

    answers = [braintrust.patch_litellm(), braintrust.patch_litellm()]
    patched = litellm.completion
    braintrust.unpatch_litellm()
    braintrust.unpatch_litellm()

    assert answers == [True, True]
    assert patched is not original
    assert litellm.completion is original
