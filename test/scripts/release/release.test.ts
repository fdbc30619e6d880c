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
import { artifactSuffix, checkNotarisation } from '../../../scripts/dist/pack.mjs';
import { isInstaller, partOf, sizeReport } from '../../../scripts/dist/sizes.mjs';
import { completeBill } from '../../../scripts/dist/third-party-notices.mjs';
import { assetProblems, assetsIn } from '../../../scripts/release/assets.mjs';
import { collectArtifacts } from '../../../scripts/release/collect-artifacts.mjs';
import { hashOfFile, readManifest, verifyManifests } from '../../../scripts/release/manifests.mjs';
import { publishDraft, publishToFolder, signatureProblems } from '../../../scripts/release/publish.mjs';
import { releaseNotes } from '../../../scripts/release/release-notes.mjs';
import { makeKey, signManifests } from '../../../scripts/release/signing.mjs';
import {
  changelogSection,
  compareVersions,
  setVersion,
  versionMismatches,
  versionOf,
  versionsIn,
} from '../../../scripts/release/versions.mjs';

const root = join(__dirname, '..', '..', '..');

function temporary(): string {
  const folder = mkdtempSync(join(tmpdir(), 'cachibot-release-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Creates a folder with installers and a manifest that names them. */
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

/** Writes an updates.json that contains these keys. */
function packed(...keys: string[]): string {
  const file = join(temporary(), 'updates.json');
  writeFileSync(file, JSON.stringify({ feed: 'https://updates.cachibot.ai/desktop/', keys }));
  return file;
}

/** Creates a folder with collected and signed assets. */
async function collected(files: Record<string, string>, manifest?: string, version?: string) {
  const folder = join(temporary(), 'assets');
  await collectArtifacts([await built(files, manifest, version)], folder);
  signManifests(folder, [key.privateKey]);
  return folder;
}

const LINUX = { 'CachiBot-x86_64.AppImage': 'image', 'app_1.2.3_amd64.deb': 'deb', 'app-1.2.3.x86_64.rpm': 'rpm' };

it('is checked out with the same bytes on every system, because lint, tests and hashes depend on them', () => {
  expect(readFileSync(join(root, '.gitattributes'), 'utf8')).toMatch(/^\* text=auto eol=lf$/m);
});

it('has the same app ID on Windows in the installer’s shortcuts and in the app', () => {
  const { appId } = parse(readFileSync(join(root, 'electron-builder.yml'), 'utf8'));
  expect(platformFor('win32').appUserModelId).toBe(appId);
});

it('signs the app for macOS again after changing its fuses, even without a certificate', () => {
  const { electronFuses } = parse(readFileSync(join(root, 'electron-builder.yml'), 'utf8'));
  expect(electronFuses).toMatchObject({ resetAdHocDarwinSignature: true });
});

const workflow = parse(readFileSync(join(root, '.github', 'workflows', 'release.yml'), 'utf8'));

describe('secrets', () => {
  const { jobs } = workflow;
  const steps = (job: string): { run?: string; env?: object }[] => jobs[job].steps;
  const first = (job: string, command: RegExp) => steps(job).findIndex(({ run }) => command.test(run ?? ''));

  it('are available to single steps only, never while packages are installed', () => {
    const withSecrets = Object.keys(jobs).filter(job => JSON.stringify(jobs[job]).includes('secrets.'));
    expect(withSecrets).toEqual(['build-desktop', 'verify']);
    for (const job of withSecrets) expect(JSON.stringify({ ...jobs[job], steps: [] })).not.toContain('secrets.');
    const packing = first('build-desktop', /npm run dist/);
    expect(first('build-desktop', /scripts\/set-up\.mjs/)).toBeLessThan(packing);
    expect(first('build-desktop', /scripts\/set-up\.mjs/)).toBeGreaterThan(0);
    expect(steps('verify').filter(({ run }) => /npm (ci|install)/.test(run ?? ''))).toEqual([
      { run: 'npm ci --ignore-scripts' },
    ]);
  });
});

it('freezes and tests the server on the oldest supported Linux', () => {
  expect(readFileSync(join(root, 'README.md'), 'utf8')).toContain('glibc 2.35 or newer: Ubuntu 22.04');
  for (const job of ['build-backend', 'smoke'])
    expect(workflow.jobs[job].strategy.matrix.system.filter((name: string) => name.startsWith('ubuntu'))).toEqual([
      'ubuntu-22.04',
    ]);
});

it('names the artifact of each server by its system, so that jobs on other versions of the system find it', () => {
  const artifacts = Object.values<{ steps: { with?: { name?: string } }[] }>(workflow.jobs).flatMap(({ steps }) =>
    steps.flatMap(step => step.with?.name ?? []).filter(name => name.startsWith('backend-')),
  );
  expect(artifacts).toHaveLength(3);
  for (const name of artifacts) expect(name).toMatch(/^backend-.*runner\.os.*runner\.arch/);
});

it('does not let releases of different tags wait for each other, because GitHub would cancel waiting runs', () => {
  expect(workflow.concurrency.group).toContain('github.ref');
});

it('tests and verifies the signed app for macOS before uploading it', () => {
  const steps: { if?: string; run?: string; uses?: string }[] = workflow.jobs['build-desktop'].steps;
  const onMac = steps.filter(step => /'macos'/.test(step.if ?? '')).map(({ run }) => run?.trim().split('\n').at(-1));
  const expected = ['npm run dist -- --release', 'npm run smoke', 'npm run release -- verify-notarization'];
  expect(onMac).toEqual(expected.map(command => expect.stringContaining(command)));
  expect(steps.at(-1)?.uses).toContain('upload-artifact');
});

/** Returns the commands of a workflow. */
function commandsOf(name: string): string[] {
  const { jobs } = parse(readFileSync(join(root, '.github', 'workflows', name), 'utf8'));
  return Object.values<{ steps: { run?: string }[] }>(jobs).flatMap(({ steps }) =>
    steps.flatMap(({ run }) => run ?? []),
  );
}

const commands = ['ci.yml', 'release.yml'].flatMap(commandsOf);

it('fails in CI instead of packing a rehearsal, which would pass without the pinned Electron', () => {
  const packing = commands.filter(command => command.includes('npm run dist'));
  expect(packing).toHaveLength(6);
  expect(packing.filter(command => !command.includes('--release'))).toEqual([]);
});

it('refuses installers that are too large in a release; CI only warns', () => {
  const withSizes = (name: string) => commandsOf(name).filter(command => /npm run dist(?!.* --dir)/.test(command));
  expect(withSizes('ci.yml')).toEqual([expect.stringContaining('--warn-about-sizes')]);
  expect(withSizes('release.yml')).toHaveLength(3);
  expect(withSizes('release.yml').join()).not.toContain('--warn-about-sizes');
});

it('builds and tests the app in CI even if other tests fail', () => {
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

it('uploads the logs of a failed run, which are in a hidden folder, and nothing else of that folder', () => {
  for (const name of ['ci.yml', 'mutants.yml', 'windows-server.yml']) {
    const { jobs } = parse(readFileSync(join(root, '.github', 'workflows', name), 'utf8'));
    for (const { steps } of Object.values<{ steps: { with?: Record<string, unknown> }[] }>(jobs)) {
      const uploaded = steps.at(-1)?.with;
      expect(uploaded, name).toMatchObject({ 'include-hidden-files': true });
      const paths = String(uploaded?.path).trim().split('\n');
      expect(paths, name).toContain('.setup/*.log');
      for (const path of paths.filter(path => path.startsWith('.')))
        expect(path, name).toMatch(/^\.setup\/([a-z]+\/)?[a-z*]+\.(log|html)$/);
    }
  }
});

it('runs all tests in CI', () => {
  expect(commands.filter(command => command.endsWith('npm test -- --all'))).toHaveLength(1);
});

describe('the version', () => {
  it('is the same in all files of this clone', () => {
    expect(versionMismatches(versionsIn(root))).toEqual([]);
  });

  it('is reported where it differs', () => {
    const named = [
      { where: 'package.json', version: '1.2.3' },
      { where: 'CHANGELOG.md', version: '1.2.2' },
      { where: 'the metainfo', version: undefined },
    ];
    expect(versionMismatches(named)).toEqual([
      'CHANGELOG.md has 1.2.2, but package.json has 1.2.3.',
      'the metainfo has no version, but package.json has 1.2.3.',
    ]);
  });

  const metainfo = 'build/linux/org.cachibot.desktop.metainfo.xml';

  /** Copies the files that contain the version. */
  function copied(): string {
    const clone = temporary();
    mkdirSync(dirname(join(clone, metainfo)), { recursive: true });
    for (const name of ['package.json', 'package-lock.json', 'CHANGELOG.md', metainfo])
      copyFileSync(join(root, name), join(clone, name));
    return clone;
  }

  /** Adds a section to the changelog. */
  function addSection(clone: string, version: string) {
    const old = readFileSync(join(clone, 'CHANGELOG.md'), 'utf8');
    writeFileSync(join(clone, 'CHANGELOG.md'), old.replace(/^## /m, `## ${version}\n\n- Better.\n\n## `));
  }

  it('is set in all files if the changelog has its section', () => {
    const clone = copied();
    expect(() => setVersion(clone, '9.0.0', '2026-12-01')).toThrow('no heading “## 9.0.0”');
    addSection(clone, '9.0.0');
    setVersion(clone, '9.0.0', '2026-12-01');
    expect(versionOf(clone)).toBe('9.0.0');
    expect(versionMismatches(versionsIn(clone))).toEqual([]);
    expect(changelogSection(readFileSync(join(clone, 'CHANGELOG.md'), 'utf8'), '9.0.0')).toBe('- Better.');
    expect(() => setVersion(clone, '8.0.0', '2026-12-02')).toThrow('not newer than 9.0.0');
    expect(() => setVersion(clone, '9.1', '2026-12-02')).toThrow('not a valid version');
  });

  it('has the type “development” in the metainfo if it is a beta, so that software centres do not offer it by default', () => {
    const clone = copied();
    for (const [version, date] of [
      ['9.0.0-beta.1', '2026-12-01'],
      ['9.0.0', '2026-12-02'],
    ] as const) {
      addSection(clone, version);
      setVersion(clone, version, date);
      expect(versionMismatches(versionsIn(clone))).toEqual([]);
    }
    const text = readFileSync(join(clone, metainfo), 'utf8');
    expect(text).toContain('<release version="9.0.0-beta.1" type="development" date="2026-12-01"/>');
    expect(text).toContain('<release version="9.0.0" date="2026-12-02"/>');
  });

  it('can be compared', () => {
    expect(compareVersions('1.10.0', '1.9.9')).toBe(1);
    expect(compareVersions('1.0.0-beta.2', '1.0.0')).toBe(-1);
    expect(compareVersions('1.0.0-beta.2', '1.0.0-beta.10')).toBe(-1);
    expect(compareVersions('1.0.0', '1.0.0')).toBe(0);
  });
});

describe('the update manifests', () => {
  it('pass if all hashes and sizes are correct', async () => {
    expect(await verifyManifests(await collected(LINUX), '1.2.3')).toEqual({ checked: 8, wrong: [] });
  });

  it.each<[string, (folder: string) => void, string]>([
    [
      'a changed byte',
      folder => writeFileSync(join(folder, 'app_1.2.3_amd64.deb'), 'dEb'),
      'another hash for 1.2.3/app_1.2.3_amd64.deb',
    ],
    ['a missing file', folder => rmSync(join(folder, 'app-1.2.3.x86_64.rpm')), 'which does not exist'],
    [
      'a longer file',
      folder => writeFileSync(join(folder, 'CachiBot-x86_64.AppImage'), 'image!'),
      'has 5 bytes, but it has 6',
    ],
    [
      'no manifest',
      folder => ['latest', 'beta'].map(channel => rmSync(join(folder, `${channel}-linux.yml`))),
      'contains no update manifest',
    ],
    [
      'a path outside the folder of the version',
      folder => {
        const file = join(folder, 'latest-linux.yml');
        writeFileSync(file, readFileSync(file, 'utf8').replace('1.2.3/CachiBot', 'CachiBot'));
      },
      'names CachiBot-x86_64.AppImage, which does not exist',
    ],
  ])('fail for %s', async (_, change, problem) => {
    const folder = await collected(LINUX);
    change(folder);
    expect((await verifyManifests(folder, '1.2.3')).wrong.join('\n')).toContain(problem);
  });

  it('fail for another version', async () => {
    const { wrong } = await verifyManifests(await collected(LINUX), '1.2.4');
    expect(wrong.join()).toContain('has version 1.2.3, not 1.2.4');
  });

  it('of the two architectures of macOS are merged', async () => {
    const intel = await built({ 'CachiBot-x64.zip': 'intel' }, 'latest-mac.yml');
    const apple = await built({ 'CachiBot-arm64.zip': 'apple' }, 'latest-mac.yml');
    const all = join(temporary(), 'all');
    await collectArtifacts([intel, apple], all);
    const { files } = await readManifest(join(all, 'latest-mac.yml'));
    expect(files.map(({ url }) => url)).toEqual(['1.2.3/CachiBot-x64.zip', '1.2.3/CachiBot-arm64.zip']);
    expect(await verifyManifests(all, '1.2.3')).toEqual({ checked: 6, wrong: [] });
  });

  it('of different versions are not merged', async () => {
    const one = await built({ 'CachiBot-x64.zip': 'a' }, 'latest-mac.yml');
    const other = await built({ 'CachiBot-arm64.zip': 'b' }, 'latest-mac.yml', '1.2.4');
    await expect(collectArtifacts([one, other], join(temporary(), 'all'))).rejects.toThrow('1.2.3, another 1.2.4');
  });

  it.each(['latest.yml', 'latest-linux-armv7l.yml', 'beta-mac-arm64.yml', 'latest-windows.yml', 'builder-debug.yml'])(
    'named %s are either verified, signed and published, or ignored by all three',
    async name => {
      const folder = await built(LINUX, name);
      if (assetsIn(folder).manifests.length === 0) {
        expect(() => signManifests(folder, [makeKey().privateKey])).toThrow('no update manifest');
        expect((await verifyManifests(folder, '1.2.3')).checked).toBe(0);
        return;
      }
      const assets = await collected(LINUX, name);
      expect(assetsIn(assets).all).toEqual(expect.arrayContaining([name, `${name}.sig`]));
      const { checked } = await verifyManifests(assets, '1.2.3');
      expect(checked).toBe(4 * assetsIn(assets).manifests.length);
    },
  );

  it('of a stable release are copied to the beta channel', async () => {
    const folder = await collected(LINUX);
    expect(readFileSync(join(folder, 'beta-linux.yml'))).toEqual(readFileSync(join(folder, 'latest-linux.yml')));
  });
});

describe('a build', () => {
  it.each<[string, string | undefined, string, Record<string, string>]>([
    ['-rehearsal', 'another Electron', 'linux', {}],
    ['', undefined, 'linux', {}],
    ['-unsigned', undefined, 'win32', {}],
    ['-unsigned', undefined, 'darwin', { WIN_CSC_LINK: 'for the other system' }],
    ['', undefined, 'win32', { WIN_CSC_LINK: 'a certificate' }],
    ['', undefined, 'darwin', { CSC_LINK: 'a certificate' }],
  ])('has “%s” in its name', (suffix, rehearsal, platform, env) => {
    expect(artifactSuffix(rehearsal, { platform, env })).toBe(suffix);
  });

  it.each<[string, string, Record<string, string>]>([
    ['without credentials', 'darwin', { CSC_LINK: 'a certificate' }],
    ['with incomplete credentials', 'darwin', { CSC_LINK: 'c', APPLE_API_KEY: 'key.p8', APPLE_API_KEY_ID: '' }],
  ])('for macOS is not signed %s for notarisation', (_, platform, env) => {
    expect(() => checkNotarisation({ platform, env })).toThrow('APPLE_API_KEY, APPLE_API_KEY_ID, APPLE_API_ISSUER');
  });

  it.each<[string, string, Record<string, string>]>([
    ['notarised', 'darwin', { CSC_LINK: 'c', APPLE_API_KEY: 'k', APPLE_API_KEY_ID: 'i', APPLE_API_ISSUER: 'j' }],
    ['notarised with a keychain profile', 'darwin', { CSC_LINK: 'a certificate', APPLE_KEYCHAIN_PROFILE: 'mine' }],
    ['unsigned, with a name that says so', 'darwin', {}],
    ['for another system', 'win32', { CSC_LINK: 'a certificate' }],
  ])('may be %s', (_, platform, env) => {
    expect(() => checkNotarisation({ platform, env })).not.toThrow();
  });

  it('may be published if it is complete, signed and not a rehearsal', () => {
    const all = [...Object.keys(LINUX), 'latest-linux.yml'];
    expect(assetProblems(all, { systems: ['linux'] })).toEqual([]);
    expect(assetProblems(all.slice(1), { systems: ['linux'] })[0]).toContain('No file for linux matches');
    expect(assetProblems([...all, 'App-rehearsal.deb'], { systems: ['linux'] })).toEqual([
      'App-rehearsal.deb is a rehearsal.',
    ]);
    const kinds = ['x64.exe', 'x64.exe.blockmap', 'arm64.exe'];
    const windows = [...kinds.map(kind => `CachiBot-unsigned-${kind}`), 'latest.yml'];
    expect(assetProblems(windows, { systems: ['windows'] })).toHaveLength(3);
    expect(assetProblems(windows, { systems: ['windows'], unsigned: true })).toEqual([]);
    expect(assetProblems(all)).toHaveLength(9);
  });

  it('is copied to a feed with its manifests last; a rehearsal only to a feed with “rehearsal” in its name', async () => {
    const folder = await collected(LINUX);
    const feed = join(temporary(), 'feed');
    const updates = packed(key.publicKey);
    expect((await publishToFolder(folder, feed, updates)).at(-1)).toBe('latest-linux.yml');
    const names = ['beta-linux.yml', 'beta-linux.yml.sig', 'latest-linux.yml', 'latest-linux.yml.sig'];
    expect(readdirSync(feed).sort()).toEqual(['1.2.3', ...names]);
    expect(await verifyManifests(feed, '1.2.3')).toEqual({ checked: 8, wrong: [] });
    const rehearsed = await collected({ 'CachiBot-rehearsal.AppImage': 'image' });
    await expect(publishToFolder(rehearsed, feed, updates)).rejects.toThrow('is a rehearsal and cannot be published');
    expect(await publishToFolder(rehearsed, join(temporary(), 'rehearsal-feed'), updates)).toHaveLength(5);
  });

  it('does not remove the previous version and a newer beta from the feed', async () => {
    const feed = join(temporary(), 'feed');
    const updates = packed(key.publicKey);
    await publishToFolder(await collected(LINUX, undefined, '1.2.2'), feed, updates);
    await publishToFolder(await collected(LINUX, 'beta-linux.yml', '1.3.0-beta.1'), feed, updates);
    await publishToFolder(await collected({ ...LINUX, 'CachiBot-x86_64.AppImage': 'fixed' }), feed, updates);
    const image = (version: string) => readFileSync(join(feed, version, 'CachiBot-x86_64.AppImage'), 'utf8');
    expect([image('1.2.2'), image('1.2.3')]).toEqual(['image', 'fixed']);
    expect((await readManifest(join(feed, 'latest-linux.yml'))).version).toBe('1.2.3');
    expect((await readManifest(join(feed, 'beta-linux.yml'))).version).toBe('1.3.0-beta.1');
    const older = await collected(LINUX, undefined, '1.2.2');
    await expect(publishToFolder(older, feed, updates)).rejects.toThrow('newer version');
  });

  describe('on GitHub', () => {
    /** A fake of GitHub's command for a repository that has these releases; `calls` has the arguments of each call. */
    function github(releases: { tagName: string; isDraft: boolean }[], uploaded: string[]) {
      const calls: string[][] = [];
      const gh = async (args: string[]) => {
        calls.push(args);
        if (args[1] === 'list') return JSON.stringify(releases);
        return args[1] === 'view' ? JSON.stringify({ assets: uploaded.map(name => ({ name })) }) : '';
      };
      return { gh, calls, steps: () => calls.map(([, step]) => step) };
    }

    const release = async () => ({ folder: await collected(LINUX), version: '1.2.3', updates: packed(key.publicKey) });
    const others = [
      { tagName: 'v1.2.2', isDraft: false },
      { tagName: 'v1.3.0', isDraft: true },
    ];

    it('becomes a new draft', async () => {
      const ours = await release();
      const { gh, calls, steps } = github(others, readdirSync(ours.folder));
      await publishDraft(ours, gh);
      expect(steps()).toEqual(['list', 'create', 'upload', 'view']);
      expect(calls[1]).toEqual(expect.arrayContaining(['v1.2.3', '--draft', '--verify-tag']));
    });

    it('is uploaded to the draft of an earlier run, if there is one', async () => {
      const ours = await release();
      const { gh, calls, steps } = github([...others, { tagName: 'v1.2.3', isDraft: true }], readdirSync(ours.folder));
      await publishDraft(ours, gh);
      expect(steps()).toEqual(['list', 'upload', 'view']);
      expect(calls[1]).toContain('--clobber');
    });

    it('is rejected if its version is published, before any change', async () => {
      const { gh, steps } = github([{ tagName: 'v1.2.3', isDraft: false }], []);
      await expect(publishDraft(await release(), gh)).rejects.toThrow('v1.2.3 is published already');
      expect(steps()).toEqual(['list']);
    });

    it('is rejected if the draft lacks an asset, or has an asset of another build', async () => {
      const ours = await release();
      await expect(publishDraft(ours, github([], []).gh)).rejects.toThrow('The draft lacks');
      const more = [...readdirSync(ours.folder), 'CachiBot-unsigned-1.2.3-x64.exe'];
      await expect(publishDraft(ours, github([], more).gh)).rejects.toThrow(
        'The draft also contains CachiBot-unsigned',
      );
    });

    it('is rejected if it is a rehearsal', async () => {
      const rehearsed = { ...(await release()), folder: await collected({ 'CachiBot-rehearsal.AppImage': 'image' }) };
      await expect(publishDraft(rehearsed, github([], []).gh)).rejects.toThrow('cannot be published');
    });
  });

  describe('needs a valid signature of each manifest, with a key that the app knows,', () => {
    const otherKey = makeKey();
    const sig = (folder: string) => join(folder, 'latest-linux.yml.sig');

    it.each<[string, (folder: string) => void, string]>([
      ['a missing signature', folder => rmSync(sig(folder)), 'latest-linux.yml is not signed'],
      ['an empty signature', folder => writeFileSync(sig(folder), ''), 'latest-linux.yml is not signed'],
      ['a changed manifest', folder => appendFileSync(join(folder, 'latest-linux.yml'), ' '), 'is not valid'],
      [
        'the signature of another manifest',
        folder => copyFileSync(join(folder, 'beta-linux.yml.sig'), sig(folder)),
        'is not valid',
      ],
      ['an unknown key', folder => signManifests(folder, [otherKey.privateKey]), 'which it does not know'],
    ])('and is rejected for draft and feed with %s', async (_what, change, problem) => {
      const folder = await collected(LINUX);
      const updates = packed(key.publicKey);
      expect(signatureProblems(folder, updates)).toEqual([]);
      change(folder);
      const feed = join(temporary(), 'feed');
      await expect(publishToFolder(folder, feed, updates)).rejects.toThrow(problem);
      expect(existsSync(feed)).toBe(false);
      const gh = async () => expect.unreachable('GitHub was called');
      await expect(publishDraft({ folder, version: '1.2.3', updates }, gh)).rejects.toThrow(problem);
    });

    it('and is rejected without a manifest', async () => {
      const folder = await collected(LINUX);
      for (const name of readdirSync(folder).filter(name => name.includes('.yml'))) rmSync(join(folder, name));
      expect(signatureProblems(folder, packed(key.publicKey))).toEqual(['its manifests are not signed']);
    });

    it('and has signatures of both keys during a change of keys', async () => {
      const folder = await built(LINUX);
      signManifests(folder, [key.privateKey, otherKey.privateKey]);
      expect(signatureProblems(folder, packed(key.publicKey, otherKey.publicKey))).toEqual([]);
      expect(signatureProblems(folder, packed())).toHaveLength(2);
    });
  });

  it('has release notes: the changelog, and size and checksum of each file', async () => {
    const notes = await releaseNotes(root, await built(LINUX), versionOf(root));
    expect(notes).toContain(changelogSection(readFileSync(join(root, 'CHANGELOG.md'), 'utf8'), versionOf(root)));
    expect(notes).toMatch(/\| app_1\.2\.3_amd64\.deb \| 0\.0 \| `[0-9a-f]{64}` \|/);
    expect(await releaseNotes(root, await built({ 'App-unsigned.exe': '' }), '0.1.0')).toContain('are not signed');
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
])('%s is an installer: %s', (name, expected) => {
  expect(isInstaller(name)).toBe(expected);
});

describe('sizes', () => {
  it('are listed by part, and an installer that exceeds its budget is reported', () => {
    const parts = [
      { part: 'Electron’s program', bytes: 2e6, packed: 1e6 },
      { part: 'the shell', bytes: 1e6, packed: 1e6 },
    ];
    const installers = [
      { file: 'release/a.deb', bytes: 171e6 },
      { file: 'release/a.AppImage', bytes: 189e6 },
    ];
    const { lines, overBudget } = sizeReport(installers, parts);
    expect(lines).toContain('| a.deb | 171.0 | 170 | 85.5 | 100 |');
    expect(lines).toContain('| the shell | 1.0 | 50.0 % |');
    expect(overBudget).toEqual(['a.deb has 171.0 MB; its budget is 170 MB.']);
  });

  it('of our own parts have a budget, whatever the size of the packed Electron', () => {
    const parts = [
      { part: 'Electron’s libraries and files', bytes: 2e6, packed: 1e6 },
      { part: 'the server’s libraries', bytes: 3e6, packed: 3e6 },
    ];
    const { overBudget } = sizeReport([{ file: 'release/a.deb', bytes: 160e6 }], parts);
    expect(overBudget).toEqual(['a.deb has 120.0 MB without Electron; the budget is 100 MB.']);
  });

  it.each([
    ['resources/backend/cachibot-server', 'the server’s program and Python modules'],
    ['resources/backend/_internal/modules.pyz', 'the server’s program and Python modules'],
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

it('the shell’s bill of materials names the app, its packages and Electron, and is reproducible', () => {
  const bill = { serialNumber: 'urn:1', metadata: { timestamp: 'now', component: { name: 'clone' } }, components: [] };
  const text = JSON.stringify(completeBill(bill, 'cachibot-desktop', '45.5.0'));
  expect(JSON.parse(text)).toMatchObject({
    metadata: { component: { name: 'cachibot-desktop' } },
    components: [{ name: 'electron', version: '45.5.0' }],
  });
  expect(text).not.toMatch(/urn:1|now/);
});
