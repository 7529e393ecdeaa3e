"""The composition root: the one place that joins the parts, and the process's only state."""

from __future__ import annotations

from braintrust_otel._runtime.root import Root, root

__all__ = ["Root", "root"]
