/** Plug-ins for the real server that imitate what an agent may do. CachiBot runs them at startup. */

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Starts a daemon: a process in its own session, with another parent, that ignores every signal it can ignore. */
export const STARTS_A_DAEMON = `
import subprocess
loop = ': "/* daemon */"; trap "" TERM HUP INT; while :; do sleep 1000; done'
subprocess.Popen(["setsid", "--fork", "sh", "-c", loop])
`;

/** Runs an endless search, which holds Python's GIL, once the home contains a file `be-busy`. */
export const HANGS_ON_DEMAND = `
import pathlib, re, threading, time
def search():
    while not (pathlib.Path.home() / "be-busy").exists():
        time.sleep(0.1)
    re.match("(a+)+$", "a" * 200 + "b")
threading.Thread(target=search, daemon=True).start()
`;

/** Installs a plug-in with this source in the home. */
export function installPlugin({ home }: { home: string }, program: string): void {
  const folder = join(home, '.cachibot', 'plugins', 'chaos');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'plugin.toml'), '[plugin]\nname = "chaos"\nversion = "1.0.0"\nauthor = "test"\n');
  const plugin = 'from cachibot.plugins.base import CachibotPlugin\nclass Plugin(CachibotPlugin):\n    pass\n';
  writeFileSync(join(folder, '__init__.py'), `${program}\n${plugin}`);
}
