"""A trace through real processes, one of which knows OpenTelemetry alone."""

from __future__ import annotations

from pathlib import Path

from support.services import outline, run_client, running_service, stored_rows

PROGRAMS = Path(__file__).with_name("programs")


def test_a_plain_service_in_the_middle_keeps_one_tree(tmp_path: Path) -> None:
    """Client, plain service and service of ours yield one tree in the client's project."""
    store = tmp_path / "store"

    with (
        running_service(PROGRAMS / "own_service.py", store) as own,
        running_service(PROGRAMS / "plain_service.py", store, f"{own}/tell", "by-hand") as plain,
    ):
        run_client(PROGRAMS / "client.py", store, f"{plain}/tell")

    rows = stored_rows(store, "my long-running project")
    assert outline(rows) == [
        "bedtime_story",
        "  POST /tell",
        "    pass on",
        "      tell",
    ]
    assert len({row["root_span_id"] for row in rows}) == 1
    assert rows[0]["output"] == rows[3]["output"] == "Once upon a time: a fox"


def test_a_client_and_a_service_of_ours_share_a_tree(tmp_path: Path) -> None:
    """The service logs below the client's span, in the client's project, without a logger."""
    store = tmp_path / "store"

    with running_service(PROGRAMS / "own_service.py", store) as own:
        run_client(PROGRAMS / "client.py", store, f"{own}/tell")

    rows = stored_rows(store, "my long-running project")
    assert outline(rows) == ["bedtime_story", "  tell"]
    assert len({row["root_span_id"] for row in rows}) == 1
