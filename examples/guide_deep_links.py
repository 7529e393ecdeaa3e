"""Deep-linking to spans: the address of a span in the Braintrust app."""

import braintrust_otel as braintrust

braintrust.init_logger(project="Deep links")

with braintrust.start_span(name="linked") as span:
    print("At once:     ", span.link())
    exported = span.export()

print("For good:    ", span.permalink())
# Whoever has only the exported text gets the same link.
print("From a slug: ", braintrust.permalink(exported))
