"""The patch `work_folder`: the flaw in stock CachiBot, and the fix in patched CachiBot."""

from __future__ import annotations

from cachibot_process import CachibotProcess

# The project contains settings that would count if it were CachiBot's own folder.
CHOOSE = """
    from cachibot.config import Config
    project = HOME / "Project"
    project.mkdir(exist_ok=True)
    (project / "cachibot.toml").write_text('[agent]\\nmodel = "foreign/model"\\n')
    (HOME / ".cachibot").mkdir(exist_ok=True)
    choice = HOME / ".cachibot" / "work-folder.json"
    choice.write_text(json.dumps({"folder": str(project)}))
    before = Config.load()
    os.chdir(project)
    config, of_workspace = Config.load(), Config.load(workspace=WORKSPACE)
    os.chdir(WORKSPACE)
    answer = [str(each.workspace_path.relative_to(HOME)) for each in (before, config, of_workspace)]
    answer.append(config.agent.model == "foreign/model")
    choice.unlink()
    answer.append(str(config.workspace_path.relative_to(HOME)))
"""


class TestWorkFolder:
    def test_flaw(self, stock: CachibotProcess) -> None:
        assert stock.run(CHOOSE) == ["CachiBot", "Project", "CachiBot", True, "Project"]

    def test_patch(self, patched: CachibotProcess) -> None:
        assert patched.run(CHOOSE) == ["Project", "Project", "Project", False, "CachiBot"]
