"""Runs an example with OpenAI played by a provider on this machine.

From the project's directory: ``python examples/loopback examples/guide_annotating_code.py``.
"""

from __future__ import annotations

import os
import runpy
import sys
from pathlib import Path

from provider import start_provider

if __name__ == "__main__":
    program = sys.argv.pop(1)
    os.environ["OPENAI_BASE_URL"] = start_provider()
    os.environ["OPENAI_API_KEY"] = "not needed"
    sys.path[0] = str(Path(program).parent)
    runpy.run_path(program, run_name="__main__")
