"""Counts the server's running work. The shell requests the counts before it quits; the shutdown waits for the work."""

from __future__ import annotations

import functools
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any


@dataclass
class Activity:
    """Counts of the work that runs now."""

    requests: int = 0
    """HTTP requests in progress in the application."""
    agent_runs: int = 0
    """Runs of an agent: chats, rooms, platform messages."""
    sockets: int = 0
    """Open WebSockets, idle or not."""

    @property
    def jobs(self) -> int:
        """Number of background jobs of the Work page, from cachibot's module if it has been imported."""
        module = sys.modules.get("cachibot.services.job_runner")
        runner = getattr(module, "_job_runner", None)
        return len(getattr(runner, "_running_jobs", ()))

    @property
    def idle(self) -> bool:
        """Whether a shutdown now would interrupt nothing. Open WebSockets do not count."""
        return self.jobs == self.agent_runs == self.requests == 0

    def as_json(self) -> dict[str, int]:
        """Return the body of GET /api/desktop/activity."""
        streams = self.agent_runs + self.requests
        return {"jobs": self.jobs, "answers": self.agent_runs, "streams": streams, "sockets": self.sockets}

    def count_agent_runs(self, agent_class: type[Any]) -> None:
        """Wrap `agent_class` so that `agent_runs` counts its runs, streamed or not."""
        run, run_stream = agent_class.run, agent_class.run_stream

        @functools.wraps(run)
        async def counted_run(agent: Any, *args: Any, **options: Any) -> Any:
            self.agent_runs += 1
            try:
                return await run(agent, *args, **options)
            finally:
                self.agent_runs -= 1

        @functools.wraps(run_stream)
        async def counted_stream(agent: Any, *args: Any, **options: Any) -> AsyncIterator[Any]:
            self.agent_runs += 1
            try:
                async for event in run_stream(agent, *args, **options):
                    yield event
            finally:
                self.agent_runs -= 1

        agent_class.run, agent_class.run_stream = counted_run, counted_stream
