"""A model provider on the loopback interface, so that the examples need no key and no network.

It speaks OpenAI's chat completions (plain, tool calls, streams with usage) and "thinks" by looking
for keywords. Only the standard library is needed.
"""

from __future__ import annotations

import itertools
import json
import re
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

MODEL = "loopback-mini-2026-10-01"
_SYSTEM_FINGERPRINT = "fp_loopback"
_ids = itertools.count(1)


def start_provider() -> str:
    """Run the provider on a free port until the program ends, and return its base URL."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}/v1"


def complete(request: dict[str, Any]) -> dict[str, Any]:
    """Return the chat completion for *request*."""
    message = _think(request)
    finish_reason = "tool_calls" if "tool_calls" in message else "stop"
    choice = {
        "index": 0,
        "message": message,
        "logprobs": None,
        "finish_reason": finish_reason,
    }
    usage = _usage(request, message)
    return {**_envelope("chat.completion"), "choices": [choice], "usage": usage}


def stream(request: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the chunks of the chat completion for *request*."""
    message = _think(request)
    envelope = _envelope("chat.completion.chunk")
    words = re.findall(r"\S+\s*", message["content"] or "")
    deltas = [{"role": "assistant", "content": "", "refusal": None}]
    deltas += [{"content": word} for word in words]
    for delta in deltas:
        yield {**envelope, "choices": [_chunk_choice(delta, None)]}
    yield {**envelope, "choices": [_chunk_choice({}, "stop")]}
    if (request.get("stream_options") or {}).get("include_usage"):
        yield {**envelope, "choices": [], "usage": _usage(request, message)}


def _chunk_choice(delta: dict[str, Any], finish_reason: str | None) -> dict[str, Any]:
    return {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}


def _think(request: dict[str, Any]) -> dict[str, Any]:
    """Return the assistant's message: a tool call, the weather in words, a sum, or a city."""
    last = request["messages"][-1]
    message = {"role": "assistant", "content": None, "refusal": None}
    if last["role"] == "tool":
        report = json.loads(last["content"])
        message["content"] = (
            f"In {report['city']} it is {report['sky']} at {report['celsius']} degrees. "
            f"{'Take an umbrella.' if report['sky'] == 'raining' else 'Leave the umbrella here.'}"
        )
        return message
    text = str(last["content"])
    city = _city_in(text)
    if not request.get("tools"):
        message["content"] = _sum_in(text) or city
        return message
    name = request["tools"][0]["function"]["name"]
    call = {"name": name, "arguments": json.dumps({"city": city})}
    tool_call = {"id": f"call_{next(_ids):06d}", "type": "function", "function": call}
    return {**message, "tool_calls": [tool_call]}


def _city_in(text: str) -> str:
    names = re.findall(r"\b(?:in|to|for) ([A-Z]\w+)", text)
    return names[-1] if names else "Vienna"


def _sum_in(text: str) -> str | None:
    """Return the result of a small sum or product, if the text asks for one."""
    found = re.search(r"(\d{1,9}) ?([+*]) ?(\d{1,9})", text)
    if found is None:
        return None
    one, operator, other = int(found[1]), found[2], int(found[3])
    return str(one + other if operator == "+" else one * other)


def _envelope(kind: str) -> dict[str, Any]:
    return {
        "id": f"chatcmpl-{next(_ids):06d}",
        "object": kind,
        "created": int(time.time()),
        "model": MODEL,
        "service_tier": "default",
        "system_fingerprint": _SYSTEM_FINGERPRINT,
    }


def _usage(request: dict[str, Any], message: dict[str, Any]) -> dict[str, Any]:
    """Count four characters as a token, as a rule of thumb has it."""
    prompt = len(json.dumps([request["messages"], request.get("tools")])) // 4
    completion = max(1, len(json.dumps(message)) // 4)
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
        "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": 0, "audio_tokens": 0},
    }


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args: Any) -> None:
        """Keep the terminal for the example."""

    def do_POST(self) -> None:  # the name that the standard library calls
        request = json.loads(self.rfile.read(int(self.headers["content-length"])))
        if request.get("stream"):
            self._send_stream(request)
        else:
            self._send_json(complete(request))

    def _send_json(self, answer: dict[str, Any]) -> None:
        data = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _send_stream(self, request: dict[str, Any]) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/event-stream; charset=utf-8")
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        for chunk in stream(request):
            self._send_chunk(f"data: {json.dumps(chunk)}\n\n".encode())
        self._send_chunk(b"data: [DONE]\n\n")
        self.wfile.write(b"0\r\n\r\n")

    def _send_chunk(self, data: bytes) -> None:
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.wfile.flush()
