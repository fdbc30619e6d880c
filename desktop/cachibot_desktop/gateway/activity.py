"""The server's running work. The shell requests it before an update; the server's own shutdown waits for it."""

from __future__ import annotations

import functools
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any


@dataclass
class Activity:
    """Counts of what runs right now."""

    requests: int = 0
    """HTTP requests that the application is answering."""
    answers: int = 0
    """Runs of an agent: chats, rooms, platform messages."""
    sockets: int = 0
    """Open WebSockets, idle or not."""

    @property
    def jobs(self) -> int:
        """Background jobs of the Work page. cachibot keeps them; asking must not import it."""
        module = sys.modules.get("cachibot.services.job_runner")
        runner = getattr(module, "_job_runner", None)
        return len(getattr(runner, "_running_jobs", ()))

    @property
    def idle(self) -> bool:
        """Nothing would be cut off by ending now; an idle WebSocket is nothing."""
        return self.jobs == self.answers == self.requests == 0

    def as_json(self) -> dict[str, int]:
        """The shape the shell is told."""
        return {"jobs": self.jobs, "streams": self.answers + self.requests, "sockets": self.sockets}

    def count_answers_of(self, agent_class: type[Any]) -> None:
        """Count each run of an agent, streamed or not, until it has ended."""
        run, run_stream = agent_class.run, agent_class.run_stream

        @functools.wraps(run)
        async def counted_run(agent: Any, *args: Any, **options: Any) -> Any:
            self.answers += 1
            try:
                return await run(agent, *args, **options)
            finally:
                self.answers -= 1

        @functools.wraps(run_stream)
        async def counted_stream(agent: Any, *args: Any, **options: Any) -> AsyncIterator[Any]:
            self.answers += 1
            try:
                async for event in run_stream(agent, *args, **options):
                    yield event
            finally:
                self.answers -= 1

        agent_class.run, agent_class.run_stream = counted_run, counted_stream
