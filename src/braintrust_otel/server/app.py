"""The local server as a plain function: a request in, an answer out, no socket and no thread."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from urllib.parse import parse_qs, urlsplit

from braintrust_otel._diagnostics import log
from braintrust_otel._model.http import BytesStream, ByteStream, HttpRequest, HttpResponse
from braintrust_otel.errors import StoreError
from braintrust_otel.server.bodies import plain_body
from braintrust_otel.server.otlp.answers import refusal_answer
from braintrust_otel.server.routes.attachments import (
    find_attachment,
    offer_upload,
    receive_attachment,
    receive_status,
    send_attachment,
)
from braintrust_otel.server.routes.btql import answer_query
from braintrust_otel.server.routes.calls import Call, Refusal
from braintrust_otel.server.routes.fetching import fetch_rows
from braintrust_otel.server.routes.identity import log_in, ping, version
from braintrust_otel.server.routes.logs import receive_rows
from braintrust_otel.server.routes.otlp import receive_traces
from braintrust_otel.server.routes.overflow import offer_slot, receive_upload
from braintrust_otel.server.routes.projects import create_project, get_project, list_projects
from braintrust_otel.server.routes.router import Route, match_route
from braintrust_otel.server.settings import ServerSettings
from braintrust_otel.server.store import Store, StoreFullError, StoreLockedError

__all__ = ["ROUTES", "LocalServer"]

ROUTES: Sequence[Route] = (
    Route("POST", "/api/apikey/login", log_in),
    Route("GET", "/ping", ping, is_open=True),
    Route("GET", "/version", version, is_open=True),
    Route("POST", "/logs3", receive_rows),
    Route("POST", "/logs3/overflow", offer_slot),
    # The address of an upload is signed, and clients send no key with it.
    Route("PUT", "/logs3/overflow/{key}", receive_upload, is_open=True, is_upload=True),
    Route("POST", "/attachment", offer_upload),
    Route("GET", "/attachment", find_attachment),
    Route("POST", "/attachment/status", receive_status),
    # These addresses are signed, too.
    Route(
        "PUT",
        "/attachment/{key}",
        receive_attachment,
        is_open=True,
        is_upload=True,
        is_streamed=True,
    ),
    Route("GET", "/attachment/{key}", send_attachment, is_open=True),
    Route("POST", "/v1/project", create_project),
    Route("GET", "/v1/project", list_projects),
    Route("GET", "/v1/project/{project_id}", get_project),
    Route("POST", "/v1/{table}/{object_id}/fetch", fetch_rows),
    Route("GET", "/v1/{table}/{object_id}/fetch", fetch_rows),
    Route("POST", "/btql", answer_query),
    Route("POST", "/otel/v1/traces", receive_traces, refuse=refusal_answer),
    # Where exporters send to that are told this server's address only.
    Route("POST", "/v1/traces", receive_traces, refuse=refusal_answer),
)
"""Every endpoint that the local server answers."""

_RETRY_AFTER = {"retry-after": "1"}
_NOTHING = BytesStream(b"")


class LocalServer:
    """Answers Braintrust's requests from a store.

    Args:
        store: Where the rows are.
        settings: How the server presents itself, and what it accepts.
    """

    def __init__(self, store: Store, settings: ServerSettings | None = None) -> None:
        self.store = store
        self.settings = settings or ServerSettings()

    def handle(self, request: HttpRequest) -> HttpResponse:
        """Answer *request* in the calling thread; any thread may call. Never raises.

        Trouble with the store is answered as a passing one (503, 507 or 500), so that clients keep
        their rows and try again.
        """
        try:
            return self._answer(request)
        except Refusal as error:
            refusal = error
        except StoreLockedError as error:
            refusal = Refusal(503, str(error), _RETRY_AFTER)
        except StoreFullError as error:
            refusal = Refusal(507, str(error))
        except StoreError as error:
            refusal = Refusal(500, str(error))
        except Exception:  # noqa: BLE001 - our own bug must not reach the program that sent the request
            log.exception("The local server failed to answer %s", request.method)
            refusal = Refusal(500, "The local Braintrust server failed; its log says why.")
        return self.refuse(request, refusal)

    def refuse(self, request: HttpRequest, refusal: Refusal) -> HttpResponse:
        """Return *refusal* in the form that clients of the request's route understand."""
        try:
            route = match_route(ROUTES, request.method, urlsplit(request.url).path).route
        except (Refusal, ValueError):  # no such route, or no address at all
            return refusal.answer()
        return refusal.answer() if route.refuse is None else route.refuse(request.headers, refusal)

    def is_streamed(self, request: HttpRequest) -> bool:
        """Tell whether the body of *request* (which need not be there yet) is never read whole.

        Raises:
            Refusal: There is no such route.
        """
        return match_route(ROUTES, request.method, urlsplit(request.url).path).route.is_streamed

    def body_limit(self, request: HttpRequest) -> int:
        """Return how many bytes the body of *request* (which need not be there yet) may have.

        Raises:
            Refusal: There is no such route.
        """
        return self._limit(match_route(ROUTES, request.method, urlsplit(request.url).path).route)

    def _answer(self, request: HttpRequest) -> HttpResponse:
        url = urlsplit(request.url)
        found = match_route(ROUTES, request.method, url.path)
        if not found.route.is_open:
            self._check_key(request)
        body, stream = self._content(request, found.route)
        return found.route.function(
            Call(
                store=self.store,
                settings=self.settings,
                origin=f"{url.scheme}://{url.netloc}",
                params=found.params,
                query=parse_qs(url.query, keep_blank_values=True),
                headers=request.headers,
                body=body,
                stream=stream,
            )
        )

    def _content(self, request: HttpRequest, route: Route) -> tuple[bytes, ByteStream]:
        limit, encoding = self._limit(route), request.headers.get("content-encoding", "")
        if route.is_streamed:
            stream = request.stream or BytesStream(plain_body(request.body, encoding, limit))
            return b"", stream
        return plain_body(request.body, encoding, limit), _NOTHING

    def _limit(self, route: Route) -> int:
        return (
            self.settings.upload_max_bytes if route.is_upload else self.settings.payload_max_bytes
        )

    def _check_key(self, request: HttpRequest) -> None:
        wanted = self.settings.api_key
        if wanted is None:
            return
        shown = request.headers.get("authorization", "").removeprefix("Bearer ")
        if not hmac.compare_digest(shown.encode(), wanted.encode()):
            raise Refusal(401, "The API key is not the one that this server was started with.")
