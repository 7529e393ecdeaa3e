"""`braintrust-otel doctor`: what is configured, where it comes from, and whether it works."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import click

from braintrust_otel._settings import store_directory
from braintrust_otel.cli.checks.findings import Finding, brief
from braintrust_otel.cli.figures import counted
from braintrust_otel.cli.stores import store_option
from braintrust_otel.cli.surroundings import Surroundings, pass_surroundings
from braintrust_otel.cli.texts import clean, inert_json

if TYPE_CHECKING:
    from braintrust_otel._runtime.places import Place
    from braintrust_otel._settings import Settings

__all__ = ["doctor"]

MAX_VALUE = 1_000
_STYLES = {"ok": "green", "note": "cyan", "warning": "yellow", "wrong": "bold red"}


@click.command()
@click.option("--all", "wants_all", is_flag=True, help="List settings with their defaults, too.")
@click.option("--json", "wants_json", is_flag=True, help="One JSON object with everything.")
@store_option
@pass_surroundings
@click.pass_context
def doctor(
    context: click.Context,
    surroundings: Surroundings,
    *,
    wants_all: bool,
    wants_json: bool,
    directory: Path | None,
) -> None:
    """Check settings, backend, store and instrumentors.

    Says what is configured and from which source, where rows go, and whether that works. The
    network is used only to ask the configured backend, and keys are never shown. The exit status
    is 1 if something is wrong.
    """
    settings = surroundings.read_settings()
    found = list(_examine(settings, directory or store_directory(settings), surroundings))
    wrong = [finding for finding in found if finding.state == "wrong"]
    if wants_json:
        report = {"healthy": not wrong, "findings": [asdict(finding) for finding in found]}
        surroundings.line(inert_json(json.dumps(report, ensure_ascii=False)))
    else:
        shown = found if wants_all else brief(found)
        (_print_rich if surroundings.is_rich else _print_text)(shown, surroundings)
        surroundings.line(_verdict(wrong))
    context.exit(1 if wrong else 0)


def _examine(settings: Settings, directory: Path, surroundings: Surroundings) -> Iterator[Finding]:
    from braintrust_otel._runtime.places import choose_place
    from braintrust_otel.cli.checks.configuration import check_place, check_settings
    from braintrust_otel.cli.checks.local_store import check_store
    from braintrust_otel.cli.checks.software import (
        check_instrumentors,
        check_versions,
        find_instrumentors,
    )

    place = choose_place(settings)
    yield from check_versions()
    yield from check_instrumentors(find_instrumentors())
    yield from check_settings(settings)
    yield from check_place(settings, place)
    if not place.is_embedded and (place.api_key or "").strip():
        yield from _ask_backend(settings, place, surroundings)
    yield from check_store(directory, settings.local_max_bytes, is_used=place.is_embedded)


def _ask_backend(settings: Settings, place: Place, surroundings: Surroundings) -> Iterable[Finding]:
    from braintrust_otel._runtime.defaults import container_from
    from braintrust_otel._wire.account import Credentials
    from braintrust_otel._wire.api import Api
    from braintrust_otel._wire.requests_transport import RequestsTransport
    from braintrust_otel.cli.checks.backend import TIMEOUT, check_backend

    transport = RequestsTransport()
    credentials = Credentials(
        place.api_key,
        place.app_url,
        place.org_name,
        place.api_url,
        place.proxy_url,
        place.key_source,
    )
    try:
        return check_backend(
            Api(transport, timeout=TIMEOUT),
            credentials,
            container_from(settings),
            surroundings.clock,
        )
    finally:
        transport.close()


def _print_text(found: Sequence[Finding], surroundings: Surroundings) -> None:
    width = max(len(finding.name) for finding in found)
    for part, findings in groupby(found, key=lambda finding: finding.part):
        surroundings.line(part)
        for finding in findings:
            name = f"{finding.name:<{width}}"
            surroundings.line(f"  {finding.state:<7}  {name}  {_shown(finding)}")


def _print_rich(found: Sequence[Finding], surroundings: Surroundings) -> None:
    from rich.text import Text

    from braintrust_otel.cli.terminal import console

    screen = console(surroundings)
    width = max(len(finding.name) for finding in found)
    for part, findings in groupby(found, key=lambda finding: finding.part):
        screen.print(Text(part, "bold"))
        for finding in findings:
            state = (f"  {finding.state:<7}", _STYLES[finding.state])
            rest = f"  {finding.name:<{width}}  {_shown(finding)}"
            # Lines as they are: a narrow terminal wraps them, and copying keeps them whole.
            screen.print(Text.assemble(state, rest), soft_wrap=True)


def _shown(finding: Finding) -> str:
    value = clean(finding.value, MAX_VALUE)
    return f"{value}  ({clean(finding.source, MAX_VALUE)})" if finding.source else value


def _verdict(wrong: Sequence[Finding]) -> str:
    if not wrong:
        return "Nothing is wrong."
    names = ", ".join(dict.fromkeys(f"{finding.part} / {finding.name}" for finding in wrong))
    return f"{counted(len(wrong), 'thing')} to put right: {names}."
