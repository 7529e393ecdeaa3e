"""Sends rows to the local server, prepared beforehand, over a few connections."""

from __future__ import annotations

import http.client
import json
import threading
import time
from urllib.parse import urlsplit

from benchmarks.programs.gauges import Options, finish, options, texts

ROWS_OF_A_REQUEST = 1_000
CONNECTIONS = 2


def main() -> None:
    """Send the rows and say how long that took."""
    url, chosen = options()
    bodies = _bodies(chosen)
    shares = [bodies[at::CONNECTIONS] for at in range(CONNECTIONS)]
    threads = [threading.Thread(target=_send, args=(url, share)) for share in shares]
    before = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    elapsed = time.perf_counter() - before
    sizes = sum(map(len, bodies))
    finish({"rows_per_s": chosen["rows"] / elapsed, "row_bytes": sizes / chosen["rows"]})


def _bodies(chosen: Options) -> list[bytes]:
    """Return request bodies with rows of 1 KB: one trace, or traces of ten spans."""
    contents = texts(chosen["rows"], 250)
    traces, first = chosen["traces"], chosen.get("first", 0)
    rows = []
    for at, content in enumerate(contents):
        number, place = first + at, at // traces
        root = first + at % traces
        rows.append(
            {
                "id": f"{root:032x}{number:016x}",
                "project_id": chosen["project"],
                "log_id": "g",
                "span_id": f"{number:016x}",
                "root_span_id": f"{root:032x}",
                "span_parents": [f"{_above(root, place, traces):016x}"] if place else None,
                "created": "2026-10-01T12:00:00.000Z",
                "span_attributes": {"name": f"step {place}", "type": "task"},
                "input": content,
                "output": content,
                "metrics": {"start": 1_790_000_000 + at / 1000, "end": 1_790_000_001 + at / 1000},
            }
        )
    return [
        json.dumps({"rows": rows[at : at + ROWS_OF_A_REQUEST], "api_version": 2}).encode()
        for at in range(0, len(rows), ROWS_OF_A_REQUEST)
    ]


def _above(root: int, place: int, traces: int) -> int:
    """Return the number of the span that the one at *place* hangs from: eight to a parent."""
    return root + (place - 1) // 8 * traces


def _send(url: str, bodies: list[bytes]) -> None:
    connection = http.client.HTTPConnection(urlsplit(url).netloc)
    headers = {"Authorization": "Bearer local", "Content-Type": "application/json"}
    for body in bodies:
        connection.request("POST", "/logs3", body, headers)
        answer = connection.getresponse()
        text = answer.read()
        if answer.status != http.client.OK:
            raise RuntimeError(f"The server answered {answer.status}: {text[:500]!r}")


if __name__ == "__main__":
    main()
