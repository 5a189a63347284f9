"""/readyz, /healthz, /metrics of one process, over HTTP."""

from collections.abc import Callable

from aiohttp import web

# What a probe answers: None if all is well, else what is wrong.
Question = Callable[[], str | None]


class Probes:
    """A small web server in the worker's own event loop: when that hangs, the probes do too.

    Args:
        unready: What keeps it from being ready.
        unhealthy: What is wrong with it.
        exposition: The metrics in Prometheus' text format.
    """

    def __init__(self, unready: Question, unhealthy: Question, exposition: Callable[[], bytes]) -> None:
        self._unready, self._unhealthy, self._exposition = unready, unhealthy, exposition
        app = web.Application()
        app.router.add_get("/readyz", self._readyz)
        app.router.add_get("/healthz", self._healthz)
        app.router.add_get("/metrics", self._metrics)
        self._runner = web.AppRunner(app, access_log=None, handle_signals=False)

    async def start(self, host: str, port: int) -> int:
        """Listen; return the port, which is a free one if `port` is 0.

        Raises:
            OSError: the address is taken or not ours.
        """
        await self._runner.setup()
        await web.TCPSite(self._runner, host, port).start()
        bound: int = self._runner.addresses[0][1]
        return bound

    async def stop(self) -> None:
        """Close the server."""
        await self._runner.cleanup()

    async def _readyz(self, _: web.Request) -> web.Response:
        return _answer(self._unready())

    async def _healthz(self, _: web.Request) -> web.Response:
        return _answer(self._unhealthy())

    async def _metrics(self, _: web.Request) -> web.Response:
        headers = {"Content-Type": "text/plain; version=0.0.4; charset=utf-8"}
        return web.Response(body=self._exposition(), headers=headers)


def _answer(wrong: str | None) -> web.Response:
    return web.Response(status=503 if wrong else 200, text=f"{wrong or 'ok'}\n")
