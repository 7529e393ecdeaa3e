"""Uploading attachments: files and bytes are logged anywhere in a row, and uploaded beside it."""

from pathlib import Path
from tempfile import TemporaryDirectory

import braintrust_otel as braintrust

logger = braintrust.init_logger(project="Attachment example")

with TemporaryDirectory() as directory:
    path = Path(directory) / "input_image.svg"
    path.write_text("<svg xmlns='http://www.w3.org/2000/svg'><circle r='9'/></svg>", "utf-8")

    logger.log(
        input={
            "question": "What is this?",
            "context": braintrust.Attachment(
                data=str(path), filename="user_input.svg", content_type="image/svg+xml"
            ),
        },
        output={
            "answer": "A circle.",
            "proof": [
                braintrust.Attachment(
                    data=b"r = 9", filename="measured.txt", content_type="text/plain"
                )
            ],
        },
    )
    # The file is read when it is uploaded, so it has to be there until then.
    braintrust.flush()
