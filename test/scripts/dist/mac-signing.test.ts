/** Entitlements and signatures of the app for macOS. */

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parse } from 'yaml';
import { machOFilesIn } from '../../../scripts/dist/mach-o.mjs';
import signApp, { entitlementsFor, signServer } from '../../../scripts/dist/sign-mac.mjs';

const root = join(__dirname, '..', '..', '..');
const build = join(root, 'build');
const { mac } = parse(readFileSync(join(root, 'electron-builder.yml'), 'utf8'));

/** The names in a property list; fails for one that is not simple, or not valid XML. */
function entitlementsIn(file: string): string[] {
  const text = readFileSync(join(build, file), 'utf8').replaceAll(/<!--[\s\S]*?-->/g, '');
  const dict = /<plist version="1\.0">\s*<dict>([\s\S]*)<\/dict>\s*<\/plist>\s*$/.exec(text)?.[1] ?? '';
  const entries = [...dict.matchAll(/<key>([\w.-]+)<\/key>\s*<true\/>/g)];
  expect(dict.replaceAll(/<key>[\w.-]+<\/key>\s*<true\/>/g, '').trim(), file).toBe('');
  return entries.map(([, name = '']) => name.replace('com.apple.security.', '')).sort();
}

describe('the entitlements', () => {
  it.each([
    ['the app', 'entitlements.mac.plist', ['automation.apple-events', 'cs.allow-jit', 'device.audio-input']],
    ['Chromium’s services', 'entitlements.mac.helper.plist', ['cs.allow-jit', 'device.audio-input']],
    ['pages and graphics', 'entitlements.mac.renderer.plist', ['cs.allow-jit']],
    [
      'the server',
      'entitlements.mac.server.plist',
      ['automation.apple-events', 'cs.allow-unsigned-executable-memory', 'cs.disable-library-validation'],
    ],
  ])('of %s are only those that it needs', (_, file, expected) => {
    expect(entitlementsIn(file)).toEqual(expected);
  });

  const app = '/r/CachiBot.app';
  const frameworks = `${app}/Contents/Frameworks`;
  it.each([
    [app, 'entitlements.mac.plist'],
    [`${frameworks}/CachiBot Helper.app`, 'entitlements.mac.helper.plist'],
    [`${frameworks}/CachiBot Helper.app/Contents/MacOS/CachiBot Helper`, 'entitlements.mac.helper.plist'],
    [`${frameworks}/CachiBot Helper (Renderer).app`, 'entitlements.mac.renderer.plist'],
    [`${frameworks}/CachiBot Helper (GPU).app/Contents/MacOS/CachiBot Helper (GPU)`, 'entitlements.mac.renderer.plist'],
    [`${frameworks}/CachiBot Helper (Plugin).app`, 'entitlements.mac.renderer.plist'],
    [
      `${frameworks}/Electron Framework.framework/Versions/A/Libraries/libffmpeg.dylib`,
      'entitlements.mac.renderer.plist',
    ],
  ])('of %s are in %s', (file, expected) => {
    expect(basename(entitlementsFor(build, app, file))).toBe(expected);
  });

  it('are added to the other options of each file', async () => {
    const optionsForFile = () => ({ hardenedRuntime: true });
    let signed: unknown;
    await signApp({ app, optionsForFile }, { info: { buildResourcesDir: build } }, async options => {
      signed = options.optionsForFile(`${frameworks}/CachiBot Helper (Renderer).app`);
    });
    expect(signed).toEqual({ hardenedRuntime: true, entitlements: join(build, 'entitlements.mac.renderer.plist') });
  });

  it('are all used, and chosen for each file', () => {
    const files = readdirSync(build).filter(name => name.startsWith('entitlements'));
    expect(files.sort()).toEqual(
      ['', '.helper', '.renderer', '.server'].map(part => `entitlements.mac${part}.plist`).sort(),
    );
    expect(mac).toMatchObject({ entitlements: 'build/entitlements.mac.plist', sign: 'scripts/dist/sign-mac.mjs' });
    expect(mac.entitlementsInherit).toBeUndefined();
  });
});

it('macOS can tell the user why the app wants the microphone, other apps and the local network', () => {
  for (const name of ['Microphone', 'AppleEvents', 'LocalNetwork'])
    expect(mac.extendInfo[`NS${name}UsageDescription`]).toMatch(/^[A-Z].{40,}\.$/);
});

/** Writes the header of a library or program for macOS. */
function writeMachO(file: string, { program = false, universal = false } = {}): string {
  const header = Buffer.alloc(32);
  header.writeUInt32LE(0xfeedfacf, 0);
  header.writeUInt32LE(program ? 2 : 6, 12);
  const contents = Buffer.alloc(4096);
  contents.writeUInt32BE(0xcafebabe, 0);
  contents.writeUInt32BE(1, 4);
  contents.writeUInt32BE(4096, 16);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, universal ? Buffer.concat([contents, header]) : header);
  return file;
}

describe('the server', () => {
  /** A server with 250 libraries. */
  function server() {
    const folder = mkdtempSync(join(tmpdir(), 'cachibot-mac-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const program = writeMachO(join(folder, 'cachibot-server'), { program: true });
    for (let index = 0; index < 249; index += 1) writeMachO(join(folder, 'lib', `${index}.so`));
    writeMachO(join(folder, 'lib', 'universal.dylib'), { universal: true });
    writeFileSync(join(folder, 'lib', 'Java.class'), Buffer.from('cafebabe00000034', 'hex'));
    writeFileSync(join(folder, 'lib', 'data.so'), 'not a library');
    return { folder, program };
  }
  const IDENTITY = `  1) ${'AB'.repeat(20)} "Developer ID Application: CachiBot (TEAM)"\n`;

  /** Records the calls of codesign. The first calls fail. */
  function system(failures = 0) {
    const calls: string[][] = [];
    let left = failures;
    const run = async (command: string, args: string[]) => {
      if (command === 'security') return { code: 0, output: IDENTITY };
      calls.push(args);
      left -= 1;
      return left >= 0 ? { code: 1, output: 'The timestamp service is not available.' } : { code: 0, output: '' };
    };
    return { calls, run };
  }

  it('has its libraries signed in batches, without entitlements, before the program', async () => {
    const { folder, program } = server();
    const { calls, run } = system();
    await signServer(folder, { build, keychain: 'temporary.keychain', run });
    expect(calls).toHaveLength(4);
    const files = calls.map(args => args.slice(args.indexOf('--sign') + 2));
    expect(files.map(batch => batch.length)).toEqual([100, 100, 50, 3]);
    expect(files.at(-1)).toEqual(['--entitlements', join(build, 'entitlements.mac.server.plist'), program]);
    for (const args of calls.slice(0, 3)) expect(args).not.toContain('--entitlements');
    for (const args of calls) {
      expect(args).toEqual(expect.arrayContaining(['--timestamp', 'runtime', 'temporary.keychain', 'AB'.repeat(20)]));
      expect(args).toContain('--force'); // a batch can be signed again
    }
    const signed = files.flat().filter(name => name.startsWith(folder));
    expect(signed.sort()).toEqual(
      machOFilesIn(folder)
        .map(({ file }) => file)
        .sort(),
    );
    expect(signed).toHaveLength(251);
  });

  it('is signed even if the time stamp service fails twice, but not if it fails three times', async () => {
    const { folder } = server();
    const twice = system(2);
    await signServer(folder, { build, run: twice.run, pauseMs: 1 });
    expect(twice.calls).toHaveLength(6);
    expect(twice.calls[0]).toEqual(twice.calls[2]);
    const { calls, run } = system(3);
    await expect(signServer(folder, { build, run, pauseMs: 1 })).rejects.toThrow('timestamp service');
    expect(calls).toHaveLength(3);
  });
});
