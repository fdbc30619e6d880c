/** Signing update manifests, checked with the app's own code. */

import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readSignatures } from '../../../desktop/updates/core/manifest-signature';
import { readUpdateSource } from '../../../desktop/updates/core/source';
import { keyProblems, makeKey, publicKeyOf } from '../../../scripts/release/signing.mjs';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cachibot-signing-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const inside = (name: string) => join(folder, name);
const run = (script: string, args: string[], env: Record<string, string> = {}) =>
  spawnSync(process.execPath, [join(__dirname, '..', '..', '..', 'scripts', 'release', script), ...args], {
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });
const updates = (...keys: string[]) => {
  writeFileSync(inside('updates.json'), JSON.stringify({ feed: 'https://feed.example/', keys }));
  return ['--updates', inside('updates.json')];
};

describe('creating a key', () => {
  it('writes the private key with permissions for its owner only, and prints the public key', () => {
    const created = run('make-key.mjs', [inside('key.pem')]);
    expect(created.status).toBe(0);
    if (process.platform !== 'win32') expect(statSync(inside('key.pem')).mode & 0o777).toBe(0o600);
    expect(created.stdout.trim()).toBe(publicKeyOf(readFileSync(inside('key.pem'), 'utf8')));
    expect(created.stdout).not.toContain('PRIVATE');
    const source = readUpdateSource({ feed: 'https://feed.example/', keys: [created.stdout.trim()] }, false);
    expect(source).toMatchObject({ keys: [created.stdout.trim()] });
  });

  it('never overwrites a file', () => {
    writeFileSync(inside('key.pem'), 'existing');
    expect(run('make-key.mjs', [inside('key.pem')])).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('exists'),
    });
    expect(readFileSync(inside('key.pem'), 'utf8')).toBe('existing');
  });
});

describe('signing', () => {
  const [one, other] = [makeKey(), makeKey()];

  it('writes signatures of all keys for each manifest, and for no other file', () => {
    for (const name of [
      'latest.yml',
      'latest-linux.yml',
      'latest-linux-arm64.yml',
      'beta-mac.yml',
      'builder-debug.yml',
    ])
      writeFileSync(inside(name), 'version: 1.0.0\n');
    const secret = { CACHIBOT_UPDATE_KEY: one.privateKey + other.privateKey };
    const signed = run('sign.mjs', [folder, ...updates(one.publicKey, other.publicKey)], secret);
    expect([signed.status, signed.stderr]).toEqual([0, '']);
    expect(signed.stdout.trim().split('\n').sort()).toEqual([
      'beta-mac.yml.sig',
      'latest-linux-arm64.yml.sig',
      'latest-linux.yml.sig',
      'latest.yml.sig',
    ]);
    expect(existsSync(inside('builder-debug.yml.sig'))).toBe(false);
    const keys = readSignatures(readFileSync(inside('latest.yml.sig'), 'utf8')).map(({ key }) => key);
    expect(keys).toEqual([one.publicKey, other.publicKey]);
  });

  it.each<[string, string[], Record<string, string>, RegExp]>([
    ['no key', [one.publicKey], { CACHIBOT_UPDATE_KEY: '' }, /no key to sign with/],
    [
      'a key the app does not know',
      [other.publicKey],
      { CACHIBOT_UPDATE_KEY: one.privateKey },
      /which it does not know/,
    ],
  ])('fails with %s', (_what, known, env, problem) => {
    writeFileSync(inside('latest.yml'), 'version: 1.0.0\n');
    expect(run('sign.mjs', [folder, ...updates(...known)], env)).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(problem),
    });
    expect(existsSync(inside('latest.yml.sig'))).toBe(false);
  });

  it.each([
    ['is beside', 'version: 1.0.0\n', ['CachiBot-rehearsal.AppImage']],
    ['is named in', 'version: 1.0.0\nfiles:\n  - url: CachiBot-rehearsal.AppImage\n', []],
  ])('fails for a rehearsal that %s the manifest, even with the real key', (_where, manifest, files) => {
    for (const name of files) writeFileSync(inside(name), '');
    writeFileSync(inside('latest-linux.yml'), manifest);
    const signed = run('sign.mjs', [folder, ...updates(one.publicKey)], { CACHIBOT_UPDATE_KEY: one.privateKey });
    expect(signed).toMatchObject({ status: 1, stderr: expect.stringContaining('is a rehearsal') });
    expect(existsSync(inside('latest-linux.yml.sig'))).toBe(false);
  });

  it('fails for a folder without a manifest', () => {
    const signed = run('sign.mjs', [folder, ...updates(one.publicKey)], { CACHIBOT_UPDATE_KEY: one.privateKey });
    expect(signed).toMatchObject({ status: 1, stderr: expect.stringContaining('no update manifest') });
  });
});

it.each([
  ['signed with a known key', { feed: 'https://feed.example/', keys: ['K'] }, ['K'], 0],
  ['of a rehearsal', { feed: 'http://127.0.0.1:8000/', keys: ['K'] }, ['K'], 1],
  ['signed also with an old key', { feed: 'https://feed.example/', keys: ['K'] }, ['OLD', 'K'], 0],
  ['signed with an unknown key', { feed: 'https://feed.example/', keys: ['K'] }, ['T'], 1],
  ['without signatures', { feed: 'https://feed.example/', keys: ['K'] }, [], 1],
  ['that knows no key', { feed: 'https://feed.example/', keys: [] }, ['K'], 2],
])('a build %s is accepted or rejected', (_what, content, keys, problems) => {
  expect(keyProblems(content, keys)).toHaveLength(problems);
});
