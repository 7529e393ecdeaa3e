"""Chooses where rows go: Braintrust, or the embedded store on this machine."""

from __future__ import annotations

from dataclasses import dataclass, field

from braintrust_otel._settings import Settings
from braintrust_otel.errors import LoginError

__all__ = ["EMBEDDED", "Place", "check_same", "choose_place"]


@dataclass(frozen=True, slots=True)
class Place:
    """One account, or the embedded store. Equal places share one pipeline.

    Attributes:
        app_url: Where to log in.
        api_key: The key; None if there is none.
        api_url: Takes the place of the API URL that login answers.
        proxy_url: Takes the place of the proxy URL that login answers.
        org_name: The organisation; None takes the key's first one.
        is_embedded: Whether rows go to the store on this machine.
        key_source: Where the key came from, for messages.
    """

    app_url: str
    api_key: str | None = field(default=None, repr=False)
    api_url: str | None = None
    proxy_url: str | None = None
    org_name: str | None = None
    is_embedded: bool = False
    key_source: str | None = field(default=None, compare=False)


EMBEDDED = Place("http://local.invalid", "local", is_embedded=True)
"""The store on this machine. No name server resolves its URL, so a request that took the wrong
way could not reach anybody."""


def choose_place(  # noqa: PLR0913  # the arguments of the public functions
    settings: Settings,
    *,
    api_key: str | None = None,
    app_url: str | None = None,
    api_url: str | None = None,
    org_name: str | None = None,
    may_embed: bool = True,
) -> Place:
    """Return where rows go: argument before setting, and without any key the embedded store.

    Args:
        settings: The settings as resolved from the environment and ``.env.braintrust``.
        api_key: Key given in code.
        app_url: App URL given in code.
        api_url: API URL given in code.
        org_name: Organisation given in code.
        may_embed: False insists on an account, unless the settings force the embedded store.
    """
    key = api_key or settings.api_key
    if settings.local == "always" or (may_embed and settings.local == "auto" and not key):
        return EMBEDDED
    return Place(
        app_url=app_url or settings.app_url,
        api_key=key,
        api_url=api_url or settings.api_url,
        proxy_url=settings.proxy_url,
        org_name=org_name or settings.org_name,
        key_source="the api_key argument" if api_key else settings.sources.get("api_key"),
    )


def check_same(
    place: Place, *, app_url: str | None, api_key: str | None, org_name: str | None
) -> None:
    """Check that a login's arguments are those of the login in force, or None.

    Raises:
        LoginError: One of them differs.
    """
    given = {"app_url": app_url, "api_key": api_key, "org_name": org_name}
    for name, value in given.items():
        if value is not None and value != getattr(place, name):
            raise LoginError(
                f"This process is already logged in with another {name}. "
                "Pass force_login=True to log in again."
            )
