import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parse } from 'yaml';
import { platformFor } from '../../desktop/core/platform';
import { checkNotarisation, markOf } from '../../scripts/dist/pack.mjs';
import { completed } from '../../scripts/dist/papers.mjs';
import { isInstaller, partOf, sizeReport } from '../../scripts/dist/sizes.mjs';
import { objections } from '../../scripts/release/assets.mjs';
import { releaseBody } from '../../scripts/release/body.mjs';
import { gather } from '../../scripts/release/gather.mjs';
import { alsoForBetas, hashOfFile, readManifest, verifyManifests } from '../../scripts/release/manifests.mjs';
import { publishDraft, publishToFolder, updateObjections } from '../../scripts/release/publish.mjs';
import { makeKey, signManifests } from '../../scripts/release/signing.mjs';
import { compare, disagreements, notesOf, prepare, versionOf, versionsIn } from '../../scripts/release/versions.mjs';

const root = join(__dirname, '..', '..');

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

const LINUX = { 'CachiBot-x86_64.AppImage': 'image', 'app_1.2.3_amd64.deb': 'deb', 'app-1.2.3.x86_64.rpm': 'rpm' };

it('has one identity on Windows: what the installer gives the shortcuts, the app gives itself', () => {
  const { appId } = parse(readFileSync(join(root, 'electron-builder.yml'), 'utf8'));
  expect(platformFor('win32').appUserModelId).toBe(appId);
});

it('signs a Mac’s app again after its fuses have changed, also without a certificate: an old signature kills it', () => {
  const { electronFuses } = parse(readFileSync(join(root, 'electron-builder.yml'), 'utf8'));
  expect(electronFuses).toMatchObject({ resetAdHocDarwinSignature: true });
});

describe('secrets', () => {
  const { jobs } = parse(readFileSync(join(root, '.github', 'workflows', 'release.yml'), 'utf8'));
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

/** The commands of all workflows. */
const commands = ['ci.yml', 'release.yml'].flatMap(name => {
  const { jobs } = parse(readFileSync(join(root, '.github', 'workflows', name), 'utf8'));
  return Object.values<{ steps: { run?: string }[] }>(jobs).flatMap(({ steps }) =>
    steps.flatMap(({ run }) => run ?? []),
  );
});

it('packs no rehearsal on a hosted machine, which would be green without the pinned Electron', () => {
  const packing = commands.filter(command => command.includes('npm run dist'));
  expect(packing).toHaveLength(5);
  expect(packing.filter(command => !command.includes('--release'))).toEqual([]);
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

  it('is changed everywhere at once, when people have written what is new', () => {
    const clone = temporary();
    for (const name of ['package.json', 'package-lock.json', 'CHANGELOG.md'])
      copyFileSync(join(root, name), join(clone, name));
    const metainfo = 'build/linux/org.cachibot.desktop.metainfo.xml';
    mkdirSync(dirname(join(clone, metainfo)), { recursive: true });
    copyFileSync(join(root, metainfo), join(clone, metainfo));
    expect(() => prepare(clone, '9.0.0', '2026-12-01')).toThrow('no heading “## 9.0.0”');
    const old = readFileSync(join(clone, 'CHANGELOG.md'), 'utf8');
    writeFileSync(join(clone, 'CHANGELOG.md'), old.replace(/^## /m, '## 9.0.0\n\n- Better.\n\n## '));
    prepare(clone, '9.0.0', '2026-12-01');
    expect(versionOf(clone)).toBe('9.0.0');
    expect(disagreements(versionsIn(clone))).toEqual([]);
    expect(notesOf(readFileSync(join(clone, 'CHANGELOG.md'), 'utf8'), '9.0.0')).toBe('- Better.');
    expect(() => prepare(clone, '8.0.0', '2026-12-02')).toThrow('not newer than 9.0.0');
    expect(() => prepare(clone, '9.1', '2026-12-02')).toThrow('no version of this app');
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
    expect(await verifyManifests(await built(LINUX), '1.2.3')).toEqual({ checked: 4, wrong: [] });
  });

  it.each<[string, (folder: string) => void, string]>([
    [
      'a changed byte',
      folder => writeFileSync(join(folder, 'app_1.2.3_amd64.deb'), 'dEb'),
      'another hash for app_1.2.3_amd64.deb',
    ],
    ['a missing file', folder => rmSync(join(folder, 'app-1.2.3.x86_64.rpm')), 'which is not beside it'],
    ['a longer file', folder => writeFileSync(join(folder, 'CachiBot-x86_64.AppImage'), 'image!'), 'has 5 bytes'],
    ['no manifest', folder => rmSync(join(folder, 'latest-linux.yml')), 'holds no update manifest'],
  ])('are refused for %s', async (_, harm, words) => {
    const folder = await built(LINUX);
    harm(folder);
    expect((await verifyManifests(folder, '1.2.3')).wrong.join('\n')).toContain(words);
  });

  it('are refused when they are of another version', async () => {
    expect((await verifyManifests(await built(LINUX), '1.2.4')).wrong[0]).toContain('of version 1.2.3, not 1.2.4');
  });

  it('of two kinds of Mac become one', async () => {
    const intel = await built({ 'CachiBot-x64.zip': 'intel' }, 'latest-mac.yml');
    const apple = await built({ 'CachiBot-arm64.zip': 'apple' }, 'latest-mac.yml');
    const all = join(temporary(), 'all');
    await gather([intel, apple], all);
    const { files } = await readManifest(join(all, 'latest-mac.yml'));
    expect(files.map(({ url }) => url)).toEqual(['CachiBot-x64.zip', 'CachiBot-arm64.zip']);
    expect(await verifyManifests(all, '1.2.3')).toEqual({ checked: 3, wrong: [] });
  });

  it('of two machines that built different versions do not', async () => {
    const one = await built({ 'CachiBot-x64.zip': 'a' }, 'latest-mac.yml');
    const other = await built({ 'CachiBot-arm64.zip': 'b' }, 'latest-mac.yml', '1.2.4');
    await expect(gather([one, other], join(temporary(), 'all'))).rejects.toThrow('1.2.3, another 1.2.4');
  });

  it('of a stable release are there for betas, too', async () => {
    const folder = await built(LINUX);
    expect(alsoForBetas(folder)).toEqual(['beta-linux.yml']);
    expect((await verifyManifests(folder, '1.2.3')).wrong).toEqual([]);
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
    const folder = await built({ ...LINUX, 'x.AppImage.blockmap': 'map' });
    const feed = join(temporary(), 'feed');
    expect(publishToFolder(folder, feed).at(-1)).toBe('latest-linux.yml');
    expect(readdirSync(feed).sort()).toEqual([...readdirSync(folder)].sort());
    const rehearsed = await built({ 'CachiBot-rehearsal.AppImage': 'image' });
    expect(() => publishToFolder(rehearsed, feed)).toThrow('is a rehearsal and cannot be published');
    expect(publishToFolder(rehearsed, join(temporary(), 'rehearsal-feed'))).toHaveLength(2);
  });

  it('becomes a draft, which is refused when an asset did not arrive, and never a rehearsal', async () => {
    const folder = await built(LINUX);
    const asked: string[][] = [];
    const gh = (arrived: string[]) => async (args: string[]) => {
      asked.push(args);
      return args[1] === 'view' ? JSON.stringify({ assets: arrived.map(name => ({ name })) }) : '';
    };
    const release = { folder, version: '1.2.3' };
    await publishDraft(release, gh([...Object.keys(LINUX), 'latest-linux.yml']));
    expect(asked[0]).toEqual(expect.arrayContaining(['create', 'v1.2.3', '--draft', '--verify-tag']));
    await expect(publishDraft(release, gh([]))).rejects.toThrow('The draft lacks');
    const rehearsed = { ...release, folder: await built({ 'CachiBot-rehearsal.AppImage': 'image' }) };
    await expect(publishDraft(rehearsed, gh([]))).rejects.toThrow('cannot be published');
  });

  it('is signed with a key that the app knows', async () => {
    const folder = await built(LINUX);
    const { privateKey, publicKey } = makeKey();
    const updates = join(temporary(), 'updates.json');
    const pack = (keys: string[]) =>
      writeFileSync(updates, JSON.stringify({ feed: 'https://updates.cachibot.ai/desktop/', keys }));
    pack([publicKey]);
    expect(updateObjections(folder, updates)).toEqual(['its manifests are not signed']);
    signManifests(folder, [privateKey]);
    expect(updateObjections(folder, updates)).toEqual([]);
    pack([]);
    expect(updateObjections(folder, updates)).toHaveLength(2);
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
  const text = JSON.stringify(completed(bill, 'cachibot-desktop', '45.4.1'));
  expect(JSON.parse(text)).toMatchObject({
    metadata: { component: { name: 'cachibot-desktop' } },
    components: [{ name: 'electron', version: '45.4.1' }],
  });
  expect(text).not.toMatch(/urn:1|now/);
});
