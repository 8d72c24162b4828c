"""The program behind the proxies that are compared: ``gateway_program.py PORT FILE``.

It answers small requests, sends a file by ``sendfile`` and what it makes up, counts what it gets,
and echoes websocket messages. Its paths may stand under any other: proxies keep a route's prefix.
"""

import sys

from aiohttp import web

BLOCK = bytes(range(256)) * 1024
FILE = web.AppKey("file", str)
routes = web.RouteTableDef()


@routes.get("/{before:.*}small")
async def small(_):
    """Answer as an API would."""
    return web.json_response({"status": "ok", "items": list(range(20))})


@routes.get("/{before:.*}file")
async def file(request):
    """Send the file."""
    return web.FileResponse(request.app[FILE], headers={"Content-Type": "application/x-tar"})


@routes.get("/{before:.*}made")
async def made(request):
    """Send so many bytes."""
    left = int(request.query["n"])
    response = web.StreamResponse()
    response.content_length = left
    await response.prepare(request)
    while left:
        step = min(left, len(BLOCK))
        await response.write(BLOCK[:step])
        left -= step
    return response


@routes.put("/{before:.*}count")
async def count(request):
    """Count a body."""
    size = 0
    async for chunk in request.content.iter_any():
        size += len(chunk)
    return web.Response(text=str(size))


@routes.get("/{before:.*}ws")
async def echo(request):
    """Send each message back."""
    ws = web.WebSocketResponse(max_msg_size=0, compress=False)
    await ws.prepare(request)
    async for message in ws:
        await ws.send_bytes(message.data)
    return ws


def main():
    """Serve until killed."""
    port, path = sys.argv[1:]
    app = web.Application(client_max_size=0)
    app[FILE] = path
    app.add_routes(routes)
    web.run_app(app, host="127.0.0.1", port=int(port), print=None, access_log=None)


if __name__ == "__main__":
    main()
