"""HTTP to a Braintrust server: knows endpoints, not threads."""
