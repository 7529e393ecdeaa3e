"""Serves an application on a free port until the process is told to end."""

from __future__ import annotations

import socket
import sys

import uvicorn
from starlette.applications import Starlette


def serve(app: Starlette) -> None:
    """Print the port, then serve."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        sys.stdout.write(f"{listening.getsockname()[1]}\n")
        sys.stdout.flush()
        config = uvicorn.Config(app, log_level="error", lifespan="on")
        uvicorn.Server(config).run([listening])
