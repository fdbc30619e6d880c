/** `npm run dist`, in a clone with fake tools. */

import { copyFileSync, existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { pythonComponent } from '../../../scripts/backend/frozen-python.mjs';
import { writeManifest } from '../../../scripts/backend/manifest.mjs';
import { RELEASE_PYTHON } from '../../../scripts/setup/python.mjs';
import { Clone } from '../../drivers/clone';
import { fuseWire } from '../../drivers/fuse-wire';
import { installerIn } from '../../drivers/windows-installer';

const root = join(__dirname, '..', '..', '..');

/** Creates a clone with all files that packing needs. */
function cloneToPack(): Clone {
  const clone = new Clone();
  copyFileSync(join(root, 'CHANGELOG.md'), join(clone.root, 'CHANGELOG.md'));
  clone.write('resources/backend/manifest.json', '{"files":{},"links":{}}');
  return clone;
}

// Only Linux builds an rpm.
it('requires rpmbuild before it packs the app', { tags: 'linux' }, async () => {
  const clone = cloneToPack();
  clone.addProgram('dnf');
  const { code, stderr } = await clone.run('dist.mjs');
  expect(code, stderr.join('\n')).toBe(1);
  expect(stderr.join('\n')).toContain('lacks rpmbuild');
  expect(stderr.join('\n')).toContain('sudo dnf install -y rpm-build');
  expect(existsSync(join(clone.root, '.setup', 'dist', 'notices'))).toBe(false);
});

/** A fake electron-builder: packs FAKE_PROGRAM with the server, or a package of FAKE_MEGABYTES. */
const FAKE_BUILDER = `
const { cpSync, mkdirSync, truncateSync, writeFileSync } = require('node:fs');
const { argv, env } = process;
const output = argv.find(text => text.startsWith('-c.directories.output=')).split('=')[1];
const app = output + (process.arch === 'x64' ? '/linux-unpacked' : '/linux-' + process.arch + '-unpacked');
if (argv.includes('--prepackaged')) {
  writeFileSync(output + '/app.deb', '');
  truncateSync(output + '/app.deb', Number(env.FAKE_MEGABYTES) * 1e6);
} else {
  mkdirSync(app, { recursive: true });
  writeFileSync(app + '/cachibot-desktop', env.FAKE_PROGRAM);
  cpSync('resources/backend', app + '/resources/backend', { recursive: true });
  if (env.FAKE_ADDED) writeFileSync(app + '/resources/backend/' + env.FAKE_ADDED, '');
}
`;

describe('a release', { tags: 'linux' }, () => {
  interface Given {
    /** The server has the Python of releases, not that of the machine. */
    standalone?: boolean;
    /** Variables of the fake electron-builder. */
    env?: Record<string, string>;
  }

  /** Packs a release with fake tools. */
  async function pack({ standalone = true, env = {} }: Given = {}, ...args: string[]) {
    const clone = cloneToPack();
    const sbom = { components: [pythonComponent({ version: RELEASE_PYTHON, standalone })] };
    clone.write('resources/backend/sbom.cdx.json', JSON.stringify(sbom));
    writeManifest(join(clone.root, 'resources', 'backend'));
    for (const name of ['LICENSE', 'electron-builder.yml']) copyFileSync(join(root, name), join(clone.root, name));
    clone.write('node_modules/electron-builder/cli.js', FAKE_BUILDER);
    clone.write('node_modules/electron-builder/index.js', 'exports.Arch = {};');
    clone.write(
      'node_modules/app-builder-lib/out/toolsets/linux.js',
      "exports.getAppImageTools = () => ({ mksquashfs: '/m', desktopFileValidate: '/d', runtime: '/r', runtimeLibraries: '/l' });",
    );
    symlinkSync(join(root, 'node_modules', 'yaml'), join(clone.root, 'node_modules', 'yaml'));
    clone.addProgram('rpmbuild');
    const fakes = { FAKE_PROGRAM: fuseWire(), FAKE_MEGABYTES: '1', ...env };
    const { code, stdout, stderr } = await clone.run('dist.mjs', ['--release', ...args], fakes);
    return { code, stdout, problem: stderr.join('\n') };
  }

  it('is packed', async () => {
    const { code, stdout, problem } = await pack();
    expect(problem).toBe('');
    expect(code).toBe(0);
    expect(stdout).toContain('release/app.deb');
  });

  it.each<[string, Given, string]>([
    ['a server with the Python of the machine', { standalone: false }, 'is only a rehearsal (Python'],
    ['a server that differs from its manifest', { env: { FAKE_ADDED: 'more.dll' } }, 'differs from its manifest'],
    [
      'a program with other fuses',
      { env: { FAKE_PROGRAM: fuseWire('110011001') } },
      'fuses are not as they must be: runAsNode',
    ],
    ['a package that is too large', { env: { FAKE_MEGABYTES: '171' } }, 'app.deb has 171.0 MB; its budget is 170 MB'],
  ])('is refused with %s', async (_, given, problem) => {
    expect(await pack(given)).toMatchObject({ code: 1, problem: expect.stringContaining(problem) });
  });

  it('may be too large in CI, which only warns', async () => {
    const { code, stdout } = await pack({ env: { FAKE_MEGABYTES: '171' } }, '--warn-about-sizes');
    expect(stdout).toContain('warning: app.deb has 171.0 MB; its budget is 170 MB');
    expect(code).toBe(0);
  });
});

it('builds exactly one installer for the architecture of the Windows machine that tests it', () => {
  const release = mkdtempSync(join(tmpdir(), 'cachibot-release-'));
  onTestFinished(() => rmSync(release, { recursive: true, force: true }));
  const write = (name: string) => writeFileSync(join(release, name), '');
  for (const name of ['CachiBot-1.2.3-arm64.exe', 'CachiBot-1.2.3-x64.exe.blockmap', 'latest.yml']) write(name);
  expect(() => installerIn(release)).toThrow('0 installers');
  write('CachiBot-unsigned-1.2.3-x64.exe');
  expect(installerIn(release)).toBe(join(release, 'CachiBot-unsigned-1.2.3-x64.exe'));
  write('CachiBot-1.2.2-x64.exe');
  expect(() => installerIn(release)).toThrow('2 installers');
});
