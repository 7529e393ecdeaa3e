"""Projects: get or create by name, read by id, list."""

from __future__ import annotations

from braintrust_otel._model.http import HttpResponse
from braintrust_otel.server.routes.calls import Call, Refusal, answer
from braintrust_otel.server.store import Project

__all__ = ["create_project", "get_project", "list_projects"]


def create_project(call: Call) -> HttpResponse:
    """Answer with the project of that name, which is made if there is none."""
    name = call.json_object().get("name")
    if not isinstance(name, str) or not name.strip():
        raise Refusal(400, "A project needs a `name` (a text that is not empty).")
    return answer(_shown(call, call.store.ensure_project(name)))


def get_project(call: Call) -> HttpResponse:
    """Answer with the project of that id."""
    project_id = call.params["project_id"]
    project = call.store.project(project_id)
    if project is None:
        raise Refusal(
            404,
            f"There is no project {project_id} in the store {call.store.place}. Check the id, or "
            "give the project's name and it is made.",
        )
    return answer(_shown(call, project))


def list_projects(call: Call) -> HttpResponse:
    """Answer with all projects, or with the one that ``project_name`` names."""
    projects = call.store.projects(call.first("project_name"))
    return answer({"objects": [_shown(call, project) for project in projects]})


def _shown(call: Call, project: Project) -> dict[str, str]:
    return {
        "id": project.id,
        "name": project.name,
        "org_id": call.settings.org_id,
        "created": project.created,
    }
