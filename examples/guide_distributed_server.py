"""Distributed tracing, the server: its spans go under those of its callers.

``guide_distributed_client.py`` starts it. It answers two requests and ends. It has no logger: what
a caller sends says where the spans belong.
"""

from http.server import BaseHTTPRequestHandler, HTTPServer

import braintrust_otel as braintrust


class Handler(BaseHTTPRequestHandler):
    """Answers with a story."""

    def do_POST(self) -> None:
        """Tell a story, in the trace of whoever asked for it."""
        prompt = self.rfile.read(int(self.headers["content-length"])).decode()
        # Either what export() returned, or the standard headers traceparent and baggage. With
        # neither there is no parent, and the trace is one of its own.
        parent = self.headers.get("request_id") or self.headers
        with braintrust.start_span(name="text_generator_server", type="llm", parent=parent) as span:
            span.log(input=[{"role": "user", "content": prompt}])
            story = f"Once upon a time there was {prompt}."
            span.log(output=[{"role": "assistant", "content": story}])
        self.send_response(200)
        self.end_headers()
        self.wfile.write(story.encode())

    def log_message(self, *args: object) -> None:
        """Keep the terminal for the client."""


with HTTPServer(("127.0.0.1", 0), Handler) as server:
    print(server.server_port, flush=True)
    server.handle_request()
    server.handle_request()
