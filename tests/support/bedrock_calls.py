"""Calls of Amazon Bedrock with botocore, and what came of them in a form that can be compared."""

from __future__ import annotations

import base64
import json
import struct
import zlib
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from botocore.config import Config
from botocore.session import Session

from support.outcomes import Outcome
from support.provider import Reply

__all__ = [
    "chunks",
    "client_of",
    "converse",
    "converse_reply",
    "deltas",
    "frame",
    "frames",
    "invoke",
    "model_reply",
    "said",
]

_EVENTS = "application/vnd.amazon.eventstream"
_KEYS = {"aws_access_key_id": "k", "aws_secret_access_key": "s"}


@cache
def _session() -> Session:
    """Return a session; it loads the descriptions of the services once."""
    return Session()


def client_of(url: str, service: str = "bedrock-runtime") -> Any:
    """Return a client that asks once and waits five seconds at most."""
    config = Config(retries={"total_max_attempts": 1}, read_timeout=5, connect_timeout=5)
    return _session().create_client(
        service, endpoint_url=url, region_name="us-east-1", config=config, **_KEYS
    )


def converse(client: Any, asked: Mapping[str, Any], *, streams: bool) -> Outcome:
    """Make a call of Converse, read a stream to its end, and return what it came to."""
    method = client.converse_stream if streams else client.converse
    answer = method(**asked)
    del answer["ResponseMetadata"]
    if not streams:
        return Outcome(type(answer), [answer])
    return Outcome(type(answer["stream"]), list(answer["stream"]))


def invoke(client: Any, body: Mapping[str, Any], **asked: Any) -> Any:
    """Return what a model answers to *body*."""
    answer = client.invoke_model(**{"modelId": "tiny", **asked, "body": json.dumps(body)})
    return json.loads(answer["body"].read())


def said(*content: Mapping[str, Any], **fields: Any) -> dict[str, Any]:
    """Return an answer of Converse with this content."""
    return {
        "output": {"message": {"role": "assistant", "content": list(content)}},
        "stopReason": "end_turn",
        "usage": {"inputTokens": 1, "outputTokens": 2, "totalTokens": 3},
        "metrics": {"latencyMs": 5},
        **fields,
    }


def converse_reply(*content: Mapping[str, Any], **fields: Any) -> Reply:
    """Return the reply that says *content*."""
    return Reply(said(*content, **fields))


def model_reply(body: Any, **how: Any) -> Reply:
    """Return the reply of a model that answers *body*, and counts tokens in the headers."""
    counts = {"x-amzn-bedrock-input-token-count": "4", "x-amzn-bedrock-output-token-count": "6"}
    return Reply(body, headers=counts, **how)


def deltas(*texts: str) -> list[dict[str, Any]]:
    """Return the events of a streamed answer of Converse."""
    return [
        {"messageStart": {"role": "assistant"}},
        *[{"contentBlockDelta": {"delta": {"text": t}, "contentBlockIndex": 0}} for t in texts],
        {"contentBlockStop": {"contentBlockIndex": 0}},
        {"messageStop": {"stopReason": "end_turn"}},
        {"metadata": {"usage": {"inputTokens": 1, "outputTokens": 2, "totalTokens": 3}}},
    ]


def frames(
    events: Iterable[Mapping[str, Any]], *, last: bytes = b"", is_cut: bool = False
) -> Reply:
    """Return the reply that streams *events*, each the name of one and what it holds."""
    told = (frame(name, held) for event in events for name, held in event.items())
    return Reply(data=b"".join(told) + last, content_type=_EVENTS, is_cut=is_cut)


def chunks(events: Iterable[Any], **how: Any) -> Reply:
    """Return the reply in which a model streams *events* of its own form."""
    held = ({"chunk": {"bytes": _encoded(event)}} for event in events)
    return frames(held, **how)


def frame(name: str, held: Any, kind: str = "event") -> bytes:
    """Return one message of an event stream."""
    headers = b"".join(
        _header(key, value)
        for key, value in (
            (f":{kind}-type", name),
            (":content-type", "application/json"),
            (":message-type", kind),
        )
    )
    payload = json.dumps(held).encode()
    prelude = struct.pack(">II", 16 + len(headers) + len(payload), len(headers))
    head = prelude + struct.pack(">I", zlib.crc32(prelude))
    whole = head + headers + payload
    return whole + struct.pack(">I", zlib.crc32(whole))


def _header(name: str, value: str) -> bytes:
    key, text = name.encode(), value.encode()
    return bytes([len(key)]) + key + b"\x07" + struct.pack(">H", len(text)) + text


def _encoded(event: Any) -> str:
    return base64.b64encode(json.dumps(event).encode()).decode()
