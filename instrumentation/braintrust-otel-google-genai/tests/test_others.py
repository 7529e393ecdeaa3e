"""Embeddings and images over a real connection."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import pytest
from google.genai import types

from braintrust_otel_google_genai.clients import wrap_client
from support.google_calls import closing, vertex_client_of
from support.provider import Provider, Reply
from support.spans import FakeTracer

# Some methods say that they will be gone one day.
pytestmark = pytest.mark.filterwarnings("ignore:The .* method is deprecated")

PNG = b"\x89PNG\r\n\x1a\n" + bytes(8)
MADE = {"predictions": [{"bytesBase64Encoded": b64encode(PNG).decode(), "mimeType": "image/png"}]}


def test_embedding_tells_its_length(provider: Provider, client: Any, tracer: FakeTracer) -> None:
    """The row holds the texts and how long the vectors are, not the vectors."""
    vectors = [{"values": [0.5, 0.25, 0.125]}] * 2
    provider.will(Reply({"embeddings": vectors}))

    found = client.models.embed_content(model="tiny", contents=["a", "b"])

    assert found.embeddings[0].values == [0.5, 0.25, 0.125]
    assert (tracer.span.name, tracer.span.type) == ("Embedding", "llm")
    assert tracer.span.fields == {
        "input": ["a", "b"],
        "output": {"embedding_length": 3},
        "metadata": {"provider": "google", "model": "tiny"},
    }
    assert not tracer.bugs


async def test_embedding_of_vertex_tells_its_tokens(provider: Provider, tracer: FakeTracer) -> None:
    """Where tokens are told of each text, the row has their sum."""
    statistics = {"token_count": 2, "truncated": False}
    prediction = {"embeddings": {"values": [0.5], "statistics": statistics}}
    provider.will(Reply({"predictions": [prediction, prediction]}))

    with closing(vertex_client_of(provider.url)) as made:
        wrap_client(made, tracer.calls()).models.embed_content(
            model="text-embedding-005", contents=["a", "b"]
        )

    assert tracer.span.fields["metrics"] == {"prompt_tokens": 4, "tokens": 4}


def test_images_are_attached(provider: Provider, tracer: FakeTracer) -> None:
    """Images that were made stand on the row as attachments; the user has their bytes."""
    provider.will(Reply(MADE))

    with closing(vertex_client_of(provider.url)) as made:
        models = wrap_client(made, tracer.calls()).models
        found = models.generate_images(model="tiny", prompt="a cat")

    assert found.generated_images[0].image.image_bytes == PNG
    assert (tracer.span.name, tracer.span.fields["input"]) == ("generate_images", "a cat")
    ((image,),) = [tracer.span.fields["output"]]
    assert image["image_url"]["url"].data == PNG
    assert not tracer.bugs


@pytest.mark.parametrize("method", ["edit_image", "upscale_image"])
def test_images_that_go_in_are_attached(
    provider: Provider, tracer: FakeTracer, method: str
) -> None:
    """What an image is made from stands on the row as well."""
    image = types.Image(image_bytes=PNG, mime_type="image/png")
    reference = types.RawReferenceImage(reference_id=1, reference_image=image)
    asked: dict[str, Any] = {
        "edit_image": {"prompt": "a cat", "reference_images": [reference]},
        "upscale_image": {"image": image, "upscale_factor": "x2"},
    }
    provider.will(Reply(MADE))

    with closing(vertex_client_of(provider.url)) as made:
        models = wrap_client(made, tracer.calls()).models
        getattr(models, method)(model="tiny", **asked[method])

    assert tracer.span.name == method
    assert tracer.span.fields["metadata"] == {"provider": "vertex", "model": "tiny"}
    given = tracer.span.fields["input"]
    held = (
        given["image"]
        if method == "upscale_image"
        else given["referenceImages"][0]["referenceImage"]
    )
    assert held["image_url"]["url"].data == PNG
    assert not tracer.bugs
