"""Who we are: credentials as configured, and the account that a login makes of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from braintrust_otel._wire.urls import shown_url
from braintrust_otel.errors import LoginError

__all__ = ["TEST_API_KEY", "Account", "Credentials", "account_from", "account_of_test_key"]

TEST_API_KEY = "___TEST_API_KEY__"
"""A key that logs in without any network, for tests of programs that use this package."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a login needs.

    Attributes:
        api_key: The key; None or blank if there is none.
        app_url: Where to log in.
        org_name: The organisation to choose; None takes the first one.
        api_url_override: Takes the place of the API URL that the login answers.
        proxy_url_override: Takes the place of the proxy URL that the login answers.
        key_source: Where the key came from, for messages: ``BRAINTRUST_API_KEY``.
    """

    api_key: str | None = field(repr=False)
    app_url: str
    org_name: str | None = None
    api_url_override: str | None = None
    proxy_url_override: str | None = None
    key_source: str | None = None

    @property
    def usable_key(self) -> str:
        """The key as it is sent.

        Raises:
            LoginError: There is none.
        """
        key = (self.api_key or "").rstrip("\r\n")
        if not key.strip():
            raise LoginError(
                "There is no API key. Set BRAINTRUST_API_KEY, put it into .env.braintrust, or "
                "pass api_key to login()."
            )
        return key


@dataclass(frozen=True, slots=True)
class Account:
    """A logged-in identity with its organisation and URLs.

    Attributes:
        org_id: The organisation's id.
        org_name: The organisation's name.
        app_url: Where people look at traces.
        api_url: Where rows go and objects are registered.
        proxy_url: Where functions are invoked.
        api_key: The key that was accepted.
    """

    org_id: str
    org_name: str
    app_url: str
    api_url: str
    proxy_url: str
    api_key: str = field(repr=False)


def account_of_test_key(credentials: Credentials) -> Account:
    """Return the account of the test key."""
    return _account(
        credentials,
        ("test-org-id", credentials.org_name or "test-org-name"),
        api_url=credentials.api_url_override or "https://api.braintrust.ai",
        proxy_url=credentials.proxy_url_override or "https://proxy.braintrust.ai",
    )


def account_from(answer: Mapping[str, object], credentials: Credentials) -> Account:
    """Choose the organisation in a login's *answer*; keys that are not known are ignored.

    Raises:
        LoginError: The answer has another shape, or holds no organisation that can be used.
    """
    organisations = _organisations(answer, credentials)
    chosen = _choose(organisations, credentials)
    api_url = credentials.api_url_override or _text(chosen.get("api_url"))
    if api_url is None:
        raise LoginError(_no_api_url(credentials))
    return _account(
        credentials,
        (str(chosen["id"]), str(chosen["name"])),
        api_url=api_url,
        proxy_url=credentials.proxy_url_override or _text(chosen.get("proxy_url")) or api_url,
    )


def _account(
    credentials: Credentials, org: tuple[str, str], *, api_url: str, proxy_url: str
) -> Account:
    return Account(
        org_id=org[0],
        org_name=org[1],
        app_url=credentials.app_url,
        api_url=api_url,
        proxy_url=proxy_url.rstrip("/").removesuffix("/v1/proxy"),
        api_key=credentials.usable_key,
    )


def _organisations(
    answer: Mapping[str, object], credentials: Credentials
) -> list[Mapping[str, object]]:
    listed = answer.get("org_info")
    if not isinstance(listed, Sequence) or isinstance(listed, str):
        raise LoginError(_odd(credentials, "has no list of organisations"))
    organisations = [entry for entry in listed if isinstance(entry, Mapping)]
    for entry in organisations:
        if not all(isinstance(entry.get(key), str) for key in ("id", "name")):
            raise LoginError(_odd(credentials, "lists an organisation without an id or a name"))
    return organisations


def _choose(
    organisations: list[Mapping[str, object]], credentials: Credentials
) -> Mapping[str, object]:
    if not organisations:
        raise LoginError(
            f"Login at {shown_url(credentials.app_url)}: the user of this API key is not part of "
            f"any organizations. Have it invited to one."
        )
    wanted = credentials.org_name
    if wanted is None:
        return organisations[0]
    for entry in organisations:
        if entry["name"] == wanted:
            return entry
    names = ", ".join(str(entry["name"]) for entry in organisations)
    raise LoginError(f"Organization {wanted} not found. Must be one of {names}")


def _no_api_url(credentials: Credentials) -> str:
    if credentials.org_name is not None:
        return (
            f"Unable to log into organization '{credentials.org_name}': it has no API URL. Is the "
            f"API key scoped to it? If it is, set BRAINTRUST_API_URL."
        )
    return (
        "Unable to log into any organization with the provided credential: there is no API URL. "
        "Name one with BRAINTRUST_ORG_NAME, or set BRAINTRUST_API_URL."
    )


def _odd(credentials: Credentials, fault: str) -> str:
    return (
        f"Login at {shown_url(credentials.app_url)} was answered with something that {fault}. "
        f"Check BRAINTRUST_APP_URL."
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
