"""HTTP over the network, with the requests library.

In its own module because importing requests takes a while: who writes to the embedded store never
pays for it. Import it where the pipeline is put together, not in a worker thread: a fork during
an import leaves the child with a lock that nobody will ever release.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from http.cookiejar import DefaultCookiePolicy

import requests
from requests.adapters import BaseAdapter, HTTPAdapter
from typing_extensions import override

from braintrust_otel._model.http import ByteStream, HttpRequest, HttpResponse
from braintrust_otel._wire.connections import DeadlineAdapter, deadline_of_this_thread
from braintrust_otel._wire.deadline import Deadline, StreamDeadline
from braintrust_otel._wire.network_errors import FOREIGN_ERRORS, translate
from braintrust_otel._wire.urls import shown_url
from braintrust_otel.errors import HoldError, SendError

__all__ = ["MAX_ANSWER_BYTES", "RequestsTransport"]

MAX_ANSWER_BYTES = 256 * 1024 * 1024
"""Longer answers are refused: nothing of ours is that long, and memory is the program's."""

_CONNECTIONS_PER_HOST = 8
_CHUNK_BYTES = 64 * 1024
_HEADER_VALUE = re.compile(r"[!-~\x80-\xff](?:[\t -~\x80-\xff]*[!-~\x80-\xff])?")


class RequestsTransport:
    """Moves requests over the network through a pool of kept-alive connections.

    Proxies and CA bundles come from the environment, as with requests itself; credentials in a
    ``.netrc`` are left alone, for they would replace the API key. Redirects are not followed,
    cookies not kept, bodies not compressed. Safe to use from several threads.

    Args:
        adapter: Returns the user's own requests adapter, or None; asked for each request. It stays
            his to close. The deadline is then kept between pieces of the answer only; in between,
            the timeout holds for each call on the socket.
        user_agent: What to call ourselves; None leaves the name that requests gives.
        max_answer_bytes: A longer answer is refused.
    """

    def __init__(
        self,
        adapter: Callable[[], BaseAdapter | None] = lambda: None,
        *,
        user_agent: str | None = None,
        max_answer_bytes: int = MAX_ANSWER_BYTES,
    ) -> None:
        self._wanted_adapter = adapter
        self._user_agent = user_agent
        self._max_answer_bytes = max_answer_bytes
        self._adapter = adapter()
        self._session = self._new_session(self._adapter)

    def send(self, request: HttpRequest, timeout: float) -> HttpResponse:
        """Exchange *request* for its answer within *timeout* seconds in all.

        A stream may take longer, as its size allows, but never *timeout* seconds for one piece.

        Raises:
            RetryError: No complete answer came.
            HoldError: The URL, a header, the proxy or the TLS set-up cannot work as it is.
        """
        _check_headers(request)
        deadline = _deadline(request, timeout)
        try:
            with deadline_of_this_thread(deadline):
                return self._exchange(request, deadline)
        except FOREIGN_ERRORS as error:
            used_up = None if deadline.left else timeout
            raise translate(error, request, used_up=used_up) from error
        except SendError:
            raise
        except Exception as error:
            if self._adapter is None:
                raise
            # The user's own adapter: whatever it raises is no bug of ours, and may pass.
            raise translate(error, request, used_up=None) from error

    def after_fork_in_child(self) -> None:
        """Start over with no connections; those of the parent are neither used nor closed."""
        if isinstance(self._adapter, HTTPAdapter):
            # As when it is unpickled: settings stay, pools and their locks are made anew.
            state = self._adapter.__getstate__()  # type: ignore[attr-defined]  # not in the stubs
            self._adapter.__setstate__(state)  # type: ignore[attr-defined]  # not in the stubs
        self._session = self._new_session(self._adapter)

    def close(self) -> None:
        """Close the connections of ours that are idle."""
        if self._adapter is None:
            self._session.close()

    def _current_session(self) -> requests.Session:
        """Return the session with the adapter that is wanted now.

        Two threads that see a new adapter at once both make a session, and one of them stays.
        Requests under way end as they began.
        """
        wanted = self._wanted_adapter()
        if wanted is not self._adapter:
            self._session = self._new_session(wanted)
            self._adapter = wanted
        return self._session

    def _new_session(self, adapter: BaseAdapter | None) -> requests.Session:
        session = _PlainSession()
        mounted = adapter or DeadlineAdapter(
            pool_connections=_CONNECTIONS_PER_HOST, pool_maxsize=_CONNECTIONS_PER_HOST
        )
        session.mount("http://", mounted)
        session.mount("https://", mounted)
        session.auth = _no_credentials
        session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        session.headers["accept-encoding"] = "identity"
        if self._user_agent is not None:
            session.headers["user-agent"] = self._user_agent
        return session

    def _exchange(self, request: HttpRequest, deadline: Deadline) -> HttpResponse:
        with self._current_session().request(
            request.method,
            request.url,
            data=_data(request, deadline),
            headers=dict(request.headers),
            timeout=deadline.remaining(),
            allow_redirects=False,
            stream=True,
        ) as response:
            body = b"".join(self._chunks(response, request, deadline))
            return HttpResponse(response.status_code, _lower(response.headers), body)

    def _chunks(
        self, response: requests.Response, request: HttpRequest, deadline: Deadline
    ) -> Iterator[bytes]:
        size = 0
        for chunk in response.iter_content(_CHUNK_BYTES):
            deadline.remaining()
            size += len(chunk)
            if size > self._max_answer_bytes:
                raise HoldError(
                    f"{request.method} {shown_url(request.url)} was answered with more than "
                    f"{self._max_answer_bytes} bytes. Check that the URL is right.",
                    status=response.status_code,
                )
            yield chunk


class _StreamBody:
    """A stream in the form in which requests sends one that has a length."""

    def __init__(self, stream: ByteStream, deadline: StreamDeadline) -> None:
        self._stream = stream
        self._deadline = deadline

    def __len__(self) -> int:
        return self._stream.size_bytes

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._stream.chunks():
            self._deadline.renew()
            yield chunk
        self._deadline.finish()


def _deadline(request: HttpRequest, timeout: float) -> Deadline:
    if request.stream is None:
        return Deadline(timeout)
    return StreamDeadline(timeout, request.stream.size_bytes)


def _data(request: HttpRequest, deadline: Deadline) -> bytes | _StreamBody:
    # Without a byte to send, requests would announce chunks.
    if request.stream is None or not isinstance(deadline, StreamDeadline):
        return request.body
    return _StreamBody(request.stream, deadline) if request.stream.size_bytes else b""


class _PlainSession(requests.Session):
    @override
    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """Say that nothing is a redirect: requests would parse its target even unfollowed."""
        return None


def _no_credentials(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def _check_headers(request: HttpRequest) -> None:
    for name, value in request.headers.items():
        if not _HEADER_VALUE.fullmatch(value):
            raise HoldError(
                f"{request.method} {shown_url(request.url)} was not sent: the value of the header "
                f"{name!r} is empty or holds a space, a line end or a character that HTTP does "
                f"not allow there. Check where it comes from (an API key, for instance)."
            )


def _lower(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}
