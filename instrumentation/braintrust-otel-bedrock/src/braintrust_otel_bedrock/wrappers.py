"""Goes around the one method through which clients make their calls, for models of Bedrock only."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from braintrust_otel.instrument import Call, Calls, Fields, SpanInfo, take_span_info
from braintrust_otel_bedrock.operations import OPERATIONS, Operation

__all__ = ["ApiCallWrapper", "AsyncApiCallWrapper", "is_bedrock"]

_Method = Callable[..., Any]

_SERVICE = "bedrock-runtime"
_PARAMETERS = ("operation_name", "api_params")
_PORTS = {"https": 443, "http": 80}


class _ApiCall(NamedTuple):
    """A call of a model, as the client is about to make it."""

    operation: Operation
    name: str
    asked: dict[str, Any]
    info: SpanInfo
    client: Any

    def start(self, calls: Calls) -> Call | None:
        """Start its span, if anything is traced."""
        told = self.operation.told(self.asked)
        return calls.start(self.info.name or told.name, operation=told.kind, read=self._read)

    def follow(self, call: Call, answer: Any) -> Any:
        """Return *answer* for the user: the call ends here, or with the stream or body in it."""
        try:
            self.operation.follow(answer, call, self.asked)
        except Exception as bug:  # noqa: BLE001  # our own bug must not cost the user his answer
            call.report("following an answer", bug)
            call.finish()
        return answer

    def _read(self) -> Fields:
        fields = dict(self.operation.read_request(self.asked))
        metadata: Any = fields["metadata"]
        fields["metadata"] = {**self.info.metadata, **metadata}
        if self.info.span_attributes:
            fields["span_attributes"] = self.info.span_attributes
        fields["attributes"] = partial(_server, self.client)
        return fields


class ApiCallWrapper:
    """Goes around ``_make_api_call`` of synchronous clients.

    Args:
        calls: Starts the calls.
    """

    __slots__ = ("_calls",)

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def __call__(
        self, method: _Method, instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        """Make the call, traced when anything is and the call is one of a model."""
        made = _model_call(instance, args, kwargs)
        if made is None:
            return method(*args, **kwargs)
        send = partial(method, made.name, made.asked)
        call = made.start(self._calls) if self._calls.active() else None
        return send() if call is None else made.follow(call, call.run(send))


class AsyncApiCallWrapper:
    """Goes around ``_make_api_call`` of the asynchronous clients of aiobotocore.

    Args:
        calls: Starts the calls.
    """

    __slots__ = ("_calls",)

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def __call__(
        self, method: _Method, instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        """Return an awaitable of the call's answer; the span starts when it is awaited."""
        made = _model_call(instance, args, kwargs)
        if made is None:
            return method(*args, **kwargs)
        answer = method(made.name, made.asked)
        return self._awaited(made, answer) if self._calls.active() else answer

    async def _awaited(self, made: _ApiCall, answer: Any) -> Any:
        call = made.start(self._calls)
        return await answer if call is None else made.follow(call, await call.wait(answer))


def is_bedrock(client: Any) -> bool:
    """Whether *client* is one for the models of Bedrock."""
    model = getattr(getattr(client, "meta", None), "service_model", None)
    return getattr(model, "service_name", None) == _SERVICE


def _model_call(client: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> _ApiCall | None:
    """Return the call that is about to be made; None if it is not one of a model."""
    # This is asked for each call of each AWS service, so by name first, which is one look-up.
    name = args[0] if args else kwargs.get("operation_name")
    operation = OPERATIONS.get(name) if isinstance(name, str) else None
    if operation is None or not is_bedrock(client):
        return None
    given = {**dict(zip(_PARAMETERS, args, strict=False)), **kwargs}
    asked = given.get("api_params")
    if len(args) + len(kwargs) != len(_PARAMETERS) or not isinstance(asked, dict):
        return None  # no call that the client could make; let it say so
    if "span_info" not in asked:
        return _ApiCall(operation, given["operation_name"], asked, SpanInfo(), client)
    sent = dict(asked)
    return _ApiCall(operation, given["operation_name"], sent, take_span_info(sent), client)


def _server(client: Any) -> dict[str, Any]:
    """Return attributes that tell where the call goes."""
    url = urlsplit(client.meta.endpoint_url)
    port = url.port or _PORTS.get(url.scheme)
    return {"server.address": url.hostname, **({} if port is None else {"server.port": port})}
