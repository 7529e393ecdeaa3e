"""Deep-linking to spans: the address of a span in the Braintrust app."""

import braintrust_otel as braintrust

braintrust.init_logger(project="Deep links")

with braintrust.start_span(name="linked") as span:
    exported = span.export()

print("From the span:     ", span.permalink())
# Whoever has only the exported text gets the same link.
print("From what it wrote:", braintrust.permalink(exported))
# This one asks nobody: before the first login it needs org_name, given to init_logger.
print("Without a request: ", span.link())
