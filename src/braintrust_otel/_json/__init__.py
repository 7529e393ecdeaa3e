"""The one encoder: any Python value becomes JSON text, and JSON text becomes plain values."""

from __future__ import annotations

from braintrust_otel._json.decoding import decode, encode_text, loads, loads_leniently
from braintrust_otel._json.encoding import dumps, encode
from braintrust_otel._json.values import Encoded, JsonValue, Marker

__all__ = [
    "Encoded",
    "JsonValue",
    "Marker",
    "decode",
    "dumps",
    "encode",
    "encode_text",
    "loads",
    "loads_leniently",
]
