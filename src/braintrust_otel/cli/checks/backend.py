"""Whether the configured backend answers, and what it says."""

from __future__ import annotations

from collections.abc import Callable

from braintrust_otel._model.containers import Container
from braintrust_otel._wire.account import Account, Credentials
from braintrust_otel._wire.api import Api
from braintrust_otel._wire.call import Call, mask_key
from braintrust_otel._wire.login import LazyAccount, log_in_once
from braintrust_otel._wire.register import Registrar
from braintrust_otel._wire.urls import join_url, shown_url
from braintrust_otel._wire.version import limits_from
from braintrust_otel.cli.checks.findings import Finding
from braintrust_otel.cli.figures import as_duration, as_size
from braintrust_otel.errors import SendError

__all__ = ["TIMEOUT", "check_backend"]

TIMEOUT = 10.0
"""Seconds for each of the requests."""

_PART = "Backend"
_REFUSED = frozenset({401, 403})
_HIDDEN = "<key>"


def check_backend(
    api: Api, credentials: Credentials, container: Container, clock: Callable[[], float]
) -> list[Finding]:
    """Log in, ask for the version, and look up the project if that is configured by its id.

    Nothing is written or made there, and nothing is tried twice.

    Args:
        api: Sends the requests.
        credentials: Who to log in as.
        container: Where rows go unless the program says otherwise.
        clock: Monotonic seconds.
    """
    began = clock()
    try:
        account = log_in_once(api, credentials, TIMEOUT)
    except SendError as error:
        return [Finding(_PART, "wrong", "login", _login_failure(error, credentials))]
    took = as_duration(clock() - began)
    text = f"organisation {account.org_name} at {shown_url(account.api_url)}, in {took}"
    found = [Finding(_PART, "ok", "login", text), _version(api, account, clock)]
    if container.id and not container.name:
        found.append(_project(api, account, container))
    return found


def _login_failure(error: SendError, credentials: Credentials) -> str:
    if error.status in _REFUSED:
        source = credentials.key_source or "an argument"
        return (
            f"Login at {shown_url(credentials.app_url)} was refused ({error.status}). The key came "
            f"from {source}; check that it is valid there."
        )
    return _without_key(str(error), credentials.api_key)


def _version(api: Api, account: Account, clock: Callable[[], float]) -> Finding:
    url = join_url(account.api_url, "version")
    call = Call("Asking for the version", "GET", url, account.api_key, timeout=TIMEOUT)
    began = clock()
    try:
        answer = api.send_for_object(call)
    except SendError as error:
        return Finding(_PART, "wrong", "version", _without_key(str(error), account.api_key))
    took = as_duration(clock() - began)
    limits = limits_from(answer, None)
    version = answer.get("version") or answer.get("commit") or "unknown"
    size = as_size(limits.max_request_bytes)
    return Finding(_PART, "ok", "version", f"{version}, requests of up to {size}, in {took}")


def _project(api: Api, account: Account, container: Container) -> Finding:
    known = LazyAccount(api, Credentials(account.api_key, account.app_url))
    known.adopt(account)
    try:
        project = Registrar(api, known).project(container)
    except SendError as error:
        return Finding(_PART, "wrong", "project", _without_key(str(error), account.api_key))
    return Finding(_PART, "ok", "project", f"{project.name} ({project.id})")


def _without_key(text: str, key: str | None) -> str:
    """Return *text* with neither the key nor the part of it that other messages show."""
    bare = (key or "").strip()
    if not bare:
        return text
    return text.replace(bare, _HIDDEN).replace(mask_key(bare), _HIDDEN)
