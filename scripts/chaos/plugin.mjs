// @ts-check
// A plug-in for the real server: what an agent may do, done on purpose. It runs when CachiBot loads it, at its start.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A process in a session of its own, with another parent, that minds no signal it can mind. */
export const STARTS_A_DAEMON = `
import subprocess
loop = ': "/* daemon */"; trap "" TERM HUP INT; while :; do sleep 1000; done'
subprocess.Popen(["setsid", "--fork", "sh", "-c", loop])
`;

/** A search that takes longer than the universe has, and lets no other thread run; it begins once there is a file. */
export const IS_BUSY_ONCE_TOLD = `
import pathlib, re, threading, time
def search():
    while not (pathlib.Path.home() / "be-busy").exists():
        time.sleep(0.1)
    re.match("(a+)+$", "a" * 200 + "b")
threading.Thread(target=search, daemon=True).start()
`;

/** @param {{ home: string }} run @param {string} program */
export function layPlugin({ home }, program) {
  const folder = join(home, '.cachibot', 'plugins', 'chaos');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'plugin.toml'), '[plugin]\nname = "chaos"\nversion = "1.0.0"\nauthor = "test"\n');
  const plugin = 'from cachibot.plugins.base import CachibotPlugin\nclass Plugin(CachibotPlugin):\n    pass\n';
  writeFileSync(join(folder, '__init__.py'), `${program}\n${plugin}`);
}
