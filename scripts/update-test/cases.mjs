// @ts-check
// Each way from one version to another, and each way in which it can go wrong.
import { readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { until } from '../chaos/poll.mjs';
import { makeKey } from '../release/signing.mjs';
import { talkTo } from './conversation.mjs';
import { makeReadyForRpm, otherSystem } from './system.mjs';
import { mountSmall } from './world.mjs';

/** @typedef {import('./world.mjs').World} World */
/** @typedef {Awaited<ReturnType<typeof import('./artifacts.mjs').buildArtifacts>>} Artifacts */

/**
 * @typedef {object} Case
 * @property {string} name
 * @property {string} expected
 * @property {boolean} [real] with the frozen server in place of the scripted one
 * @property {(world: World, artifacts: Artifacts) => Promise<string>} run says what was seen, throws what was wrong
 */

const KILLS = 10;
/** A change of the shell alone may cost so much of the whole file. */
export const SMALL = 0.01;
/** And so much another version of one Python package, of which every module differs. */
const LITTLE_MORE = 0.015;
const NO_SERVER = 'There is no frozen server: npm run backend';

/** @param {World} world @param {import('./artifacts.mjs').Artifact} artifact */
async function begin(world, artifact) {
  world.install(artifact);
  world.seed();
  await world.start();
  await world.keep();
}

/** @param {World} world @param {string} version */
async function update(world, version) {
  const answer = await world.check();
  if (!answer.available || answer.version !== version) throw new Error(`It was offered ${JSON.stringify(answer)}.`);
  const done = await world.download();
  if (!done.success) throw new Error(`It could not be downloaded: ${done.error}`);
  await world.install_();
  await world.updatedTo(version);
}

/** @param {World} world @param {Artifacts['one']} artifact */
function expectFile(world, artifact) {
  if (world.sha512() !== artifact.sha512) throw new Error(`The AppImage is not the one of ${artifact.version}.`);
}

/** The old version still runs, whole. @param {World} world @param {Artifacts['one']} artifact */
async function expectOldRuns(world, artifact) {
  expectFile(world, artifact);
  const status = await world.inPage(page => page.evaluate(() => fetch('/api/anything').then(answer => answer.status)));
  if (status !== 200) throw new Error(`Its server answered ${status}.`);
}

/** @param {unknown} answer @param {RegExp} words */
function expectRefusal(answer, words) {
  const { success, available, error } = /** @type {{ success?: boolean, available?: boolean, error?: string }} */ (
    answer
  );
  if (success || available) throw new Error('It was taken for good.');
  if (error !== undefined && !words.test(error)) throw new Error(`The reason given is: ${error}`);
}

/**
 * A look that comes to nothing.
 * @param {string} name
 * @param {(world: World, artifacts: Artifacts) => unknown} spoil
 * @param {RegExp} words
 * @returns {Case}
 */
function notBelieved(name, spoil, words) {
  return {
    name,
    expected: 'the reason is told, nothing is fetched, v1 goes on',
    async run(world, artifacts) {
      world.offer(artifacts.two);
      await spoil(world, artifacts);
      await begin(world, artifacts.one);
      expectRefusal(await world.check(), words);
      await until('the reason in the log', () => words.test(world.log()));
      await expectOldRuns(world, artifacts.one);
      return 'refused, v1 goes on';
    },
  };
}

/**
 * A download that comes to nothing.
 * @param {string} name
 * @param {(world: World, file: string) => unknown} spoil
 * @param {RegExp} words
 * @returns {Case}
 */
function notTaken(name, spoil, words) {
  return {
    name,
    expected: 'the reason is told, v1 goes on',
    async run(world, artifacts) {
      const file = world.offer(artifacts.two);
      await begin(world, artifacts.one);
      await world.check();
      await spoil(world, file);
      expectRefusal(await world.download(), words);
      await world.install_();
      await expectOldRuns(world, artifacts.one);
      return 'refused, v1 goes on';
    },
  };
}

/**
 * @typedef {object} PackageForm
 * @property {'deb' | 'rpm'} form
 * @property {(system: import('./system.mjs').System, artifact: import('./artifacts.mjs').Artifact) => unknown} install
 * @property {string[]} ask what asks the system which version it has
 * @property {RegExp} answer with the version
 */

/** @type {PackageForm} */
const DEB = {
  form: 'deb',
  install: (system, { file }) => system.run('apt-get', 'install', '--yes', '--no-install-recommends', file),
  ask: ['dpkg', '--status', 'cachibot-desktop'],
  answer: /^Status: install ok installed$(?:.|\n)*^Version: (\S+)$/m,
};

/** @type {PackageForm} */
const RPM = {
  form: 'rpm',
  install(system, { file }) {
    makeReadyForRpm(system, file);
    system.run('rpm', '--install', file);
  },
  ask: ['rpm', '--query', '--queryformat', '%{version}', 'cachibot-desktop'],
  answer: /^(\S+)$/,
};

/**
 * A package that the system installs, in a view of this machine, for an ordinary person.
 * @param {PackageForm} how
 * @param {object} outcome
 * @param {string} outcome.name
 * @param {string} outcome.expected
 * @param {boolean} outcome.permitted
 * @param {(world: World, again: () => Promise<void>, system: import('./system.mjs').System) => Promise<string>} outcome.update
 *   returns the version that is there afterwards; `again` starts the app
 * @returns {Case}
 */
function bySystem({ form, install, ask, answer }, { name, expected, permitted, update }) {
  return {
    name: `${form}, ${name}`,
    expected,
    async run(world, artifacts) {
      const system = await otherSystem(world, permitted);
      install(system, artifacts[form].one);
      world.seed();
      world.offer(artifacts[form].two);
      const program = system.starter('/opt/CachiBot/cachibot-desktop');
      system.giveWorld();
      const start = () => world.start(program, []); // in the sandbox that an ordinary person has
      await start();
      await world.keep();
      const version = await update(world, start, system);
      const said = system.run(...ask);
      if (answer.exec(said)?.[1] !== version) throw new Error(`${ask[0]} says: ${said.slice(0, 200)}`);
      if (!world.log().includes('update: pkexec ')) throw new Error('pkexec was not asked.');
      return `${ask[0]} says ${version}, which runs`;
    },
  };
}

const BY_THE_SYSTEM = {
  name: 'by the system’s own tools',
  expected: 'pkexec lets them install v2; everything of v1 is there in it',
  permitted: true,
  /** @param {World} world */
  async update(world) {
    await update(world, '2.0.0');
    return '2.0.0';
  },
};

const NOT_PERMITTED = {
  name: 'without permission',
  expected: 'pkexec refuses, the reason is told, v1 goes on',
  permitted: false,
  /** @param {World} world */
  async update(world) {
    await world.check();
    await world.download();
    await world.install_();
    const reason = /permission to install it was not given\. In a terminal: sudo apt-get install/;
    await until('the reason in the log', () => reason.test(world.log()));
    await until('the server of v1', () => world.log().split('"phase":"ready"').length > 2, {
      instead: () => world.log().slice(-1_000),
    });
    return '1.0.0';
  },
};

const QUIT = {
  name: 'quit meanwhile',
  expected: 'the app ends when v2 is installed, and not before; v2 is there at the next start, with everything of v1',
  permitted: true,
  /** @param {World} world @param {() => Promise<void>} again @param {import('./system.mjs').System} system */
  async update(world, again, system) {
    // A slow one, before the other on the way.
    const slow = '#!/bin/sh\nsleep 4\nexec /usr/bin/apt-get "$@"\n';
    system.run('sh', '-c', 'printf %s "$1" >/usr/local/bin/apt-get && chmod +x /usr/local/bin/apt-get', 'sh', slow);
    await world.check();
    await world.download();
    void world.install_().catch(() => {}); // it goes with the app
    const installer = '/usr/local/bin/apt-get';
    await until('the installer', () => world.processes().some(({ words }) => words.includes(installer)));
    for (const { pid } of world.shells()) process.kill(pid, 'SIGTERM');
    await until('the end of the app', () => world.shells().length === 0, { limitMs: 60_000 });
    if (!/^Version: 2\.0\.0$/m.test(system.run('dpkg', '--status', 'cachibot-desktop')))
      throw new Error('The app ended before v2 was installed.');
    await again();
    await world.updatedTo('2.0.0');
    return '2.0.0';
  },
};

/** @type {readonly Case[]} */
export const CASES = [
  {
    name: 'v1 to v2, real server',
    expected: `everything of v1 is there in v2, for at most ${100 * SMALL} % of the file`,
    real: true,
    async run(world, { real }) {
      if (real === undefined) throw new Error(NO_SERVER);
      const talk = await talkTo(world);
      await begin(world, real.one);
      await talk.begin();
      world.offer(real.two);
      await update(world, '2.0.0');
      expectFile(world, real.two);
      const fetched = fetchedOf(world, real.two, SMALL);
      await talk.goOn();
      return `${fetched} fetched, still logged in, the chat goes on`;
    },
  },
  {
    name: 'one Python package changed, real server',
    expected: `v2 runs with it, for at most ${100 * LITTLE_MORE} % of the file`,
    real: true,
    async run(world, { real }) {
      if (real === undefined) throw new Error(NO_SERVER);
      await begin(world, real.one);
      world.offer(real.patched);
      await update(world, '2.0.0');
      expectFile(world, real.patched);
      return `${fetchedOf(world, real.patched, LITTLE_MORE)} fetched, v2 runs`;
    },
  },
  {
    name: 'v1 to v2',
    expected: 'everything of v1 is there in v2, v1 is kept',
    async run(world, { one, two }) {
      world.offer(two);
      await begin(world, one);
      await update(world, '2.0.0');
      expectFile(world, two);
      const kept = world.file.replace('CachiBot.AppImage', '.CachiBot.AppImage.previous');
      if (!readFileSync(kept).equals(readFileSync(one.file))) throw new Error('The version before was not kept.');
      return `${fetchedOf(world, two)} fetched`;
    },
  },
  bySystem(DEB, BY_THE_SYSTEM),
  bySystem(RPM, BY_THE_SYSTEM),
  bySystem(DEB, NOT_PERMITTED),
  bySystem(DEB, QUIT),
  {
    name: 'two versions behind',
    expected: 'v1 goes to v3 at once, from its own file',
    async run(world, { one, three }) {
      world.offer(three);
      await begin(world, one);
      await update(world, '3.0.0');
      expectFile(world, three);
      return 'v3 runs';
    },
  },
  {
    name: 'feed without ranges',
    expected: 'the whole file is fetched instead',
    async run(world, { one, two }) {
      world.offer(two);
      await begin(world, one);
      world.feed.misbehave({ noRanges: true });
      await update(world, '2.0.0');
      expectFile(world, two);
      return 'v2 runs';
    },
  },
  {
    name: 'connection breaks on the way',
    expected: 'the download goes on where it was',
    async run(world, { one, two }) {
      world.offer({ ...two, blockMapSize: undefined });
      await begin(world, one);
      world.feed.misbehave({ breakAfter: Math.round(two.size / 2) });
      await update(world, '2.0.0');
      expectFile(world, two);
      if (!world.feed.requests.some(({ range }) => /^bytes=\d+-$/.test(range))) throw new Error('It began anew.');
      return 'v2 runs';
    },
  },
  {
    name: 'v2 whose server crashes',
    expected: 'after two starts v1 is offered, and back with its data',
    async run(world, artifacts) {
      world.offer(artifacts.crashing);
      await begin(world, artifacts.one);
      await world.check();
      await world.download();
      await world.install_();
      await until(
        'the failure of v2',
        () => world.version() === '2.0.0' && world.log().includes('is not ready after'),
        {
          limitMs: 120_000,
          instead: () => world.log().slice(-1_000),
        },
      );
      await world.quit();
      await goBack(world);
      await until('v1, ready', () => world.version() === '1.0.0' && /"phase":"ready"/.test(lastRun(world.log())), {
        limitMs: 120_000,
        instead: () => world.log().slice(-1_000),
      });
      await world.page();
      expectFile(world, artifacts.one);
      await until('what it went back from, in its memory', () => world.record().refused === '2.0.0');
      return 'v1 is back';
    },
  },
  notBelieved(
    'manifest signed with another key',
    (world, { two }) => void world.offer(two, { key: makeKey().privateKey }),
    /not signed by CachiBot/,
  ),
  notBelieved('captive portal', world => world.feed.misbehave({ loginPage: true }), /log in first/),
  notBelieved('feed that is not there', world => world.feed.close(), /cannot be reached/),
  notTaken(
    'one byte changed',
    (world, file) => {
      const bytes = readFileSync(file);
      const at = Math.round(bytes.length / 2);
      bytes[at] = (bytes[at] ?? 0) ^ 1;
      // Where the old version has the same block, it is not even asked for; so the whole file is.
      writeFileSync(file, bytes);
      world.feed.misbehave({ noRanges: true });
    },
    /damaged/,
  ),
  notTaken(
    'file cut short',
    (_world, file) => truncateSync(file, Math.round(statSync(file).size / 2)),
    /reached|broke|damaged|answered/,
  ),
  notTaken('feed that goes away', world => world.feed.close(), /cannot be reached/),
  notTaken(
    'disk of the downloads is full',
    (world, file) => mountSmall(world, world.cache, `${Math.round(statSync(file).size / 2)}`),
    /disk is full/,
  ),
  {
    name: 'disk of the app is full',
    expected: 'the reason is told before the server is stopped, v1 goes on',
    async run(world, { one, two }) {
      world.offer(two);
      const apps = world.file.replace('/CachiBot.AppImage', '');
      mountSmall(world, apps, `${Math.round(one.size * 1.2)}`);
      await begin(world, one);
      await world.check();
      await world.download();
      await world.install_();
      await until('the reason in the log', () => /Nothing was changed\. The disk is full/.test(world.log()));
      await expectOldRuns(world, one);
      return 'refused, v1 goes on';
    },
  },
  {
    name: `kill -9 at ${KILLS} moments`,
    expected: 'the file is v1 or v2, whole, and starts with its data',
    async run(world, { one, two }) {
      world.offer(two);
      await begin(world, one);
      world.feed.misbehave({ noRanges: true, slowMs: 1 });
      const began = performance.now();
      const swap = until('the swap', () => world.log().includes('is in the place of'), { limitMs: 120_000 });
      const swapped = swap.then(() => performance.now() - began);
      swapped.catch(() => {}); // the update says what was wrong
      await update(world, '2.0.0');
      const wholeMs = await swapped;
      const seen = { one: 0, two: 0 };
      for (let round = 0; round < KILLS; round++) {
        await world.kill();
        world.install(one);
        if (round % 2 === 0) world.forgetDownloads();
        await world.start();
        const acting = world.check().then(world.download).then(world.install_);
        acting.catch(() => {}); // it is killed in the middle
        // Spread over the whole of it, at a random place of each part.
        await pause((wholeMs * (round + Math.random())) / KILLS);
        await world.kill();
        const hash = world.sha512();
        if (hash !== one.sha512 && hash !== two.sha512) throw new Error(`After kill ${round + 1} the file is broken.`);
        seen[hash === one.sha512 ? 'one' : 'two']++;
        await world.start();
        await world.intact();
      }
      return `${seen.one} times v1, ${seen.two} times v2, always whole`;
    },
  },
];

/** @param {World} world */
async function goBack(world) {
  // Loaded here: whoever names this file may still have to install the packages.
  const { _electron } = await import('playwright-core');
  const app = await _electron.launch({
    executablePath: world.file,
    args: [...world.switches, '--remote-debugging-port=0', '--data', world.home],
    env: /** @type {Record<string, string>} */ (world.env),
  });
  // The person says yes.
  await app.evaluate(({ dialog }) => {
    const yes = async () => ({ response: 0, checkboxChecked: true });
    dialog.showMessageBox = /** @type {typeof dialog.showMessageBox} */ (yes);
  });
  const page = await until('the failure page', () => app.windows().find(page => page.url().includes('failure.html')), {
    limitMs: 60_000,
  });
  const ended = new Promise(resolve => app.process().once('exit', resolve));
  await page.locator('#back').click({ timeout: 60_000 });
  await ended;
}

/** @param {string} log */
function lastRun(log) {
  return log.slice(
    log.search(/ CachiBot \d+\.\d+\.\d+[^\n]*; port \d+\n(?![\s\S]* CachiBot \d+\.\d+\.\d+[^\n]*; port \d+\n)/),
  );
}

/**
 * How much of a file was fetched, in words; throws when it was more than it may cost.
 * @param {Pick<World, 'feed'>} world
 * @param {{ size: number }} file
 * @param {number} [limit]
 */
export function fetchedOf(world, { size }, limit = 1) {
  const share = world.feed.bytes() / size;
  const words = `${(100 * share).toFixed(2)} % of ${(size / 1e6).toFixed(0)} MB`;
  if (share > limit) throw new Error(`${words} were fetched.`);
  return words;
}
