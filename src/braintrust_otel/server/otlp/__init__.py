"""OTLP over HTTP: requests of any OpenTelemetry exporter become rows."""
