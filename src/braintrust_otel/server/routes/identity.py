"""Who the client is, and what the server is: login, ping, version."""

from __future__ import annotations

from braintrust_otel._model.http import HttpResponse
from braintrust_otel.server.routes.calls import Call, answer

__all__ = ["log_in", "ping", "version"]


def log_in(call: Call) -> HttpResponse:
    """Answer a login with the one organisation; the other hosts are this server, too."""
    organisation = {
        "id": call.settings.org_id,
        "name": call.settings.org_name,
        "api_url": call.origin,
        "proxy_url": call.origin,
        "is_universal_api": True,
    }
    return answer({"org_info": [organisation]})


def ping(call: Call) -> HttpResponse:
    """Answer who is asking: here there is one user."""
    return answer({"org_id": call.settings.org_id, "org_name": call.settings.org_name})


def version(call: Call) -> HttpResponse:
    """Answer with the version and the largest request body, which also announces overflow."""
    return answer(
        {
            "version": call.settings.version,
            "logs3_payload_max_bytes": call.settings.payload_max_bytes,
        }
    )
