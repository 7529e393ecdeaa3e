"""The same work as tasks of Celery, whose messages are files."""

from __future__ import annotations

import os
import sys

from celery import Celery

from support.zero_code_app import outer

folder = os.environ["ZERO_CODE_MESSAGES"]
celery = Celery("tasks", broker="filesystem://")
celery.conf.broker_transport_options = {
    "data_folder_in": folder,
    "data_folder_out": folder,
    "control_folder": folder,
}
work = celery.task(outer, name="work")

if __name__ == "__main__":
    for number in range(int(sys.argv[1])):
        work.delay(number)
