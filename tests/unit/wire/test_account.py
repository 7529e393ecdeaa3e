from __future__ import annotations

from dataclasses import replace

import pytest

from braintrust_otel._wire.account import (
    TEST_API_KEY,
    Account,
    Credentials,
    account_from,
    account_of_test_key,
)
from braintrust_otel.errors import LoginError

KEY = "sk-test-1234567890"
CREDENTIALS = Credentials(KEY, "http://app.test")
ORG = {"id": "o-1", "name": "acme", "api_url": "http://api.test", "proxy_url": "http://px.test"}
OTHER = {"id": "o-2", "name": "beta", "api_url": "http://beta.test"}


def test_the_first_organisation_is_taken_when_none_is_named() -> None:
    """Without a name the first organisation counts; keys that are not known are ignored."""
    answer = {"org_info": [{**ORG, "git_metadata": {"new": 1}}, OTHER, "noise"], "more": True}

    account = account_from(answer, CREDENTIALS)

    assert account == Account(
        org_id="o-1",
        org_name="acme",
        app_url="http://app.test",
        api_url="http://api.test",
        proxy_url="http://px.test",
        api_key=KEY,
    )


def test_a_named_organisation_is_found() -> None:
    """With a name the organisation of exactly that name counts; its proxy may be its API."""
    account = account_from({"org_info": [ORG, OTHER]}, replace(CREDENTIALS, org_name="beta"))

    assert (account.org_id, account.api_url, account.proxy_url) == (
        "o-2",
        "http://beta.test",
        "http://beta.test",
    )


def test_configured_urls_take_the_place_of_answered_ones() -> None:
    """An API or proxy URL of the user's own wins over the login's."""
    credentials = replace(
        CREDENTIALS, api_url_override="http://mine", proxy_url_override="http://my-proxy"
    )

    account = account_from({"org_info": [ORG]}, credentials)

    assert (account.api_url, account.proxy_url) == ("http://mine", "http://my-proxy")


@pytest.mark.parametrize("proxy", ["http://px.test/v1/proxy", "http://px.test/v1/proxy/"])
def test_the_proxys_own_path_is_removed(proxy: str) -> None:
    """A proxy URL that ends in /v1/proxy is taken without that end."""
    account = account_from({"org_info": [{**ORG, "proxy_url": proxy}]}, CREDENTIALS)

    assert account.proxy_url == "http://px.test"


@pytest.mark.parametrize("api_url", [None, "", 5])
def test_an_organisation_without_an_api_url_is_no_use(api_url: object) -> None:
    """No API URL in the answer and none configured is an error that says so."""
    answer = {"org_info": [{**ORG, "api_url": api_url}]}

    with pytest.raises(LoginError, match="Unable to log into any organization"):
        account_from(answer, CREDENTIALS)
    with pytest.raises(LoginError, match="Unable to log into organization 'acme'"):
        account_from(answer, replace(CREDENTIALS, org_name="acme"))


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ({}, "no list of organisations"),
        ({"org_info": "acme"}, "no list of organisations"),
        ({"org_info": {"id": "x"}}, "no list of organisations"),
        ({"org_info": [ORG, {"id": "o-3"}]}, "without an id or a name"),
        ({"org_info": [{"id": 3, "name": "x"}]}, "without an id or a name"),
        ({"org_info": []}, "not part of any organizations"),
    ],
)
def test_an_unusable_answer_is_refused(answer: dict[str, object], message: str) -> None:
    """An answer that holds no usable organisation raises, and says what is wrong with it."""
    with pytest.raises(LoginError, match=message):
        account_from(answer, CREDENTIALS)


def test_an_unknown_organisation_lists_the_known_ones() -> None:
    """A name that is not in the list is answered with the names that are."""
    with pytest.raises(
        ValueError, match=r"^Organization zeta not found\. Must be one of acme, beta"
    ):
        account_from({"org_info": [ORG, OTHER]}, replace(CREDENTIALS, org_name="zeta"))


@pytest.mark.parametrize("key", [None, "", " \n", "\n"])
def test_a_missing_key_names_the_variable(key: str | None) -> None:
    """Without a key the error names the variable that would give one."""
    with pytest.raises(ValueError, match="BRAINTRUST_API_KEY"):
        _ = replace(CREDENTIALS, api_key=key).usable_key


def test_line_ends_after_a_key_are_removed() -> None:
    """A key that was read from a file may end in line ends; nothing else is trimmed."""
    assert replace(CREDENTIALS, api_key=" sk-1\r\n\n").usable_key == " sk-1"


def test_the_test_key_has_an_account_of_its_own() -> None:
    """The test key's account has fixed ids and URLs."""
    account = account_of_test_key(Credentials(TEST_API_KEY, "http://app.test"))

    assert account == Account(
        org_id="test-org-id",
        org_name="test-org-name",
        app_url="http://app.test",
        api_url="https://api.braintrust.ai",
        proxy_url="https://proxy.braintrust.ai",
        api_key=TEST_API_KEY,
    )


def test_the_test_key_heeds_names_and_urls() -> None:
    """Organisation and URLs that are configured count for the test key as well."""
    account = account_of_test_key(
        Credentials(TEST_API_KEY, "http://app.test", "beta", "http://a", "http://p")
    )

    assert (account.org_name, account.api_url, account.proxy_url) == (
        "beta",
        "http://a",
        "http://p",
    )


def test_a_printed_account_holds_no_key() -> None:
    """Neither credentials nor accounts show the key in their repr."""
    account = account_from({"org_info": [ORG]}, CREDENTIALS)

    assert KEY not in f"{account!r}{CREDENTIALS!r}"
