/** The smoke test starts the frozen server with the environment that the app gives it. */

import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { serverEnvironment } from '../../../desktop/server/core/environment';
import { interpreter } from '../../../scripts/setup/python.mjs';

const root = join(__dirname, '..', '..', '..');
const PRINT = `
import json, os, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
import smoke
print(json.dumps(smoke.environment(os.environ, Path("home"), Path("work"), 5870)))
`;
/** Differs in each run. */
const OF_THE_RUN = ['CACHIBOT_DESKTOP_PARENT', 'CACHIBOT_DESKTOP_RUN', 'CACHIBOT_DESKTOP_CALLER_ENV'];

it('has the variables that the app sets, removes those that it removes, and keeps all others', () => {
  // Python's os.environ has names in capitals on Windows.
  const nameOf = (name: string) => (process.platform === 'win32' ? name.toUpperCase() : name);
  const caller = {
    ...Object.fromEntries(Object.entries(process.env).map(([name, value]) => [nameOf(name), value])),
    PYTHONCOERCECLOCALE: '0', // without a locale, Python would add LC_CTYPE
    DATABASE_URL: 'postgresql://elsewhere',
    PYTHONPATH: join(root, 'nowhere'),
    ELECTRON_RUN_AS_NODE: '1',
    CACHIBOT_DESKTOP_TOKEN: 'secret',
    ANOTHER: 'kept',
  };
  const args = ['-c', PRINT, join(root, 'scripts', 'backend')];
  const smoke = JSON.parse(execFileSync(interpreter(root, 'python'), args, { encoding: 'utf8', env: caller }));
  const app = serverEnvironment(caller, {
    home: 'home',
    homeVariable: process.platform === 'win32' ? 'USERPROFILE' : 'HOME',
    workspace: 'work',
    port: 5870,
    proxy: 'system',
    identity: 'token',
    version: '0.0.0',
    hangFile: join('home', 'hang.txt'),
    profile: join('home', 'profile'),
    shellPid: 1,
    runId: 'run',
    open: { v1: false, webhooks: false },
  });
  expect(Object.keys(smoke).sort()).toEqual(Object.keys(app).sort());
  expect(smoke).toMatchObject(Object.fromEntries(Object.entries(app).filter(([name]) => !OF_THE_RUN.includes(name))));
  const restored = (env: typeof app) => JSON.parse(env['CACHIBOT_DESKTOP_CALLER_ENV'] ?? '');
  expect(restored(smoke)).toEqual(restored(app));
});
