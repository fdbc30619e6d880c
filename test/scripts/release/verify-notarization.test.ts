/** The verification of signatures with the tools of macOS and Windows. */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { isUnsigned, verifyMacApp } from '../../../scripts/release/verify-notarization.mjs';
import { expectSigned } from '../../drivers/windows-installer';

/** A fake system: records each call and returns this result. */
function system(result: (program: string) => { code: number; output: string }) {
  const calls: string[][] = [];
  const run = async (program: string, ...args: string[]) => {
    calls.push([program, ...args]);
    return result(program);
  };
  return { calls, run };
}

it.each([
  ['CachiBot-1.2.3-x64.exe', false],
  ['/release/CachiBot-unsigned-1.2.3-arm64.dmg', true],
  ['/home/me/my-unsigned-clone/CachiBot-1.2.3-x64.exe', false],
])('%s says that it is not signed: %s', (installer, expected) => {
  expect(isUnsigned(installer)).toBe(expected);
});

describe('on a Mac', () => {
  const app = '/r/mac/CachiBot.app';

  it('checks the signature, Gatekeeper and the ticket', async () => {
    const { calls, run } = system(() => ({ code: 0, output: '' }));
    await verifyMacApp(app, run);
    expect(calls).toEqual([
      ['codesign', '--verify', '--deep', '--strict', app],
      ['spctl', '--assess', '--type', 'execute', app],
      ['xcrun', 'stapler', 'validate', app],
    ]);
  });

  it.each(['codesign', 'spctl', 'xcrun'])('fails if %s fails', async failing => {
    const { run } = system(program => ({ code: program === failing ? 3 : 0, output: `output of ${program}\n` }));
    await expect(verifyMacApp(app, run)).rejects.toThrow(`exited with code 3: output of ${failing}`);
  });
});

describe('on Windows', () => {
  /** Creates a folder with an installed program and a library; with `signature`, both have one. */
  function installed({ signature = true } = {}) {
    const localFolder = mkdtempSync(join(tmpdir(), "cachibot-ada's-"));
    onTestFinished(() => rmSync(localFolder, { recursive: true, force: true }));
    const folder = join(localFolder, 'Programs', 'CachiBot');
    mkdirSync(folder, { recursive: true });
    const files = ['CachiBot.exe', 'module.pyd'].map(name => join(folder, name));
    for (const file of files) writeFileSync(file, program(signature));
    return { localFolder, files };
  }

  /** The smallest program of 64 bits, with or without a signature. */
  function program(signature: boolean): Buffer {
    const bytes = Buffer.alloc(576);
    bytes.write('MZ', 'latin1');
    bytes.writeUInt32LE(64, 0x3c);
    bytes.write('PE\0\0', 64, 'latin1');
    bytes.writeUInt16LE(0x20b, 64 + 24);
    if (!signature) return bytes;
    bytes.writeUInt32LE(512, 64 + 24 + 112 + 32);
    bytes.writeUInt32LE(64, 64 + 24 + 112 + 36);
    bytes.writeUInt32LE(64, 512);
    bytes.writeUInt16LE(2, 518);
    return bytes;
  }
  const installer = 'release/CachiBot-1.2.3-x64.exe';

  it('checks the signatures of the installer and of every installed program and library, in one call', async () => {
    const { localFolder, files } = installed();
    const { calls, run } = system(() => ({ code: 0, output: 'Valid a\r\nValid b\r\nValid c\r\n' }));
    expect(await expectSigned({ localFolder, run }, installer)).toBe(3);
    expect(calls.map(call => call[0])).toEqual(['powershell']);
    const quoted = [installer, ...files].map(file => `'${file.replaceAll("'", "''")}'`);
    for (const path of quoted) expect(calls[0]?.at(-1)).toContain(path);
  });

  it.each([
    { code: 0, output: 'NotSigned a\r\nValid b\r\nValid c\r\n' },
    { code: 0, output: 'HashMismatch a\r\nValid b\r\nValid c\r\n' },
    { code: 0, output: 'Valid a\r\nValid b\r\n' },
    { code: 0, output: '' },
    { code: 1, output: 'Valid a\r\nValid b\r\nValid c\r\n' },
  ])('fails for a signature that is not valid: %j', async result => {
    const { localFolder } = installed();
    const windows = { localFolder, run: system(() => result).run };
    await expect(expectSigned(windows, installer)).rejects.toThrow('does not accept every signature');
  });

  it('fails for an installed file without a signature, before it asks Windows', async () => {
    const { localFolder } = installed({ signature: false });
    const { calls, run } = system(() => ({ code: 0, output: '' }));
    await expect(expectSigned({ localFolder, run }, installer)).rejects.toThrow('2 programs and libraries have no');
    expect(calls).toEqual([]);
  });

  it('checks nothing if the name of the installer says that it is not signed', async () => {
    const { calls, run } = system(() => ({ code: 0, output: 'NotSigned' }));
    const { localFolder } = installed({ signature: false });
    expect(await expectSigned({ localFolder, run }, 'release/CachiBot-unsigned-1.2.3-x64.exe')).toBe(0);
    expect(calls).toEqual([]);
  });
});
