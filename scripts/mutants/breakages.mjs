// @ts-check

/**
 * One way to break the code that a test must notice.
 * @typedef {object} Breakage
 * @property {string} name what goes wrong, in words
 * @property {string} file
 * @property {string} from stands in the file exactly once
 * @property {string} to
 * @property {string[]} tests the test file, and what to pick from it
 */

const NAVIGATION = 'desktop/core/navigation.ts';
const BACKEND = 'desktop/backend.ts';
const HOST = 'desktop/backend-host.ts';
const PROBE = 'desktop/probe.ts';
const DOOR = 'desktop/cachibot_desktop/door.py';
const VISITOR = 'desktop/cachibot_desktop/visitor.py';
const LIFE = 'desktop/cachibot_desktop/life.py';
const EVERY_MEND = 'desktop/cachibot_desktop/upstream/every.py';

/** @type {readonly Breakage[]} */
export const BREAKAGES = [
  {
    name: 'exit code 0 during the start is no failure',
    file: HOST,
    from: 'if (code === PORT_TAKEN)',
    to: "if (code === 0) return { kind: 'port-lost', port };\n  if (code === PORT_TAKEN)",
    tests: ['test/real/backend-host.test.ts', 'with code 0 has failed'],
  },
  {
    name: 'any answer on the port is believed',
    file: PROBE,
    from: 'if (token !== undefined && !isProof(proof, token, challenge))',
    to: 'if (token === undefined && !isProof(proof, "", challenge))',
    tests: ['test/real/identity.test.ts', 'answers 200 to everything'],
  },
  {
    name: 'the challenge is always the same, so an old proof can be replayed',
    file: PROBE,
    from: "randomBytes(16).toString('hex')",
    to: "randomBytes(16).fill(7).toString('hex')",
    tests: ['test/real/identity.test.ts', 'new each time'],
  },
  {
    name: 'the server is ready as soon as it has proved itself',
    file: PROBE,
    from: 'if (status === 200)',
    to: 'if (status === 200 || status === 503)',
    tests: ['test/real/identity.test.ts', 'says how far it is'],
  },
  {
    name: 'the token is there before the proof',
    file: BACKEND,
    from: 'return isProved(this.#state) ? this.#server?.token : undefined;',
    to: 'return this.#server?.token;',
    tests: ['test/backend.test.ts', 'the token'],
  },
  {
    name: 'stopping does not wait for the end',
    file: BACKEND,
    from: 'return this.#until(isAtRest);',
    to: 'return Promise.resolve(this.#state);',
    tests: ['test/backend.test.ts', 'stopping'],
  },
  {
    name: 'stopping kills without asking',
    file: BACKEND,
    from: 'server?.askToStop();',
    to: 'server?.killTree();',
    tests: ['test/backend.test.ts', 'stopping'],
  },
  {
    name: 'a stubborn server is never killed',
    file: BACKEND,
    from: 'this.#after(graceMs, signal, () => server?.killTree());',
    to: '',
    tests: ['test/backend.test.ts', 'stopping'],
  },
  {
    name: 'a bare 503 counts as a sign of life',
    file: BACKEND,
    from: 'if (answer.modules > modules) onLife();',
    to: 'onLife();',
    tests: ['test/backend.test.ts', 'a slow server'],
  },
  {
    name: 'a silent server is waited for without end',
    file: BACKEND,
    from: 'if (!signal.aborted) timer = setTimeout(giveUp, silentMs);',
    to: 'void giveUp;',
    tests: ['test/backend.test.ts', 'a slow server'],
  },
  {
    name: 'the person’s patience does not count',
    file: 'desktop/core/backend-state.ts',
    from: "if (state.patient && event.failure.kind === 'too-slow') return state;",
    to: '',
    tests: ['test/backend.test.ts', 'a slow server'],
  },
  {
    name: 'what the server started outlives it',
    file: HOST,
    from: 'if (options.processGroup && child.pid !== undefined) killGroup(child.pid);',
    to: '',
    tests: ['test/real/backend-host.test.ts', 'takes what it started with it'],
  },
  {
    name: 'the server may move the person’s data to another database',
    file: 'desktop/core/server-environment.ts',
    from: "const MOVES_THE_DATA = ['DATABASE_URL', 'CACHIBOT_DATABASE_URL'];",
    to: "const MOVES_THE_DATA = ['CACHIBOT_DATABASE_URL'];",
    tests: ['test/core/server-environment.test.ts'],
  },
  {
    name: 'any link may fill the window',
    file: NAVIGATION,
    from: "return FOR_THE_SYSTEM.has(url.protocol) ? 'browser' : 'refuse';",
    to: "return 'stay';",
    tests: ['test/core/navigation.test.ts'],
  },
  {
    name: 'every frame carries the token',
    file: NAVIGATION,
    from: 'return frame !== undefined && frame.origin === origin && originOf(frame.url) === origin;',
    to: 'return frame !== undefined && origin !== "";',
    tests: ['test/core/navigation.test.ts'],
  },
  {
    name: 'a packaged app obeys the variables of development',
    file: 'desktop/core/config.ts',
    from: "const ownServer = packaged ? undefined : env['CACHIBOT_DESKTOP_SERVER'];",
    to: "const ownServer = env['CACHIBOT_DESKTOP_SERVER'];",
    tests: ['test/core/config.test.ts'],
  },
  {
    name: 'settings take any value',
    file: 'desktop/core/settings.ts',
    from: 'if (!rule.accepts(value)) throw',
    to: 'if (false) throw',
    tests: ['test/core/settings.test.ts'],
  },
  {
    name: 'a damaged settings file is lost',
    file: 'desktop/kept-file.ts',
    from: 'renameSync(file, aside);',
    to: 'writeFileSync(file, "{}");',
    tests: ['test/settings.test.ts'],
  },
  {
    name: 'secrets reach the log',
    file: 'desktop/log.ts',
    from: 'const masked = maskSecrets(open + text.slice(0, end || undefined));',
    to: 'const masked = open + text.slice(0, end || undefined);',
    tests: ['test/log.test.ts'],
  },
  {
    name: 'any page may ask the shell',
    file: 'desktop/requests.ts',
    from: 'if (whoAsks(event) !== MAY_ASK[name])',
    to: 'if (whoAsks(event) === null)',
    tests: ['test/real/guards.test.ts', 'a page that is not ours'],
  },
  {
    name: 'the page may reach other origins',
    file: 'desktop/session.ts',
    from: 'const allowed = mayFetch(details.url, origin) &&',
    to: 'const allowed = !isForServer("") &&',
    tests: ['test/real/guards.test.ts', 'no other origin'],
  },
  {
    name: 'redirects are followed wherever they lead',
    file: 'desktop/guards.ts',
    from: "contents.on('will-redirect', keepOrigin);",
    to: '',
    tests: ['test/real/guards.test.ts', 'redirect'],
  },
  {
    name: 'the page may use every permission',
    file: 'desktop/session.ts',
    from: "isMain(contents?.id, requestingOrigin, details.isMainFrame) &&\n      (audio || permission === 'clipboard-sanitized-write')",
    to: "isMain(contents?.id, requestingOrigin, details.isMainFrame) &&\n      (audio || permission !== 'unknown')",
    tests: ['test/real/guards.test.ts', 'no business'],
  },
  {
    name: 'the window comes before the page has painted',
    file: 'desktop/windows.ts',
    from: "if (next.kind === 'app' && page === 'none') load(main);",
    to: "if (next.kind === 'app' && page === 'none') load(main), main.show(), close(splash);",
    tests: ['test/real/start.test.ts', 'still empty'],
  },
  {
    name: 'a second launch opens a second app',
    file: 'desktop/main.ts',
    from: 'if (!app.requestSingleInstanceLock()) {',
    to: 'if (app.getName() === "") {',
    tests: ['test/real/start.test.ts', 'started again'],
  },
  {
    name: 'another port is another origin',
    file: 'desktop/main.ts',
    from: "app.commandLine.appendSwitch('host-resolver-rules'",
    to: "app.commandLine.appendSwitch('no-such-switch'",
    tests: ['test/real/start.test.ts', '5870 is taken'],
  },
  {
    name: 'quitting does not wait for the server',
    file: 'desktop/app.ts',
    from: 'event.preventDefault();\n    if (smoke)',
    to: 'if (smoke)',
    tests: ['test/real/leave.test.ts', 'needs a moment'],
  },
  {
    name: 'the door opens without a token',
    file: VISITOR,
    from: 'if "x-cachibot-token" not in request.repeated and hmac.compare_digest(given, self._token):',
    to: 'if "x-cachibot-token" not in request.repeated:',
    tests: ['test/python/test_visitor.py'],
  },
  {
    name: 'the door opens for any host name',
    file: VISITOR,
    from: 'if "host" not in request.repeated and LOOPBACK_HOST.fullmatch(host):',
    to: 'if host is not None:',
    tests: ['test/python/test_visitor.py'],
  },
  {
    name: 'the door opens for pages of other origins',
    file: VISITOR,
    from: 'if origin is None or (origin in self._origins and "origin" not in request.repeated):',
    to: 'if origin is None or self._origins:',
    tests: ['test/python/test_visitor.py'],
  },
  {
    name: 'answers carry no Content-Security-Policy',
    file: DOOR,
    from: '(b"content-security-policy", ui.policy.encode()),',
    to: '',
    tests: ['test/python/test_door.py'],
  },
  {
    name: 'the server does not see that the app is gone',
    file: LIFE,
    from: 'stdin.watch(handle, lambda: self.ask("the app has closed our stdin"))',
    to: 'pass',
    tests: ['test/python/test_stop.py'],
  },
  {
    name: 'a fresh install cannot chat',
    file: EVERY_MEND,
    from: '    missing_rows.MEND,\n',
    to: '',
    tests: ['test/python/test_mends.py', 'MissingRows'],
  },
  {
    name: 'one request undoes what another saved',
    file: EVERY_MEND,
    from: '    shared_connection.MEND,\n',
    to: '',
    tests: ['test/python/test_mends.py', 'SharedConnection'],
  },
  {
    name: 'a restart logs everybody out',
    file: EVERY_MEND,
    from: '    login_secret.MEND,\n',
    to: '',
    tests: ['test/python/test_mends.py', 'LoginSecret'],
  },
];
