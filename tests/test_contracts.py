"""The import contracts hold, and each of them fails when it is broken."""

from __future__ import annotations

import configparser
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from support.house import MEMBERS, ROOT, SOURCE_ROOTS

pytest.importorskip("importlinter", reason="the linters are not part of this environment")

CORE = "src/braintrust_otel"
OPENAI = "instrumentation/braintrust-otel-openai/src/braintrust_otel_openai"
SDK_IMPORT = "from opentelemetry.sdk.trace import ReadableSpan\n"

VIOLATIONS = [
    ("layers", f"{CORE}/_shipping/planted.py", "import braintrust_otel._wire"),
    ("layers", f"{CORE}/_model/planted.py", "import braintrust_otel._mapping"),
    ("layers", f"{CORE}/_planted/__init__.py", "A = 1"),
    ("facade", f"{CORE}/_wire/planted.py", "from braintrust_otel import traced"),
    ("facade", f"{CORE}/cli/planted.py", "import braintrust_otel"),
    ("pure", f"{CORE}/_model/planted.py", "import threading"),
    ("pure", f"{CORE}/_model/planted.py", "from opentelemetry import trace"),
    ("pure", f"{CORE}/_mapping/planted.py", "import sqlite3"),
    ("pure", f"{CORE}/_mapping/dialects/planted.py", "import asyncio"),
    ("requests", f"{CORE}/_shipping/planted.py", "import requests"),
    ("requests", f"{OPENAI}/planted.py", "from requests import Session"),
    ("server", f"{CORE}/server/planted.py", "import braintrust_otel._wire"),
    ("server", f"{CORE}/server/routes/planted.py", "import braintrust_otel._shipping.senders"),
    ("instrumentors", f"{OPENAI}/planted.py", "import braintrust_otel._tracing"),
    ("instrumentors", f"{OPENAI}/planted.py", "from braintrust_otel import traced"),
]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Return a copy of all sources and of the configuration of the linters."""
    for name in (".importlinter", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path / name)
    for source in SOURCE_ROOTS:
        shutil.copytree(
            source,
            tmp_path / source.relative_to(ROOT),
            ignore=shutil.ignore_patterns("__pycache__"),
        )
    return tmp_path


def test_contracts_hold(copy: Path) -> None:
    """The sources as they are keep every contract."""
    assert broken_contracts(copy) == set()


@pytest.mark.parametrize(("contract", "file", "line"), VIOLATIONS)
def test_planted_violation_breaks_its_contract(
    copy: Path, contract: str, file: str, line: str
) -> None:
    """One forbidden import breaks the contract that forbids it."""
    plant(copy / file, line)

    broken = broken_contracts(copy)

    assert contract in broken


def test_every_contract_has_a_planted_violation() -> None:
    """No contract is without proof that it can fail."""
    assert {contract for contract, _, _ in VIOLATIONS} == set(contract_names())


def test_every_instrumentor_is_under_contract() -> None:
    """The sources that the contracts look at include every instrumentor package."""
    configured = configuration().get("importlinter", "root_packages").split()

    assert configured == [
        "braintrust_otel",
        *(member.name.replace("-", "_") for member in MEMBERS),
    ]


@pytest.mark.parametrize(
    ("file", "is_refused"),
    [
        (f"{CORE}/_wire/planted.py", True),
        (f"{CORE}/_tracing/planted.py", True),
        (f"{CORE}/server/planted.py", True),
        (f"{OPENAI}/planted.py", True),
        (f"{CORE}/_otel/planted.py", False),
        (f"{CORE}/_distro/planted.py", False),
    ],
)
def test_otel_sdk_is_imported_at_the_boundary_only(
    copy: Path, file: str, *, is_refused: bool
) -> None:
    """Importing the OTel SDK is refused everywhere but in _otel and _distro."""
    plant(copy / file, SDK_IMPORT)

    ruff = Path(sys.executable).with_name("ruff")
    result = subprocess.run(
        [ruff, "check", "--no-cache", "--select", "TID251", file],
        cwd=copy,
        capture_output=True,
        check=False,
        text=True,
    )

    assert ("TID251" in result.stdout) is is_refused, result.stdout + result.stderr


def plant(path: Path, line: str) -> None:
    """Write a module that holds one line."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"{line}\n", encoding="utf-8")


def broken_contracts(copy: Path) -> set[str]:
    """Return the ids of the contracts that the sources in *copy* break."""
    search = os.pathsep.join(str(copy / source.relative_to(ROOT)) for source in SOURCE_ROOTS)
    result = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=copy,
        env={**os.environ, "PYTHONPATH": search},
        capture_output=True,
        check=False,
        text=True,
    )
    verdicts = dict(re.findall(r"^(.+) (KEPT|BROKEN)", result.stdout, re.MULTILINE))
    names = contract_names()
    assert set(verdicts) == set(names.values()), result.stdout + result.stderr
    return {contract for contract, name in names.items() if verdicts[name] == "BROKEN"}


def contract_names() -> dict[str, str]:
    """Return the names of the contracts by their ids."""
    parser = configuration()
    prefix = "importlinter:contract:"
    sections = [section for section in parser.sections() if section.startswith(prefix)]
    return {section.removeprefix(prefix): parser[section]["name"] for section in sections}


def configuration() -> configparser.ConfigParser:
    """Return what .importlinter says."""
    parser = configparser.ConfigParser()
    parser.read(ROOT / ".importlinter", encoding="utf-8")
    return parser
