"""What is patched: the method through which the clients of all AWS services make their calls."""

from __future__ import annotations

from importlib.util import find_spec

from braintrust_otel.instrument import Calls, Patch
from braintrust_otel_bedrock.wrappers import ApiCallWrapper, AsyncApiCallWrapper

__all__ = ["CALLS", "METHOD", "class_patches"]

CALLS = Calls("braintrust-otel-bedrock")
"""Starts the calls of this package."""

METHOD = "_make_api_call"
"""Every method of a client, which is made from the service's description, ends up in this one."""

_AIO = "aiobotocore"


def class_patches(calls: Calls) -> tuple[Patch, ...]:
    """Return the patches of the library's classes, whose calls *calls* starts."""
    patches = [Patch("botocore.client", f"BaseClient.{METHOD}", ApiCallWrapper(calls))]
    if find_spec(_AIO) is not None:
        patches.append(
            Patch(f"{_AIO}.client", f"AioBaseClient.{METHOD}", AsyncApiCallWrapper(calls))
        )
    return tuple(patches)
