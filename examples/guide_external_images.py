"""Linking to external images: the address of an image, or a data URL, is logged as it is."""

import braintrust_otel as braintrust

logger = braintrust.init_logger(project="External images")

logger.log(
    input={
        "question": "Which of the two is a cat?",
        "first": "https://example.com/first.jpg",
        # In this form it is taken for an image whatever its address looks like.
        "second": {"image_url": {"url": "https://example.com/pictures?id=2"}},
    },
    output="The second.",
)
