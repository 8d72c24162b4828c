"""A program behind a gateway: ``gateway_program.py ADDRESS PREFIX``.

ADDRESS is a port or the path of a unix socket. It shows what reached it, and misbehaves on request.
"""

import asyncio
import gzip
import hashlib
import json
import sys
from contextlib import suppress

from aiohttp import WSCloseCode, web

BLOCK = bytes(range(256)) * 1024
KNOCKS = []  # requests so far
LOST = []  # names of requests whose client went away
routes = web.RouteTableDef()


def seen(request):
    """Describe a request as it came."""
    headers = [[k.decode("latin-1"), v.decode("latin-1")] for k, v in request.raw_headers]
    return {"method": request.method, "target": request.path_qs, "headers": headers}


@routes.view("/seen{rest:.*}")
class Seen(web.View):
    """Shows the request, and what its body was."""

    async def handle(self):
        """Answer any method."""
        size, digest = 0, hashlib.sha256()
        async for chunk in self.request.content.iter_any():
            size += len(chunk)
            digest.update(chunk)
        body = {"size": size, "sha256": digest.hexdigest()}
        answer = {**seen(self.request), "body": body, "raw": self.request.rel_url.raw_path_qs}
        return web.json_response(answer)

    get = post = put = patch = delete = options = handle


@routes.get("/bytes")
async def some_bytes(request):
    """Send so many bytes, with their number or in chunks."""
    left = int(request.query["n"])
    breaks_at = int(request.query.get("breaks_at", "-1"))
    response = web.StreamResponse()
    if "chunked" not in request.query:
        response.content_length = left
    await response.prepare(request)
    try:
        while left:
            step = min(left, len(BLOCK))
            await response.write(BLOCK[:step])
            left -= step
            if left < breaks_at:
                request.transport.abort()
                break
    except (ConnectionError, asyncio.CancelledError):
        LOST.append("bytes")
        raise
    return response


@routes.put("/count")
@routes.post("/count")
async def count(request):
    """Count a body without keeping it."""
    size = 0
    async for chunk in request.content.iter_any():
        size += len(chunk)
    return web.Response(text=str(size))


@routes.put("/early")
async def early(request):
    """Answer without reading the body."""
    response = web.Response(status=409, text="not wanted", headers={"Connection": "close"})
    await response.prepare(request)
    await response.write_eof()
    return response


@routes.put("/abort")
async def abort(request):
    """Hang up in the middle of the body."""
    await request.content.read(1024)
    request.transport.abort()
    return web.Response()


@routes.put("/chunked")
async def chunked(request):
    """Take a body, and answer in chunks."""
    async for _ in request.content.iter_any():
        pass
    response = web.StreamResponse(status=201, reason="As Asked")
    response.enable_chunked_encoding()
    await response.prepare(request)
    for _ in range(3):
        await response.write(b"part;")
    return response


@routes.put("/nothing")
async def nothing(request):
    """Take a body, and answer without one."""
    async for _ in request.content.iter_any():
        pass
    return web.Response(status=204)


@routes.get("/events")
async def events(request):
    """Send events until the client goes away."""
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await response.prepare(request)
    number = 0
    try:
        while True:
            await response.write(f"data: {number}\n\n".encode())
            number += 1
            await asyncio.sleep(0.1)
    except (ConnectionError, asyncio.CancelledError):
        LOST.append("events")
        raise


@routes.get("/slow")
@routes.post("/slow")
async def slow(request):
    """Think for a long time."""
    try:
        await request.read()
        await asyncio.sleep(float(request.query.get("seconds", "60")))
    except asyncio.CancelledError:
        LOST.append("slow")
        raise
    return web.Response(text="at last")


@routes.put("/listen")
async def listen(request):
    """Read a body that may never end."""
    try:
        await request.read()
    except BaseException:
        LOST.append("listen")
        raise
    return web.Response(text="all of it")


@routes.get("/lost")
async def lost(_):
    """Tell whose client went away."""
    return web.json_response(LOST)


@routes.get("/broken")
async def broken(request):
    """Break off in the middle of an answer, or before it."""
    transport = request.transport
    if request.query["how"] == "silent":
        transport.abort()
        return web.Response()
    response = web.StreamResponse()
    if request.query["how"] == "length":
        response.content_length = 1000
    await response.prepare(request)
    await response.write(b"the first part")
    await asyncio.sleep(0.1)
    transport.abort()
    return response


@routes.get("/status/{code}")
async def status(request):
    """Answer with a status and no body."""
    return web.Response(status=int(request.match_info["code"]), headers={"ETag": '"a"'})


@routes.get("/redirect")
async def redirect(request):
    """Send elsewhere."""
    return web.Response(status=302, headers={"Location": request.query["to"]})


@routes.get("/headers")
async def headers(request):
    """Answer with the headers that are asked for."""
    response = web.Response(text="see the headers")
    for name, value in json.loads(request.query["h"]):
        response.headers.add(name, value)
    return response


@routes.get("/file")
async def file(request):
    """Answer with this file or another one, or a part of it."""
    return web.FileResponse(request.query.get("name", __file__))


@routes.get("/gzip")
async def compressed(_):
    """Answer with a compressed body."""
    body = gzip.compress(b"compressed by the program", mtime=0)
    return web.Response(body=body, headers={"Content-Encoding": "gzip", "Vary": "Accept-Encoding"})


@routes.get("/ws")
async def websocket(request):
    """Echo messages; close when told so."""
    if request.query.get("deny"):
        return web.Response(status=int(request.query["deny"]))
    ws = web.WebSocketResponse(protocols=("second", "third"), max_msg_size=0, autoping=True)
    await ws.prepare(request)
    with suppress(ConnectionError):
        if "greet" in request.query:
            await ws.send_json(seen(request))
        async for message in ws:
            if message.data == "close 4001":
                await ws.close(code=4001, message=b"as told")
            elif message.data == "vanish":
                request.transport.abort()
            elif message.type == web.WSMsgType.TEXT:
                await ws.send_str(message.data)
            elif message.type == web.WSMsgType.BINARY:
                await ws.send_bytes(message.data)
    LOST.append(f"ws {ws.close_code}")
    await ws.close(code=WSCloseCode.OK)
    return ws


@routes.get("/knocks")
async def knocks(_):
    """Tell how many requests came, but for this one."""
    return web.json_response(len(KNOCKS))


@web.middleware
async def noting(request, handler):
    """Count requests."""
    if not request.path.endswith("/knocks"):
        KNOCKS.append(request.path)
    return await handler(request)


def main():
    """Serve until killed."""
    address, prefix = sys.argv[1:]
    inner = web.Application(client_max_size=0, middlewares=[noting])
    inner.add_routes(routes)
    app = inner
    if prefix != "/":
        app = web.Application(client_max_size=0)
        app.add_subapp(prefix, inner)
    where = {"path": address} if "/" in address else {"host": "127.0.0.1", "port": int(address)}
    web.run_app(app, **where, print=None, access_log=None, handler_cancellation=True)


if __name__ == "__main__":
    main()
