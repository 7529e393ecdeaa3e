"""The endpoints of the loopback backend, as functions of a request."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any, Protocol

from support.backend_rows import RowStore

Answer = tuple[int, dict[str, str], bytes]

_JSON = {"content-type": "application/json"}
_NAMES = {
    "/api/apikey/login": "login",
    "/v1/project": "project",
    "/version": "version",
    "/logs3": "logs3",
    "/logs3/overflow": "overflow",
    "/attachment": "attachment",
    "/attachment/status": "status",
}


class Asked(Protocol):
    """What the endpoints look at."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes


def endpoint_of(path: str) -> str:
    """Return the name under which requests to *path* are counted and fail."""
    if path.startswith("/v1/project/"):
        return "project"
    if path.startswith("/uploads/"):
        return "upload"
    if path.startswith("/blobs/"):
        return "blob"
    return _NAMES.get(path, "other")


class Routes:
    """Answers requests properly.

    Attributes:
        projects: Ids by name.
        uploads: Uploaded bodies by key.
        blobs: Bytes of attachments by key.
        statuses: What was reported of attachments, by key.
        commands: What the test's own paths do with a body.
    """

    def __init__(self, store: RowStore, payload_limit: int | None, upload_method: str) -> None:
        self._store = store
        self._payload_limit = payload_limit
        self._upload_method = upload_method
        self.projects: dict[str, str] = {}
        self.uploads: dict[str, bytes] = {}
        self.blobs: dict[str, bytes] = {}
        self.statuses: dict[str, dict[str, Any]] = {}
        self.commands: dict[str, Callable[[bytes], None]] = {}

    def answer(self, asked: Asked, url: str, api_key: str) -> Answer:
        """Return the proper answer to *asked* at the backend *url*."""
        if asked.path in self.commands:
            self.commands[asked.path](asked.body)
            return _json({})
        if asked.path == "/_rows":
            return _json(self._store.stored())
        name = endpoint_of(asked.path)
        authorization = asked.headers.get("authorization")
        if name in ("upload", "blob"):
            signed = self._upload if name == "upload" else self._blob
            return signed(asked) if authorization is None else _text(400, "two credentials")
        if authorization != f"Bearer {api_key}":
            return _text(401, f"unknown key in {authorization!r}")
        handler = getattr(self, f"_{name}", None)
        return _text(404, f"no {asked.path} here") if handler is None else handler(asked, url)

    def add_project(self, name: str) -> str:
        """Return the id of the project called *name*, creating it as needed."""
        return self.projects.setdefault(name, str(uuid.uuid5(uuid.NAMESPACE_DNS, name)))

    def _login(self, asked: Asked, url: str) -> Answer:
        org = {"id": "org-1", "name": "acme", "api_url": url, "proxy_url": url}
        return _json({"org_info": [org]})

    def _version(self, asked: Asked, url: str) -> Answer:
        told = {"version": "1.0.0", "logs3_payload_max_bytes": self._payload_limit}
        return _json({name: value for name, value in told.items() if value is not None})

    def _project(self, asked: Asked, url: str) -> Answer:
        if asked.method == "POST":
            name = json.loads(asked.body)["name"]
            return _json({"id": self.add_project(name), "name": name, "org_id": "org-1"})
        wanted = asked.path.rpartition("/")[2]
        for name, project_id in self.projects.items():
            if project_id == wanted:
                return _json({"id": wanted, "name": name, "org_id": "org-1"})
        return _text(404, "no such project")

    def _logs3(self, asked: Asked, url: str) -> Answer:
        if self._payload_limit is not None and len(asked.body) > self._payload_limit:
            return _text(413, "too large")
        rows = json.loads(asked.body)["rows"]
        if isinstance(rows, dict):
            rows = json.loads(self.uploads[rows["key"]])["rows"]
        return _json({"ids": self._store.write(rows), "xact_id": "1000000000000000001"})

    def _overflow(self, asked: Asked, url: str) -> Answer:
        key = f"upload-{len(self.uploads)}"
        slot: dict[str, Any] = {"method": self._upload_method, "key": key}
        slot["signedUrl"] = f"{url}/uploads/{key}?signature=secret"
        slot["headers"] = {"x-slot": key}
        slot["fields"] = {"key": key, "Content-Type": "application/json"}
        return _json(slot)

    def _attachment(self, asked: Asked, url: str) -> Answer:
        if asked.method == "POST":
            key = json.loads(asked.body)["key"]
            return _json({"signedUrl": f"{url}/blobs/{key}?s=1", "headers": {"X-Blob": key}})
        key = asked.query.rpartition("key=")[2]
        status = self.statuses.get(key, {"upload_status": "uploading"})
        return _json({"downloadUrl": f"{url}/blobs/{key}?s=1", "status": status})

    def _status(self, asked: Asked, url: str) -> Answer:
        told = json.loads(asked.body)
        self.statuses[told["key"]] = told["status"]
        return _json({})

    def _blob(self, asked: Asked) -> Answer:
        key = asked.path.rpartition("/")[2]
        if asked.method == "GET":
            return 200, {}, self.blobs[key]
        self.blobs[key] = asked.body
        return 200, {}, b""

    def _upload(self, asked: Asked) -> Answer:
        key = asked.path.rpartition("/")[2]
        self.uploads[key] = asked.body if asked.method == "PUT" else _file_of(asked)
        return 200, {}, b""


def _file_of(asked: Asked) -> bytes:
    head = f"Content-Type: {asked.headers['content-type']}\r\n\r\n".encode()
    form = BytesParser(policy=HTTP).parsebytes(head + asked.body)
    parts = {
        part.get_param("name", header="content-disposition"): part for part in form.iter_parts()
    }
    return bytes(parts["file"].get_payload(decode=True))


def _json(value: object) -> Answer:
    return 200, dict(_JSON), json.dumps(value).encode()


def _text(status: int, message: str) -> Answer:
    return status, {"content-type": "text/plain"}, message.encode()
