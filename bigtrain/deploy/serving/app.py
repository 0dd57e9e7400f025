"""The HTTP application: MLflow's protocol, metrics, and a page that says how to ask."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from mlflow.version import VERSION
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from bigtrain.deploy.serving.features import Features, UnsupportedMediaError, check_media, read_features
from bigtrain.deploy.serving.page import openapi, page
from bigtrain.deploy.serving.served import Follower, Served
from bigtrain.errors import DataError

LARGEST_BODY = 16 << 20
"""Bytes of a request; more belongs into a file, for `bigtrain.predict`."""

MOST_READ = 16 * LARGEST_BODY
"""Bytes of a body that is too large after which the connection is ended without an answer being seen."""

SHORT_BODY = 1 << 14
"""Bytes that are predicted at once where that is quick; what is longer must not keep others waiting."""

Handler = Callable[[Request], Awaitable[Response]]


class BodyTooLargeError(DataError):
    """More bytes than a request may have."""


def make_app(follower: Follower) -> Starlette:
    """Return the application over whatever `follower` has at the time of a request."""
    metrics = follower.metrics

    async def ping(_request: Request) -> Response:
        return Response("\n", media_type="application/json")

    async def version(_request: Request) -> Response:
        return Response(VERSION, media_type="application/json")

    async def invocations(request: Request) -> Response:
        served = follower.current
        media = check_media(request.headers.get("content-type"))
        body = await _body(request)
        if served.scorer.quick and len(body) <= SHORT_BODY:
            answer, rows = _predictions(served, body, media)
        else:
            answer, rows = await asyncio.to_thread(_predictions, served, body, media)
        metrics.rows += rows
        return Response(answer, media_type="application/json")

    async def counted(_request: Request) -> Response:
        return Response(metrics.text(follower.current.labels), media_type="text/plain; version=0.0.4")

    async def description(_request: Request) -> Response:
        return JSONResponse(openapi(follower.current.model))

    async def documentation(_request: Request) -> Response:
        return HTMLResponse(page(follower.current.model))

    def measured(handler: Handler) -> Handler:
        async def answer(request: Request) -> Response:
            began = time.perf_counter()
            response = await _answered(handler, request)
            metrics.request(request.url.path, response.status_code, time.perf_counter() - began)
            return response

        return answer

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        following = asyncio.create_task(follower.follow())
        yield
        following.cancel()

    return Starlette(
        routes=[
            Route("/invocations", measured(invocations), methods=["POST"]),
            Route("/ping", measured(ping)),
            Route("/health", measured(ping)),
            Route("/version", measured(version)),
            Route("/metrics", counted),
            Route("/openapi.json", description),
            Route("/docs", documentation),
            Route("/", documentation),
        ],
        lifespan=lifespan,
    )


async def _answered(handler: Handler, request: Request) -> Response:
    """Return the handler's answer, or what was wrong, in the shape of MLflow's errors."""
    try:
        return await handler(request)
    except BodyTooLargeError as error:
        # The rest of the body is not read, so the connection is of no more use.
        return _error(413, "PAYLOAD_TOO_LARGE", str(error), {"Connection": "close"})
    except UnsupportedMediaError as error:
        return _error(415, "UNSUPPORTED_MEDIA_TYPE", str(error))
    except DataError as error:
        return _error(400, "BAD_REQUEST", str(error))
    except ClientDisconnect:
        return Response(status_code=499)  # nobody reads it; as nginx counts them
    except Exception as error:  # the client is told that, and no more
        sys.stderr.write(f"error: unexpected {type(error).__name__}: {error}\n")
        return _error(500, "INTERNAL_ERROR", "unexpected error, see the server's own output")


def _error(status: int, code: str, message: str, headers: dict[str, str] | None = None) -> Response:
    return JSONResponse({"error_code": code, "message": message}, status, headers)


async def _body(request: Request) -> bytes:
    """Return the whole body, and keep nothing of one that is too large."""
    said = request.headers.get("content-length", "")
    size = int(said) if said.isdigit() else 0
    if size > LARGEST_BODY and "expect" in request.headers:
        raise _too_large()  # the client asked before it sends
    body, size = bytearray(), 0
    async for part in request.stream():
        size += len(part)
        if size > MOST_READ:
            break
        # Read on: a client that can't send to the end may never see the answer.
        if size <= LARGEST_BODY:
            body += part
        else:
            body.clear()
    if size > LARGEST_BODY:
        raise _too_large()
    return bytes(body)


def _too_large() -> BodyTooLargeError:
    hint = "send fewer rows at a time, or give a file to bigtrain.predict"
    return BodyTooLargeError(f"more than {LARGEST_BODY >> 20} MB", where="body", hint=hint)


def _predictions(served: Served, body: bytes, media: str) -> tuple[bytes, int]:
    """Return the answer and the number of its rows."""
    features: Features = read_features(body, media, served.model.columns)
    predicted = served.scorer.predict(features).tolist()
    try:
        answer = json.dumps({"predictions": predicted}, allow_nan=False)
    except ValueError:
        row = next(row for row, value in enumerate(predicted) if not abs(value) < float("inf"))
        raise DataError("its prediction is no finite number", where=f"row {row + 1}") from None
    return answer.encode(), len(predicted)
