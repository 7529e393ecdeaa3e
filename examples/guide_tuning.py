"""Tuning parameters: with BRAINTRUST_SYNC_FLUSH only flush sends, and it says when that fails.

The variables are read when the logger is made, so set them before, or outside the program.
"""

import os

import braintrust_otel as braintrust

os.environ["BRAINTRUST_SYNC_FLUSH"] = "1"
os.environ["BRAINTRUST_QUEUE_SIZE"] = "0"  # no limit, as nothing is sent meanwhile

logger = braintrust.init_logger(project="Tuning")

for number in range(3):
    logger.log(input=number, output=number * number)

try:
    logger.flush()
except braintrust.FlushError as error:
    print("Not delivered yet:", error)
else:
    print("Delivered.")
