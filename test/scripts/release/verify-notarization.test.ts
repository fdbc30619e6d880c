/** What macOS and Windows are asked about what was signed for them. */

import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { expectMacTrusts, isUnsigned } from '../../../scripts/release/verify-notarization.mjs';
import { expectSigned } from '../../drivers/windows-installer';

/** A system that says this to each question, and notes them. */
function system(answers: (program: string) => { code: number; output: string }) {
  const asked: string[][] = [];
  const run = async (program: string, ...args: string[]) => {
    asked.push([program, ...args]);
    return answers(program);
  };
  return { asked, run };
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

  it('the signature, Gatekeeper and the ticket are asked for', async () => {
    const { asked, run } = system(() => ({ code: 0, output: '' }));
    await expectMacTrusts(app, run);
    expect(asked).toEqual([
      ['codesign', '--verify', '--deep', '--strict', app],
      ['spctl', '--assess', '--type', 'execute', app],
      ['xcrun', 'stapler', 'validate', app],
    ]);
  });

  it.each(['codesign', 'spctl', 'xcrun'])('a no of %s is one', async no => {
    const { run } = system(program => ({ code: program === no ? 3 : 0, output: `${program} speaks\n` }));
    await expect(expectMacTrusts(app, run)).rejects.toThrow(`ended with code 3: ${no} speaks`);
  });
});

describe('on Windows', () => {
  const installed = (run: ReturnType<typeof system>['run']) => ({ localFolder: "C:/ada's", run });
  const installer = 'release/CachiBot-1.2.3-x64.exe';

  it('the signatures of the installer and of what it has installed are', async () => {
    const { asked, run } = system(() => ({ code: 0, output: 'Valid\r\n' }));
    expect(await expectSigned(installed(run), installer)).toBe(true);
    expect(asked.map(words => words[0])).toEqual(['powershell', 'powershell']);
    expect(asked.map(words => words.at(-1))).toEqual([
      `(Get-AuthenticodeSignature -LiteralPath '${installer}').Status`,
      `(Get-AuthenticodeSignature -LiteralPath '${join("C:/ada''s", 'Programs', 'CachiBot', 'CachiBot.exe')}').Status`,
    ]);
  });

  it.each([
    { code: 0, output: 'NotSigned\r\n' },
    { code: 0, output: 'HashMismatch\r\n' },
    { code: 0, output: '' },
    { code: 1, output: 'Valid' },
  ])('anything but a valid one is none: %j', async answer => {
    await expect(expectSigned(installed(system(() => answer).run), installer)).rejects.toThrow('is not valid');
  });

  it('nothing is asked of one whose name says that it is not signed', async () => {
    const { asked, run } = system(() => ({ code: 0, output: 'NotSigned' }));
    expect(await expectSigned(installed(run), 'release/CachiBot-unsigned-1.2.3-x64.exe')).toBe(false);
    expect(asked).toEqual([]);
  });
});
