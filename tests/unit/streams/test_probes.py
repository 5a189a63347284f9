"""What an orchestrator asks over HTTP."""

import aiohttp

from streams.probes import Probes


async def _get(port: int, path: str) -> tuple[int, str]:
    async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port}{path}") as answer:
        return answer.status, await answer.text()


async def test_readiness_follows_the_worker() -> None:
    """503 with the reason until it is ready; 200 then."""
    wrong: list[str | None] = ["not ready"]
    probes = Probes(lambda: wrong[0], lambda: None, lambda: b"")
    port = await probes.start("127.0.0.1", 0)
    try:
        assert await _get(port, "/readyz") == (503, "not ready\n")
        assert await _get(port, "/healthz") == (200, "ok\n")
        wrong[0] = None
        assert await _get(port, "/readyz") == (200, "ok\n")
    finally:
        await probes.stop()


async def test_metrics_are_served_as_they_are() -> None:
    """Prometheus' text format."""
    probes = Probes(lambda: None, lambda: "stalled", lambda: b"ebr_ready 1.0\n")
    port = await probes.start("127.0.0.1", 0)
    try:
        assert await _get(port, "/metrics") == (200, "ebr_ready 1.0\n")
        assert await _get(port, "/healthz") == (503, "stalled\n")
    finally:
        await probes.stop()
