"""Plain values: no I/O, no threads, no OpenTelemetry."""
