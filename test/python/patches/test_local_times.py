"""The patch `local_times`: the flaw in stock CachiBot, and the fix in patched CachiBot."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from cachibot_desktop.patches.local_times import as_utc
from cachibot_process import CachibotProcess
from chat_client import chat
from ollama import Ollama
from server_process import ServerProcess
from systems import needs_posix

MADRID = ZoneInfo("Europe/Madrid")

needs_own_zone = needs_posix("Windows has one time zone for all processes")

TOOLS = """
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo
from cachibot.agent import CachibotAgent
from cachibot.config import Config
from cachibot.models.bot import Bot
from cachibot.plugins.base import PluginContext
from cachibot.plugins.work_management import WorkManagementPlugin
from cachibot.services.scheduler_service import SchedulerService
from cachibot.storage import db
from cachibot.storage.repository import BotRepository
from cachibot.storage.work_repository import ScheduleRepository, TodoRepository

def use_zone(name):
    os.environ["TZ"] = name
    time.tzset()

def clock(moment, zone="Europe/Madrid"):
    "What a clock shows at a time that the database has in UTC."
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return moment.astimezone(ZoneInfo(zone)).strftime("%H:%M")

async def with_tools(work):
    use_zone("Europe/Madrid")
    await db.init_db()
    try:
        now = datetime.now(UTC)
        await BotRepository().upsert_bot(Bot(id="default", name="Bot", model="", systemPrompt="", capabilities={},
                                             createdAt=now, updatedAt=now))
        context = PluginContext(config=Config.load(workspace=WORKSPACE), sandbox=None, bot_id="default", chat_id=None,
                                tool_configs={}, bot_models=None)
        skills = WorkManagementPlugin(context).skills
        async def use(tool, **options):
            result = await skills[tool].fn(**options)
            try:
                return json.loads(result)
            except ValueError:
                raise AssertionError(result)
        return await work(use)
    finally:
        del os.environ["TZ"]
        time.tzset()
        await db.close_db()
"""

REMINDERS = """
async def reminders(use):
    seen = []
    for text in ("20:45", "2027-03-27 20:45", "2027-03-29T20:45"):
        made = await use("todo_create", title="Call", remind_at=text)
        seen.append([made["remind_at"][11:16], clock((await TodoRepository().get(made["id"])).remind_at)])
        made = await use("schedule_create", name="Call", message="Call", run_at=text)
        seen.append([made["next_run_at"][11:16], clock((await ScheduleRepository().get(made["id"])).next_run_at)])
    return seen

answer = asyncio.run(with_tools(reminders))
"""

DAILY = """
async def daily(use):
    made = await use("schedule_create", name="Daily", message="Hi", cron_expression="45 20 * * *")
    repository, scheduler = ScheduleRepository(), SchedulerService()
    async def of(zone):
        return clock((await repository.get(made["id"])).next_run_at, zone)
    at_first = await of("Europe/Madrid")
    use_zone("Asia/Tokyo")
    await scheduler._check_due_schedules()
    elsewhere = await of("Asia/Tokyo")
    await repository.update_next_run(made["id"], datetime.now(UTC) - timedelta(seconds=1))
    await scheduler._check_due_schedules()
    run = await repository.get(made["id"])
    return [made["next_run_at"][11:16], at_first, elsewhere, await of("Asia/Tokyo"), run.run_count, run.timezone]

answer = asyncio.run(with_tools(daily))
"""

TOLD = """
async def told(_use):
    config = Config.load(workspace=WORKSPACE)
    config.agent.model = "ollama/x"
    prompt = CachibotAgent(config=config)._get_system_prompt()
    now = datetime.now(ZoneInfo("Europe/Madrid"))
    date = f"{now:%A}, {now.day} {now:%B %Y}"
    zones = [config.timezone, Config(timezone="Asia/Tokyo").timezone]
    use_zone("Asia/Kolkata")
    return [date in prompt, "Europe/Madrid" in prompt, *zones, config.timezone]

answer = asyncio.run(with_tools(told))
"""


class TestLocalTimes:
    @needs_own_zone
    def test_flaw(self, stock: CachibotProcess) -> None:
        reminders = stock.run(TOOLS + REMINDERS)
        assert "20:45" not in {stored for _said, stored in reminders}
        assert stock.run(TOOLS + DAILY)[1] != "20:45"
        assert stock.run(TOOLS + TOLD) == [False, False, "UTC", "Asia/Tokyo", "UTC"]

    @needs_own_zone
    def test_patch(self, patched: CachibotProcess) -> None:
        assert patched.run(TOOLS + REMINDERS) == [["20:45", "20:45"]] * 6

    @needs_own_zone
    def test_a_daily_schedule_follows_the_clock_into_another_zone(self, patched: CachibotProcess) -> None:
        assert patched.run(TOOLS + DAILY) == ["20:45", "20:45", "20:45", "20:45", 1, "Europe/Madrid"]

    @needs_own_zone
    def test_agents_are_told_the_date_and_the_configuration_names_the_zone(self, patched: CachibotProcess) -> None:
        assert patched.run(TOOLS + TOLD) == [True, True, "Europe/Madrid", "Asia/Tokyo", "Asia/Kolkata"]

    @needs_own_zone
    def test_a_time_that_cannot_be_read_is_refused_in_words(self, patched: CachibotProcess) -> None:
        said = patched.run(
            TOOLS
            + """
async def refused(use):
    try:
        await use("todo_create", title="Call", remind_at="at dusk")
    except AssertionError as problem:
        return str(problem)
answer = asyncio.run(with_tools(refused))
"""
        )
        assert said.startswith("Error: Invalid time format: at dusk.")


@pytest.mark.left_to_ci
def test_a_model_that_sets_a_reminder_sets_it_by_the_users_clock(start: Callable[..., ServerProcess]) -> None:
    call = {"function": {"name": "todo_create", "arguments": {"title": "Call Ada", "remind_at": "20:45"}}}
    message = {"role": "assistant", "content": "", "tool_calls": [call]}
    with Ollama() as model:
        model.failure = (200, json.dumps({"message": message, "done": True}))
        server = start(env={**model.env, "TZ": "Asia/Kolkata"})
        server.wait_until_ready()
        asyncio.run(chat(server, server.sign_up(), "Remind me at 20:45 to call Ada."))
    with closing(sqlite3.connect(server.data / "cachibot.db")) as connection:
        times = {time[11:16] for (time,) in connection.execute("SELECT remind_at FROM todos")}
    assert times == {"15:15"}


@pytest.mark.parametrize(
    ("now", "text", "moment"),
    [
        ("2026-11-28 20:00", "20:45", "2026-11-28 19:45"),
        ("2026-11-28 21:00", " 20:45 ", "2026-11-29 19:45"),
        ("2026-11-28 20:00", "9:05:30", "2026-11-29 08:05:30"),
        # The nights in which the clocks change.
        ("2027-03-27 21:00", "20:45", "2027-03-28 18:45"),
        ("2026-10-24 21:00", "20:45", "2026-10-25 19:45"),
        ("2027-03-27 21:00", "2:30", "2027-03-28 01:30"),
        ("2026-11-28 20:00", "2027-07-01 20:45", "2027-07-01 18:45"),
        ("2026-11-28 20:00", "2027-07-01T20:45:00Z", "2027-07-01 20:45"),
        ("2026-11-28 20:00", "2027-07-01T20:45-04:00", "2027-07-02 00:45"),
        ("2026-11-28 20:00", "in 10 minutes", "2026-11-28 19:10"),
        ("2026-11-28 20:00", "1 h", "2026-11-28 20:00"),
        ("2027-03-28 01:30", "+2 hours", "2027-03-28 02:30"),
        ("2026-11-28 20:00", "25:00", None),
        ("2026-11-28 20:00", "in 99999999999 days", None),
        ("2026-11-28 20:00", "tomorrow", None),
    ],
)
def test_the_moment_that_a_user_means(now: str, text: str, moment: str | None) -> None:
    expected = moment and datetime.fromisoformat(moment).replace(tzinfo=UTC).isoformat()
    assert as_utc(text, datetime.fromisoformat(now).replace(tzinfo=MADRID)) == expected


@pytest.mark.parametrize("text", ["02:45", "2026-10-25T02:45"])
def test_a_time_that_the_clock_shows_twice_is_the_one_to_come(text: str) -> None:
    first = datetime(2026, 10, 25, 2, 30, tzinfo=MADRID)
    assert as_utc(text, first) == "2026-10-25T00:45:00+00:00"
    assert as_utc(text, first.replace(fold=1)) == "2026-10-25T01:45:00+00:00"
