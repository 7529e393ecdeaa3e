"""The braintrust-otel command."""
