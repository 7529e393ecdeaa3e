"""The OpenTelemetry boundary: processors, exporter, provider, context."""
