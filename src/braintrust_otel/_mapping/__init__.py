"""Spans to rows: pure functions over a neutral view of a span."""
