"""What `braintrust-otel doctor` looks at, one module for each part."""
