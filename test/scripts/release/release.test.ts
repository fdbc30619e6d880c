import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parse } from 'yaml';
import { platformFor } from '../../../desktop/system/core/platform';
import { checkNotarisation, markOf } from '../../../scripts/dist/pack.mjs';
import { isInstaller, partOf, sizeReport } from '../../../scripts/dist/sizes.mjs';
import { completed } from '../../../scripts/dist/third-party-notices.mjs';
import { assetsIn, objections } from '../../../scripts/release/assets.mjs';
import { gather } from '../../../scripts/release/collect-artifacts.mjs';
import { hashOfFile, readManifest, verifyManifests } from '../../../scripts/release/manifests.mjs';
import { publishDraft, publishToFolder, updateObjections } from '../../../scripts/release/publish.mjs';
import { releaseBody } from '../../../scripts/release/release-notes.mjs';
import { makeKey, signManifests } from '../../../scripts/release/signing.mjs';
import { compare, disagreements, notesOf, prepare, versionOf, versionsIn } from '../../../scripts/release/versions.mjs';

const root = join(__dirname, '..', '..', '..');

function temporary(): string {
  const folder = mkdtempSync(join(tmpdir(), 'cachibot-release-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A folder with installers and a manifest that fits them. */
async function built(files: Record<string, string>, manifest = 'latest-linux.yml', version = '1.2.3') {
  const folder = temporary();
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const entries = await Promise.all(
    Object.entries(files).map(async ([url, text]) => {
      return { url, sha512: await hashOfFile(join(folder, url), 'sha512', 'base64'), size: text.length };
    }),
  );
  const [first] = entries;
  const value = { version, files: entries, path: first?.url, sha512: first?.sha512, releaseDate: '2026-01-01' };
  writeFileSync(join(folder, manifest), JSON.stringify(value)); // JSON is YAML
  return folder;
}

const key = makeKey();

/** An updates.json that knows these keys. */
function packed(...keys: string[]): string {
  const file = join(temporary(), 'updates.json');
  writeFileSync(file, JSON.stringify({ feed: 'https://updates.cachibot.ai/desktop/', keys }));
  return file;
}

/** The same, gathered for a feed, and signed. */
async function gathered(files: Record<string, string>, manifest?: string, version?: string) {
  const folder = join(temporary(), 'assets');
  await gather([await built(files, manifest, version)], folder);
  signManifests(folder, [key.privateKey]);
  return folder;
}

const LINUX = { 'CachiBot-x86_64.AppImage': 'image', 'app_1.2.3_amd64.deb': 'deb', 'app-1.2.3.x86_64.rpm': 'rpm' };

it('is checked out with the same bytes on every system, which lint, tests and hashes read', () => {
  expect(readFileSync(join(root, '.gitattributes'), 'utf8')).toMatch(/^\* text=auto eol=lf$/m);
});

it('has one identity on Windows: what the installer gives the shortcuts, the app gives itself', () => {
  const { appId } = parse(readFileSync(join(root, 'electron-builder.yml'), 'utf8'));
  expect(platformFor('win32').appUserModelId).toBe(appId);
});

it('signs a Mac’s app again after its fuses have changed, also without a certificate: an old signature kills it', () => {
  const { electronFuses } = parse(readFileSync(join(root, 'electron-builder.yml'), 'utf8'));
  expect(electronFuses).toMatchObject({ resetAdHocDarwinSignature: true });
});

const workflow = parse(readFileSync(join(root, '.github', 'workflows', 'release.yml'), 'utf8'));

describe('secrets', () => {
  const { jobs } = workflow;
  const steps = (job: string): { run?: string; env?: object }[] => jobs[job].steps;
  const first = (job: string, words: RegExp) => steps(job).findIndex(({ run }) => words.test(run ?? ''));

  it('are known to single steps only, never while packages are installed', () => {
    const knowing = Object.keys(jobs).filter(job => JSON.stringify(jobs[job]).includes('secrets.'));
    expect(knowing).toEqual(['build-desktop', 'verify']);
    for (const job of knowing) expect(JSON.stringify({ ...jobs[job], steps: [] })).not.toContain('secrets.');
    const packing = first('build-desktop', /npm run dist/);
    expect(first('build-desktop', /scripts\/set-up\.mjs/)).toBeLessThan(packing);
    expect(first('build-desktop', /scripts\/set-up\.mjs/)).toBeGreaterThan(0);
    expect(steps('verify').filter(({ run }) => /npm (ci|install)/.test(run ?? ''))).toEqual([
      { run: 'npm ci --ignore-scripts' },
    ]);
  });
});

it('freezes and tries the server on the oldest Linux that people are promised', () => {
  expect(readFileSync(join(root, 'README.md'), 'utf8')).toContain('glibc 2.35 or newer: Ubuntu 22.04');
  for (const job of ['build-backend', 'smoke'])
    expect(workflow.jobs[job].strategy.matrix.system.filter((name: string) => name.startsWith('ubuntu'))).toEqual([
      'ubuntu-22.04',
    ]);
});

it('hands each system’s server on by a name that jobs on another version of that system know', () => {
  const handed = Object.values<{ steps: { with?: { name?: string } }[] }>(workflow.jobs).flatMap(({ steps }) =>
    steps.flatMap(step => step.with?.name ?? []).filter(name => name.startsWith('backend-')),
  );
  expect(handed).toHaveLength(3);
  for (const name of handed) expect(name).toMatch(/^backend-.*runner\.os.*runner\.arch/);
});

it('lets a release wait for none of another tag, which would cancel one that waits', () => {
  expect(workflow.concurrency.group).toContain('github.ref');
});

it('starts and examines a Mac’s app after it was signed, before anybody gets it', () => {
  const steps: { if?: string; run?: string; uses?: string }[] = workflow.jobs['build-desktop'].steps;
  const onMac = steps.filter(step => /'macos'/.test(step.if ?? '')).map(({ run }) => run?.trim().split('\n').at(-1));
  expect(onMac).toEqual(
    ['npm run dist -- --release', 'npm run smoke', 'npm run release -- trusted'].map(c => expect.stringContaining(c)),
  );
  expect(steps.at(-1)?.uses).toContain('upload-artifact');
});

/** The commands of all workflows. */
const commands = ['ci.yml', 'release.yml'].flatMap(name => {
  const { jobs } = parse(readFileSync(join(root, '.github', 'workflows', name), 'utf8'));
  return Object.values<{ steps: { run?: string }[] }>(jobs).flatMap(({ steps }) =>
    steps.flatMap(({ run }) => run ?? []),
  );
});

it('packs no rehearsal on a hosted machine, which would be green without the pinned Electron', () => {
  const packing = commands.filter(command => command.includes('npm run dist'));
  expect(packing).toHaveLength(6);
  expect(packing.filter(command => !command.includes('--release'))).toEqual([]);
});

it('builds and tries the app on a hosted machine whatever its tests say', () => {
  const { jobs } = parse(readFileSync(join(root, '.github', 'workflows', 'ci.yml'), 'utf8'));
  const building = Object.values<{ needs?: string; steps: { run?: string }[] }>(jobs)
    .map(({ needs, steps }) => ({ needs, runs: steps.flatMap(({ run }) => run ?? []) }))
    .filter(({ runs }) => runs.some(command => command.includes('npm run backend')));
  expect(building).toHaveLength(1);
  for (const command of ['npm run dist', 'npm run smoke', 'npm run install-test'])
    expect(building[0]?.runs.filter(run => run.includes(command))).toHaveLength(1);
  expect(building[0]?.needs).toBeUndefined();
  expect(building[0]?.runs.filter(run => run.includes('npm test'))).toEqual([]);
});

it('runs on a hosted machine everything there is to run, as the documents say', () => {
  expect(commands.filter(command => command.endsWith('npm test -- --all'))).toHaveLength(1);
});

describe('one version', () => {
  it('is named by everything in this clone', () => {
    expect(disagreements(versionsIn(root))).toEqual([]);
  });

  it('is missed where something names another', () => {
    const named = [
      { where: 'package.json', version: '1.2.3' },
      { where: 'CHANGELOG.md', version: '1.2.2' },
      { where: 'the metainfo', version: undefined },
    ];
    expect(disagreements(named)).toEqual([
      'CHANGELOG.md says 1.2.2, package.json 1.2.3.',
      'the metainfo says nothing, package.json 1.2.3.',
    ]);
  });

  const metainfo = 'build/linux/org.cachibot.desktop.metainfo.xml';

  /** Whatever of this clone names its version. */
  function copied(): string {
    const clone = temporary();
    mkdirSync(dirname(join(clone, metainfo)), { recursive: true });
    for (const name of ['package.json', 'package-lock.json', 'CHANGELOG.md', metainfo])
      copyFileSync(join(root, name), join(clone, name));
    return clone;
  }

  /** Says what is new in a version, as people do. */
  function write(clone: string, version: string) {
    const old = readFileSync(join(clone, 'CHANGELOG.md'), 'utf8');
    writeFileSync(join(clone, 'CHANGELOG.md'), old.replace(/^## /m, `## ${version}\n\n- Better.\n\n## `));
  }

  it('is changed everywhere at once, when people have written what is new', () => {
    const clone = copied();
    expect(() => prepare(clone, '9.0.0', '2026-12-01')).toThrow('no heading “## 9.0.0”');
    write(clone, '9.0.0');
    prepare(clone, '9.0.0', '2026-12-01');
    expect(versionOf(clone)).toBe('9.0.0');
    expect(disagreements(versionsIn(clone))).toEqual([]);
    expect(notesOf(readFileSync(join(clone, 'CHANGELOG.md'), 'utf8'), '9.0.0')).toBe('- Better.');
    expect(() => prepare(clone, '8.0.0', '2026-12-02')).toThrow('not newer than 9.0.0');
    expect(() => prepare(clone, '9.1', '2026-12-02')).toThrow('no version of this app');
  });

  it('is told to software centres as what it is: a beta is a development’s, which they offer to nobody unasked', () => {
    const clone = copied();
    for (const [version, date] of [
      ['9.0.0-beta.1', '2026-12-01'],
      ['9.0.0', '2026-12-02'],
    ] as const) {
      write(clone, version);
      prepare(clone, version, date);
      expect(disagreements(versionsIn(clone))).toEqual([]);
    }
    const told = readFileSync(join(clone, metainfo), 'utf8');
    expect(told).toContain('<release version="9.0.0-beta.1" type="development" date="2026-12-01"/>');
    expect(told).toContain('<release version="9.0.0" date="2026-12-02"/>');
  });

  it('knows which is newer', () => {
    expect(compare('1.10.0', '1.9.9')).toBe(1);
    expect(compare('1.0.0-beta.2', '1.0.0')).toBe(-1);
    expect(compare('1.0.0-beta.2', '1.0.0-beta.10')).toBe(-1);
    expect(compare('1.0.0', '1.0.0')).toBe(0);
  });
});

describe('the update manifests', () => {
  it('are good when every hash and size is', async () => {
    expect(await verifyManifests(await gathered(LINUX), '1.2.3')).toEqual({ checked: 8, wrong: [] });
  });

  it.each<[string, (folder: string) => void, string]>([
    [
      'a changed byte',
      folder => writeFileSync(join(folder, 'app_1.2.3_amd64.deb'), 'dEb'),
      'another hash for 1.2.3/app_1.2.3_amd64.deb',
    ],
    ['a missing file', folder => rmSync(join(folder, 'app-1.2.3.x86_64.rpm')), 'which is not there'],
    ['a longer file', folder => writeFileSync(join(folder, 'CachiBot-x86_64.AppImage'), 'image!'), 'has 5 bytes'],
    [
      'no manifest',
      folder => ['latest', 'beta'].map(channel => rmSync(join(folder, `${channel}-linux.yml`))),
      'holds no update manifest',
    ],
    [
      'a file that would lie in another version’s place',
      folder => {
        const file = join(folder, 'latest-linux.yml');
        writeFileSync(file, readFileSync(file, 'utf8').replace('1.2.3/CachiBot', 'CachiBot'));
      },
      'names CachiBot-x86_64.AppImage, which is not there',
    ],
  ])('are refused for %s', async (_, harm, words) => {
    const folder = await gathered(LINUX);
    harm(folder);
    expect((await verifyManifests(folder, '1.2.3')).wrong.join('\n')).toContain(words);
  });

  it('are refused when they are of another version', async () => {
    expect((await verifyManifests(await gathered(LINUX), '1.2.4')).wrong.join()).toContain(
      'of version 1.2.3, not 1.2.4',
    );
  });

  it('of two kinds of Mac become one', async () => {
    const intel = await built({ 'CachiBot-x64.zip': 'intel' }, 'latest-mac.yml');
    const apple = await built({ 'CachiBot-arm64.zip': 'apple' }, 'latest-mac.yml');
    const all = join(temporary(), 'all');
    await gather([intel, apple], all);
    const { files } = await readManifest(join(all, 'latest-mac.yml'));
    expect(files.map(({ url }) => url)).toEqual(['1.2.3/CachiBot-x64.zip', '1.2.3/CachiBot-arm64.zip']);
    expect(await verifyManifests(all, '1.2.3')).toEqual({ checked: 6, wrong: [] });
  });

  it('of two machines that built different versions do not', async () => {
    const one = await built({ 'CachiBot-x64.zip': 'a' }, 'latest-mac.yml');
    const other = await built({ 'CachiBot-arm64.zip': 'b' }, 'latest-mac.yml', '1.2.4');
    await expect(gather([one, other], join(temporary(), 'all'))).rejects.toThrow('1.2.3, another 1.2.4');
  });

  it.each(['latest.yml', 'latest-linux-armv7l.yml', 'beta-mac-arm64.yml', 'latest-windows.yml', 'builder-debug.yml'])(
    'named %s are looked at, signed and published, or none of it',
    async name => {
      const folder = await built(LINUX, name);
      if (assetsIn(folder).manifests.length === 0) {
        expect(() => signManifests(folder, [makeKey().privateKey])).toThrow('no update manifest');
        expect((await verifyManifests(folder, '1.2.3')).checked).toBe(0);
        return;
      }
      const assets = await gathered(LINUX, name);
      expect(assetsIn(assets).all).toEqual(expect.arrayContaining([name, `${name}.sig`]));
      const { checked } = await verifyManifests(assets, '1.2.3');
      expect(checked).toBe(4 * assetsIn(assets).manifests.length);
    },
  );

  it('of a stable release are there for betas, too', async () => {
    const folder = await gathered(LINUX);
    expect(readFileSync(join(folder, 'beta-linux.yml'))).toEqual(readFileSync(join(folder, 'latest-linux.yml')));
  });
});

describe('what may be published', () => {
  it.each<[string, string | undefined, string, Record<string, string>]>([
    ['-rehearsal', 'another Electron', 'linux', {}],
    ['', undefined, 'linux', {}],
    ['-unsigned', undefined, 'win32', {}],
    ['-unsigned', undefined, 'darwin', { WIN_CSC_LINK: 'for the other system' }],
    ['', undefined, 'win32', { WIN_CSC_LINK: 'a certificate' }],
    ['', undefined, 'darwin', { CSC_LINK: 'a certificate' }],
  ])('has “%s” in its name', (mark, rehearsal, platform, env) => {
    expect(markOf(rehearsal, { platform, env })).toBe(mark);
  });

  it.each<[string, string, Record<string, string>]>([
    ['signed with nothing to notarise with', 'darwin', { CSC_LINK: 'a certificate' }],
    ['signed with half a key', 'darwin', { CSC_LINK: 'a certificate', APPLE_API_KEY: 'key.p8', APPLE_API_KEY_ID: '' }],
  ])('is never %s', (_, platform, env) => {
    expect(() => checkNotarisation({ platform, env })).toThrow('APPLE_API_KEY, APPLE_API_KEY_ID, APPLE_API_ISSUER');
  });

  it.each<[string, string, Record<string, string>]>([
    ['notarised', 'darwin', { CSC_LINK: 'c', APPLE_API_KEY: 'k', APPLE_API_KEY_ID: 'i', APPLE_API_ISSUER: 'j' }],
    ['notarised with what a keychain has', 'darwin', { CSC_LINK: 'a certificate', APPLE_KEYCHAIN_PROFILE: 'mine' }],
    ['not signed, which its name says', 'darwin', {}],
    ['of another system', 'win32', { CSC_LINK: 'a certificate' }],
  ])('may be %s', (_, platform, env) => {
    expect(() => checkNotarisation({ platform, env })).not.toThrow();
  });

  it('is complete, signed and no rehearsal', () => {
    const all = [...Object.keys(LINUX), 'latest-linux.yml'];
    expect(objections(all, { systems: ['linux'] })).toEqual([]);
    expect(objections(all.slice(1), { systems: ['linux'] })[0]).toContain('Nothing for linux fits');
    expect(objections([...all, 'App-rehearsal.deb'], { systems: ['linux'] })).toEqual([
      'App-rehearsal.deb is a rehearsal.',
    ]);
    const kinds = ['x64.exe', 'x64.exe.blockmap', 'arm64.exe'];
    const windows = [...kinds.map(kind => `CachiBot-unsigned-${kind}`), 'latest.yml'];
    expect(objections(windows, { systems: ['windows'] })).toHaveLength(3);
    expect(objections(windows, { systems: ['windows'], unsigned: true })).toEqual([]);
    expect(objections(all)).toHaveLength(9);
  });

  it('goes into a feed with its manifest last, and a rehearsal only into a feed that is named as one', async () => {
    const folder = await gathered(LINUX);
    const feed = join(temporary(), 'feed');
    const updates = packed(key.publicKey);
    expect((await publishToFolder(folder, feed, updates)).at(-1)).toBe('latest-linux.yml');
    const names = ['beta-linux.yml', 'beta-linux.yml.sig', 'latest-linux.yml', 'latest-linux.yml.sig'];
    expect(readdirSync(feed).sort()).toEqual(['1.2.3', ...names]);
    expect(await verifyManifests(feed, '1.2.3')).toEqual({ checked: 8, wrong: [] });
    const rehearsed = await gathered({ 'CachiBot-rehearsal.AppImage': 'image' });
    await expect(publishToFolder(rehearsed, feed, updates)).rejects.toThrow('is a rehearsal and cannot be published');
    expect(await publishToFolder(rehearsed, join(temporary(), 'rehearsal-feed'), updates)).toHaveLength(5);
  });

  it('leaves the files of the version before, and a beta that is newer, in the feed', async () => {
    const feed = join(temporary(), 'feed');
    const updates = packed(key.publicKey);
    await publishToFolder(await gathered(LINUX, undefined, '1.2.2'), feed, updates);
    await publishToFolder(await gathered(LINUX, 'beta-linux.yml', '1.3.0-beta.1'), feed, updates);
    await publishToFolder(await gathered({ ...LINUX, 'CachiBot-x86_64.AppImage': 'mended' }), feed, updates);
    const image = (version: string) => readFileSync(join(feed, version, 'CachiBot-x86_64.AppImage'), 'utf8');
    expect([image('1.2.2'), image('1.2.3')]).toEqual(['image', 'mended']);
    expect((await readManifest(join(feed, 'latest-linux.yml'))).version).toBe('1.2.3');
    expect((await readManifest(join(feed, 'beta-linux.yml'))).version).toBe('1.3.0-beta.1');
    await expect(publishToFolder(await gathered(LINUX, undefined, '1.2.2'), feed, updates)).rejects.toThrow(
      'newer version',
    );
  });

  describe('on GitHub', () => {
    /** GitHub's own command, of a repository that has these releases; what was asked of it is in `asked`. */
    function github(releases: { tagName: string; isDraft: boolean }[], arrived: string[]) {
      const asked: string[][] = [];
      const gh = async (args: string[]) => {
        asked.push(args);
        if (args[1] === 'list') return JSON.stringify(releases);
        return args[1] === 'view' ? JSON.stringify({ assets: arrived.map(name => ({ name })) }) : '';
      };
      return { gh, asked, steps: () => asked.map(([, step]) => step) };
    }

    const release = async () => ({ folder: await gathered(LINUX), version: '1.2.3', updates: packed(key.publicKey) });
    const others = [
      { tagName: 'v1.2.2', isDraft: false },
      { tagName: 'v1.3.0', isDraft: true },
    ];

    it('becomes a draft of its own', async () => {
      const ours = await release();
      const { gh, asked, steps } = github(others, readdirSync(ours.folder));
      await publishDraft(ours, gh);
      expect(steps()).toEqual(['list', 'create', 'upload', 'view']);
      expect(asked[1]).toEqual(expect.arrayContaining(['v1.2.3', '--draft', '--verify-tag']));
    });

    it('fills the draft that a run before has left, in place of making another', async () => {
      const ours = await release();
      const { gh, asked, steps } = github([...others, { tagName: 'v1.2.3', isDraft: true }], readdirSync(ours.folder));
      await publishDraft(ours, gh);
      expect(steps()).toEqual(['list', 'upload', 'view']);
      expect(asked[1]).toContain('--clobber');
    });

    it('is refused where that version is published, before anything of it is changed', async () => {
      const { gh, steps } = github([{ tagName: 'v1.2.3', isDraft: false }], []);
      await expect(publishDraft(await release(), gh)).rejects.toThrow('v1.2.3 is published already');
      expect(steps()).toEqual(['list']);
    });

    it('is refused when an asset did not arrive, or another build’s is among them', async () => {
      const ours = await release();
      await expect(publishDraft(ours, github([], []).gh)).rejects.toThrow('The draft lacks');
      const more = [...readdirSync(ours.folder), 'CachiBot-unsigned-1.2.3-x64.exe'];
      await expect(publishDraft(ours, github([], more).gh)).rejects.toThrow('The draft also holds CachiBot-unsigned');
    });

    it('never becomes one of a rehearsal', async () => {
      const rehearsed = { ...(await release()), folder: await gathered({ 'CachiBot-rehearsal.AppImage': 'image' }) };
      await expect(publishDraft(rehearsed, github([], []).gh)).rejects.toThrow('cannot be published');
    });
  });

  describe('has each manifest signed, rightly, with a key that the app knows', () => {
    const theirs = makeKey();
    const sig = (folder: string) => join(folder, 'latest-linux.yml.sig');

    it.each<[string, (folder: string) => void, string]>([
      ['one without a signature', folder => rmSync(sig(folder)), 'latest-linux.yml is not signed'],
      ['an empty signature', folder => writeFileSync(sig(folder), ''), 'latest-linux.yml is not signed'],
      ['one that was changed', folder => appendFileSync(join(folder, 'latest-linux.yml'), ' '), 'is wrong'],
      ['another’s signature', folder => copyFileSync(join(folder, 'beta-linux.yml.sig'), sig(folder)), 'is wrong'],
      ['one signed by others', folder => signManifests(folder, [theirs.privateKey]), 'which it does not know'],
    ])('and %s goes into no draft and no feed', async (_what, harm, words) => {
      const folder = await gathered(LINUX);
      const updates = packed(key.publicKey);
      expect(updateObjections(folder, updates)).toEqual([]);
      harm(folder);
      const feed = join(temporary(), 'feed');
      await expect(publishToFolder(folder, feed, updates)).rejects.toThrow(words);
      expect(existsSync(feed)).toBe(false);
      const gh = async () => expect.unreachable('GitHub was asked');
      await expect(publishDraft({ folder, version: '1.2.3', updates }, gh)).rejects.toThrow(words);
    });

    it('and so goes nothing that has no manifest', async () => {
      const folder = await gathered(LINUX);
      for (const name of readdirSync(folder).filter(name => name.includes('.yml'))) rmSync(join(folder, name));
      expect(updateObjections(folder, packed(key.publicKey))).toEqual(['its manifests are not signed']);
    });

    it('by both keys, while they are changed', async () => {
      const folder = await built(LINUX);
      signManifests(folder, [key.privateKey, theirs.privateKey]);
      expect(updateObjections(folder, packed(key.publicKey, theirs.publicKey))).toEqual([]);
      expect(updateObjections(folder, packed())).toHaveLength(2);
    });
  });

  it('is told on its page: what is new, and size and checksum of each file', async () => {
    const body = await releaseBody(root, await built(LINUX), versionOf(root));
    expect(body).toContain('- CachiBot in a window of its own');
    expect(body).toMatch(/\| app_1\.2\.3_amd64\.deb \| 0\.0 \| `[0-9a-f]{64}` \|/);
    expect(await releaseBody(root, await built({ 'App-unsigned.exe': '' }), '0.1.0')).toContain('no signature');
  });
});

it.each([
  ['CachiBot-x86_64.AppImage', true],
  ['cachibot-desktop_1.2.3_amd64.deb', true],
  ['cachibot-desktop-1.2.3.x86_64.rpm', true],
  ['CachiBot-1.2.3-x64.exe', true],
  ['CachiBot-1.2.3-arm64.dmg', true],
  ['CachiBot-1.2.3-arm64.zip', true],
  ['CachiBot-1.2.3-x64.exe.blockmap', false],
  ['latest.yml', false],
])('whether %s is installed by people: %s', (name, installed) => {
  expect(isInstaller(name)).toBe(installed);
});

describe('sizes', () => {
  it('are told by part, and one above its budget is named', () => {
    const weights = [
      { part: 'Electron’s program', bytes: 2e6, packed: 1e6 },
      { part: 'the shell', bytes: 1e6, packed: 1e6 },
    ];
    const installers = [
      { file: 'release/a.deb', bytes: 171e6 },
      { file: 'release/a.AppImage', bytes: 189e6 },
    ];
    const { lines, tooHeavy } = sizeReport(installers, weights);
    expect(lines).toContain('| a.deb | 171.0 | 170 |');
    expect(lines).toContain('| the shell | 1.0 | 50.0 % |');
    expect(tooHeavy).toEqual(['a.deb weighs 171.0 MB, and may weigh 170.']);
  });

  it.each([
    ['resources/backend/cachibot-server', 'the server’s program and Python modules'],
    ['resources/backend/_internal/numpy.libs/libopenblas.so.0', 'the server’s libraries'],
    ['resources/backend/_internal/cachibot/frontend_dist/index.html', 'CachiBot’s page'],
    ['resources/app.asar', 'the shell'],
    ['LICENSES.chromium.html', 'licences of Chromium and Electron'],
    ['cachibot-desktop', 'Electron’s program'],
    ['libEGL.so', 'Electron’s libraries and files'],
  ])('%s belongs to %s', (path, part) => {
    expect(partOf(path)).toBe(part);
  });
});

it('the shell’s bill of materials names the app, its packages and Electron, and is the same at each build', () => {
  const bill = { serialNumber: 'urn:1', metadata: { timestamp: 'now', component: { name: 'clone' } }, components: [] };
  const text = JSON.stringify(completed(bill, 'cachibot-desktop', '45.5.0'));
  expect(JSON.parse(text)).toMatchObject({
    metadata: { component: { name: 'cachibot-desktop' } },
    components: [{ name: 'electron', version: '45.5.0' }],
  });
  expect(text).not.toMatch(/urn:1|now/);
});
