from __future__ import annotations

import json

import pytest

from braintrust_otel._model.containers import Container, ContainerKind, project_logs
from braintrust_otel._model.http import HttpRequest, HttpResponse
from braintrust_otel._wire.register import Project, Registrar
from braintrust_otel.errors import HoldError, RetryError
from support.backend_script import KEY, Script, answer, text

FOUND = answer({"id": "p-1", "name": "demo", "org_id": "org-1", "settings": None})


def test_a_project_known_by_name_is_registered() -> None:
    """A name is posted with the organisation's, and the answered id routes the rows."""
    script = Script(FOUND)

    route = Registrar(script.api, script.logged_in()).route(project_logs("demo"))

    assert route == {"project_id": "p-1", "log_id": "g"}
    assert script.requests == [
        HttpRequest(
            "POST",
            "http://api.test/v1/project",
            {"content-type": "application/json", "authorization": f"Bearer {KEY}"},
            b'{"name":"demo","org_name":"acme"}',
        )
    ]


def test_a_project_known_by_id_is_looked_up() -> None:
    """An id is looked up, whatever characters it has."""
    script = Script(FOUND)

    project = Registrar(script.api, script.logged_in()).project(project_logs(project_id="p/1"))

    assert project == Project("p-1", "demo")
    assert script.asked == ["GET http://api.test/v1/project/p%2F1"]


def test_a_name_and_an_id_are_trusted() -> None:
    """With both given nothing is asked, not even for a login."""
    script = Script(text("", 500))
    registrar = Registrar(script.api, script.logged_in())

    assert registrar.project(project_logs("demo", "p-1")) == Project("p-1", "demo")
    assert registrar.route(project_logs("demo", "p-1")) == {"project_id": "p-1", "log_id": "g"}
    assert script.requests == []


@pytest.mark.parametrize(
    ("container", "sent"),
    [
        (project_logs(), {"name": "Global", "org_name": "acme"}),
        (
            Container(ContainerKind.PROJECT_LOGS, name="demo", group="g"),
            {"name": "demo", "org_name": "acme", "project_group_name": "g"},
        ),
    ],
)
def test_what_is_known_of_a_project_is_sent(container: Container, sent: dict[str, str]) -> None:
    """A missing name has a default, and a group goes along."""
    script = Script(FOUND)

    Registrar(script.api, script.logged_in()).project(container)

    assert json.loads(script.requests[0].body) == sent


@pytest.mark.parametrize(
    ("container", "route"),
    [
        (Container(ContainerKind.EXPERIMENT, id="e"), {"experiment_id": "e"}),
        (Container(ContainerKind.DATASET, id="d"), {"dataset_id": "d"}),
        (
            Container(ContainerKind.PLAYGROUND_LOGS, id="s"),
            {"prompt_session_id": "s", "log_id": "x"},
        ),
    ],
)
def test_other_containers_pass_through(container: Container, route: dict[str, str]) -> None:
    """What is known by id and is no project needs no request."""
    script = Script(text("", 500))

    assert Registrar(script.api, script.logged_in()).route(container) == route
    assert script.requests == []


def test_a_container_without_an_id_is_held() -> None:
    """Rows of an experiment that has no id yet are kept."""
    script = Script(FOUND)
    container = Container(ContainerKind.EXPERIMENT, name="e")

    with pytest.raises(HoldError, match="Rows for experiment 'e' have nowhere to go"):
        Registrar(script.api, script.logged_in()).route(container)


def test_a_look_at_what_is_known_asks_nobody() -> None:
    """A project is known once it was asked for, or when name and id are given."""
    script = Script(FOUND)
    registrar = Registrar(script.api, script.logged_in())

    before = registrar.peek(project_logs("demo"))
    registrar.route(project_logs("demo"))

    assert (before, registrar.peek(project_logs("demo"))) == (None, Project("p-1", "demo"))
    assert registrar.peek(project_logs("mine", "p-2")) == Project("p-2", "mine")
    assert len(script.requests) == 1


def test_each_project_is_asked_for_once() -> None:
    """The same project is not asked for again, another one is."""
    script = Script(FOUND)
    registrar = Registrar(script.api, script.logged_in())

    registrar.route(project_logs("demo"))
    registrar.route(project_logs("demo"))
    registrar.after_fork_in_child()
    registrar.route(project_logs("demo"))
    registrar.route(project_logs("other"))

    assert len(script.requests) == 2


@pytest.mark.parametrize("status", [400, 404, 422])
def test_an_unknown_id_is_held_and_said(status: int) -> None:
    """An id that no project has keeps its rows, and the message names id and organisation."""
    script = Script(text("not found", status))

    with pytest.raises(HoldError, match="no project with the id 'p-9' in organisation 'acme'") as c:
        Registrar(script.api, script.logged_in()).route(project_logs(project_id="p-9"))

    assert (c.value.status, c.value.body) == (status, "not found")


@pytest.mark.parametrize("container", [project_logs("demo"), project_logs(project_id="p-1")])
def test_a_refused_key_is_no_unknown_project(container: Container) -> None:
    """A refusal for another reason is held with that reason."""
    script = Script(text("", 403))

    with pytest.raises(HoldError, match=r"project '.*' at .* was refused \(403\)"):
        Registrar(script.api, script.logged_in()).route(container)


def test_a_refused_name_is_held() -> None:
    """A name that the server does not take keeps the rows: none of them is to blame."""
    script = Script(text("bad name", 400))

    with pytest.raises(HoldError, match=r"refused \(400\): bad name"):
        Registrar(script.api, script.logged_in()).route(project_logs("demo"))


def test_a_passing_trouble_is_tried_again_later() -> None:
    """A failure is not remembered."""
    script = Script(text("", 503), FOUND)
    registrar = Registrar(script.api, script.logged_in())

    with pytest.raises(RetryError):
        registrar.route(project_logs("demo"))

    assert registrar.route(project_logs("demo"))["project_id"] == "p-1"


@pytest.mark.parametrize(
    "response", [answer({"id": ""}), answer({"id": 1, "name": "x"}), answer({"id": "x"}), text("")]
)
def test_an_answer_that_is_no_project_is_held(response: HttpResponse) -> None:
    """An answer without id and name comes from another program."""
    script = Script(response)

    with pytest.raises(HoldError, match="Is another program answering there"):
        Registrar(script.api, script.logged_in()).route(project_logs("demo"))
