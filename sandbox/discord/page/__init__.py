"""The page: a chat client in the browser. What it loads lies in `built`, made from `src` by `make page`."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
from aiohttp import hdrs, web

BUILT = Path(__file__).parent / "built"
_FILES = {
    "page.js": "text/javascript; charset=utf-8",
    "page.css": "text/css; charset=utf-8",
    "index.html": "text/html; charset=utf-8",
    "icon.svg": "image/svg+xml",
}
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
# Pictures and films come from the stand-in, or as links from another port of this machine.
_MEDIA = "'self' blob: data: http://127.0.0.1:* http://localhost:*"
_POLICY = (
    f"default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    f"img-src {_MEDIA}; media-src {_MEDIA}; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}
# What a browser may do with a file that somebody attached: show it, and never run what is in it.
ATTACHMENT_HEADERS = {"Content-Security-Policy": "sandbox; default-src 'none'", "X-Content-Type-Options": "nosniff"}
_FORWARDED = ("Content-Type", "Accept")
_BACKSTAGE = "/sandbox/backstage"


class Page:
    """`backstage` is the address of what answers /sandbox/backstage, for whoever starts the stand-in beside a bot."""

    def __init__(self, backstage: str | None) -> None:
        self._backstage = backstage

    def routes(self, gateway: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> list[web.RouteDef]:
        """The address itself is the gateway's, too: who wants to upgrade is no browser that opens a page."""

        async def home(request: web.Request) -> web.StreamResponse:
            if request.headers.get(hdrs.UPGRADE, "").lower() == "websocket":
                return await gateway(request)
            return _file("index.html")

        async def file(request: web.Request) -> web.StreamResponse:
            return _file(request.match_info["name"])

        return [
            web.get("/", home),
            web.get("/sandbox/page/{name}", file),
            web.route("*", _BACKSTAGE + "{rest:.*}", self._forward),
        ]

    async def _forward(self, request: web.Request) -> web.StreamResponse:
        """To the backstage, as it is; 404 where there is none, 502 where it does not answer."""
        if self._backstage is None:
            return web.json_response({"error": "there is no backstage"}, status=HTTPStatus.NOT_FOUND)
        url = f"{self._backstage}{request.rel_url.raw_path.removeprefix(_BACKSTAGE) or '/'}?{request.query_string}"
        headers = {name: request.headers[name] for name in _FORWARDED if name in request.headers}
        try:
            async with (
                aiohttp.ClientSession() as session,
                session.request(request.method, url, data=await request.read(), headers=headers) as answer,
            ):
                body = await answer.read()
                return web.Response(status=answer.status, body=body, content_type=answer.content_type)
        except aiohttp.ClientError as error:
            return web.json_response({"error": str(error)}, status=HTTPStatus.BAD_GATEWAY)


def _file(name: str) -> web.StreamResponse:
    if name not in _FILES:
        return web.Response(status=HTTPStatus.NOT_FOUND)
    return web.Response(body=(BUILT / name).read_bytes(), headers={**_HEADERS, "Content-Type": _FILES[name]})


@web.middleware
async def loopback_only(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Refuse what another site makes a browser send: a foreign Host, a foreign Origin, a request across sites.

    A page elsewhere may point its own name at this machine, and then its scripts are of one origin with the stand-in;
    the Host tells. Libraries send neither Origin nor Sec-Fetch-Site.
    """
    host = urlsplit(f"//{request.headers.get(hdrs.HOST, '')}").hostname
    origin = request.headers.get(hdrs.ORIGIN)
    site = request.headers.get("Sec-Fetch-Site", "none")
    follows_a_link = request.headers.get("Sec-Fetch-Mode") == "navigate" and request.method == hdrs.METH_GET
    if host not in _LOOPBACK or (origin is not None and urlsplit(origin).netloc != request.headers.get(hdrs.HOST)):
        return web.json_response({"error": "this is for this machine only", "problems": {}}, status=403)
    if site not in {"none", "same-origin"} and not follows_a_link:
        return web.json_response({"error": "not for other sites", "problems": {}}, status=403)
    return await handler(request)
