/** The verification of signatures with the tools of macOS and Windows. */

import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
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
  const installed = (run: ReturnType<typeof system>['run']) => ({ localFolder: "C:/ada's", run });
  const installer = 'release/CachiBot-1.2.3-x64.exe';

  it('checks the signatures of the installer and of the installed program', async () => {
    const { calls, run } = system(() => ({ code: 0, output: 'Valid\r\n' }));
    expect(await expectSigned(installed(run), installer)).toBe(true);
    expect(calls.map(call => call[0])).toEqual(['powershell', 'powershell']);
    expect(calls.map(call => call.at(-1))).toEqual([
      `(Get-AuthenticodeSignature -LiteralPath '${installer}').Status`,
      `(Get-AuthenticodeSignature -LiteralPath '${join("C:/ada''s", 'Programs', 'CachiBot', 'CachiBot.exe')}').Status`,
    ]);
  });

  it.each([
    { code: 0, output: 'NotSigned\r\n' },
    { code: 0, output: 'HashMismatch\r\n' },
    { code: 0, output: '' },
    { code: 1, output: 'Valid' },
  ])('fails for a signature that is not valid: %j', async result => {
    await expect(expectSigned(installed(system(() => result).run), installer)).rejects.toThrow('is not valid');
  });

  it('checks nothing if the name of the installer says that it is not signed', async () => {
    const { calls, run } = system(() => ({ code: 0, output: 'NotSigned' }));
    expect(await expectSigned(installed(run), 'release/CachiBot-unsigned-1.2.3-x64.exe')).toBe(false);
    expect(calls).toEqual([]);
  });
});
