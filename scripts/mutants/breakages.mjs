// @ts-check
// Breakages that Stryker cannot make: of processes, Electron, the Python half, packaging. The patterns use only names of
// Node, Electron, Python and tools, so that our own names can change.

/**
 * A way to break the code that a test must notice.
 * @typedef {object} Breakage
 * @property {string} name describes the effect
 * @property {string} folder
 * @property {RegExp} pattern matches exactly once in all source files of the folder
 * @property {string} replacement as for `String.replace`: `$&` is the matched text
 * @property {string[]} tests the test file, and a part of the names of its tests
 */

/** @type {readonly Breakage[]} */
export const BREAKAGES = [
  {
    name: 'processes that the server started outlive it',
    folder: 'desktop',
    pattern: /if \([\w.]+ && (\w+)\.pid !== undefined\) \w+\(\1\.pid\);/,
    replacement: '',
    tests: ['test/real/server/child-process.test.ts', 'the kill of its children'],
  },
  {
    name: 'a server is killed only when `ps` can be run',
    folder: 'desktop',
    pattern: /setTimeout\(\w+, \w+ \? 0 : \w+\);/,
    replacement: '',
    tests: ['test/real/server/child-process.test.ts', 'whose `ps`'],
  },
  {
    name: 'daemonised processes of the server are not found',
    folder: 'desktop',
    pattern: /(?<=splitNul\(await text\(`\/proc\/\$\{pid\}\/)environ/,
    replacement: 'comm',
    tests: ['test/real/server/child-process.test.ts', 'outside its process group'],
  },
  {
    name: 'any server on the port is trusted',
    folder: 'desktop',
    pattern: /return timingSafeEqual\(.*\)(?=;)/,
    replacement: '$& || true',
    tests: ['test/real/server/identity.test.ts'],
  },
  {
    name: 'an old proof of the server can be replayed',
    folder: 'desktop',
    pattern: /(?<=randomBytes\(16\))(?=\.toString)/,
    replacement: '.fill(7)',
    tests: ['test/real/server/identity.test.ts', 'new each time'],
  },
  {
    name: 'a second launch opens a second app',
    folder: 'desktop',
    pattern: /(?<=if \()!requestLock\(/,
    replacement: "app.getName() === '' && $&",
    tests: ['test/real/startup/start.test.ts', 'started again'],
  },
  {
    name: 'the page has another origin on another port',
    folder: 'desktop',
    pattern: /host-resolver-rules/,
    replacement: 'no-such-switch',
    tests: ['test/real/startup/start.test.ts', '5870 is taken'],
  },
  {
    name: 'quitting does not wait for the server',
    folder: 'desktop',
    pattern: /(?<=app\.on\('before-quit'[^;]*;\s*event\.preventDefault)\(\)/,
    replacement: '',
    tests: ['test/real/startup/quit.test.ts', 'needs a moment'],
  },
  {
    name: 'the machine shuts down before the server has exited',
    folder: 'desktop',
    pattern: /(?<=event\?\.preventDefault)\(\)/,
    replacement: '',
    tests: ['test/real/system/power.test.ts', 'the machine is shut down'],
  },
  {
    name: 'the end of a Windows session is not noticed',
    folder: 'desktop',
    pattern: /(?<=\.on\(')session-end/,
    replacement: 'app-command',
    tests: ['test/real/system/power.test.ts', 'the session of Windows ends'],
  },
  {
    name: 'any page may send any request to the shell',
    folder: 'desktop',
    pattern: /(?<=ipcMain\.handle\([\s\S]{0,200}if \()(.*)(?=\)\s*throw)/,
    replacement: "name === ('' as string) && ($&)",
    tests: ['test/real/security/navigation-guards.test.ts', 'a page that is not ours'],
  },
  {
    name: 'redirects to any address are followed',
    folder: 'desktop',
    pattern: /(?<=\.on\(')will-redirect(?=', (\w+)\);\s*\w+\.on\('will-frame-navigate', \w+ =>)/,
    replacement: 'will-navigate',
    tests: ['test/real/security/navigation-guards.test.ts', 'redirect'],
  },
  {
    name: 'the page may use every permission',
    folder: 'desktop',
    pattern:
      /(?<=setPermissionRequestHandler\([\s\S]{0,600}reply\()\w+(?=\);\s*\}\);\s*\w+\.setPermissionCheckHandler)/,
    replacement: 'true',
    tests: ['test/real/security/navigation-guards.test.ts', 'does not need'],
  },
  {
    name: 'a click by a script opens the browser',
    folder: 'desktop',
    pattern: /!event\.isTrusted \|\| /,
    replacement: '',
    tests: ['test/real/security/links.test.ts', 'while the user clicks elsewhere'],
  },
  {
    name: 'the server answers requests without a token',
    folder: 'desktop',
    pattern: / and hmac\.compare_digest\([\w.]+, [\w.]+\)/,
    replacement: '',
    tests: ['test/python/gateway/test_access_policy.py'],
  },
  {
    name: 'the server accepts a token in its environment, which other programs can read',
    folder: 'desktop',
    pattern: /if \w+\.pop\(REFUSED_TOKEN, None\) is not None:/,
    replacement: 'if False:',
    tests: ['test/python/process/test_token.py', 'environment_is_refused'],
  },
  {
    name: 'responses have no Content-Security-Policy',
    folder: 'desktop',
    pattern: /\(b"content-security-policy", .*\),/,
    replacement: '',
    tests: ['test/python/gateway/test_gateway.py'],
  },
  {
    name: 'the server does not exit when the app closes its stdin',
    folder: 'desktop',
    pattern: /stdin\.watch\(.*\)/,
    replacement: 'pass',
    tests: ['test/python/process/test_shutdown.py'],
  },
  {
    name: 'a full disk is not reported',
    folder: 'desktop',
    pattern: /return \w+\.errno in \(errno\.ENOSPC, errno\.EDQUOT\)/,
    replacement: 'return False',
    tests: ['test/python/data/test_full_disk.py', 'fills_up'],
  },
  {
    name: 'a changed installer passes the check before publishing',
    folder: 'scripts',
    pattern: /\(await \w+\(\w+, 'sha512', 'base64'\)\) !== \w+/,
    replacement: 'false',
    tests: ['test/scripts/release/release.test.ts', 'a changed byte'],
  },
  {
    name: 'an installer with an invalid signature passes',
    folder: 'scripts',
    pattern: /!line\.startsWith\('Valid '\)/,
    replacement: "line === ''",
    tests: ['test/scripts/release/verify-notarization.test.ts', 'fails for a signature that is not valid'],
  },
];
