"""Reads what OpenAI's APIs take and give, as other libraries and gateways do too, into row fields.

For instrumentors whose library speaks OpenAI's language: requests, answers and streams of chat
completions, text completions, Responses, embeddings and moderations.
"""

from __future__ import annotations
