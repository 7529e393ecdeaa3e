"""Goes around the functions, and the tools of MCP servers, that the library calls for the model."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from braintrust_otel.instrument import Call, Fields, members
from braintrust_otel_google_genai.runs import outside_run, runs_now
from braintrust_otel_google_genai.wire import wire

__all__ = ["AsyncFunctionWrapper", "FunctionWrapper", "McpToolWrapper"]

_Method = Callable[..., Any]
_Arguments = tuple[Any, ...]


class FunctionWrapper:
    """Goes around the library's way to call a synchronous function: a ``tool`` span in a run."""

    __slots__ = ()

    def __call__(
        self, method: _Method, instance: Any, args: _Arguments, kwargs: dict[str, Any]
    ) -> Any:
        """Call the function, traced in a run that is."""
        call = _started(args, kwargs)
        if call is None:
            return method(*args, **kwargs)
        try:
            with outside_run(call):
                result = method(*args, **kwargs)
        except BaseException as error:
            call.fail(_cause_of(error))
            raise
        call.finish(partial(_read_result, result))
        return result


class AsyncFunctionWrapper:
    """Goes around the library's way to call an asynchronous function."""

    __slots__ = ()

    async def __call__(
        self, method: _Method, instance: Any, args: _Arguments, kwargs: dict[str, Any]
    ) -> Any:
        """Await the function, traced in a run that is."""
        call = _started(args, kwargs)
        if call is None:
            return await method(*args, **kwargs)
        return await _awaited(call, partial(method, *args, **kwargs), _read_result)


class McpToolWrapper:
    """Goes around the library's way to call a tool of an MCP server."""

    __slots__ = ()

    async def __call__(
        self, method: _Method, instance: Any, args: _Arguments, kwargs: dict[str, Any]
    ) -> Any:
        """Await the tool, traced in a run that is."""
        asked = members(args[0] if args else kwargs.get("function_call"))
        call = _begun(asked.get("name"), asked.get("args"))
        if call is None:
            return await method(*args, **kwargs)
        return await _awaited(call, partial(method, *args, **kwargs), _read_mcp_result)


async def _awaited(call: Call, make: _Method, read: Callable[[Any], Fields]) -> Any:
    try:
        with outside_run(call):
            result = await make()
    except BaseException as error:
        call.fail(_cause_of(error))
        raise
    call.finish(partial(read, result))
    return result


def _started(args: _Arguments, kwargs: dict[str, Any]) -> Call | None:
    given, function = (*args, kwargs.get("args"), kwargs.get("function_to_invoke"))[:2]
    return _begun(getattr(function, "__name__", None), given)


def _begun(name: Any, given: Any) -> Call | None:
    calls = runs_now()
    if calls is None:
        return None
    named = name if isinstance(name, str) and name else "function"
    return calls.start(named, type="tool", read=lambda: {"input": wire(given)})


def _cause_of(error: BaseException) -> BaseException:
    """Return what the function itself raised; the library has its arguments in another error."""
    inner = error.__cause__ or error.__context__
    wraps = type(error).__name__ == "FunctionInvocationError"
    return inner if wraps and inner is not None else error


def _read_result(result: Any) -> Fields:
    return {"output": wire(result)}


def _read_mcp_result(result: Any) -> Fields:
    told = members(result)
    output = wire(result)
    if told.get("isError") is True or told.get("is_error") is True:
        return {"output": output, "error": "The tool answered with an error."}
    return {"output": output}
