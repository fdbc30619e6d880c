/** The check of who signed a downloaded Windows installer. */

import type { NsisUpdater } from 'electron-updater';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { isPublisher } from '../../../desktop/updates/core/publisher';
import { openFeed } from '../../../desktop/updates/feed';
import { publisherCheck } from '../../../desktop/updates/publisher-check';

const PAGE = 'https://cachibot.ai/download';
const SUBJECT = 'CN="CachiBot, Inc.", O="CachiBot, Inc.", L=München, C=DE';

const updaters = vi.hoisted((): NsisUpdater[] => []);

// With a fake of Electron's `app`. A copy of all exports would create the default updater, which needs Electron.
vi.mock('electron-updater', async importOriginal => {
  const { AppImageUpdater, DebUpdater, MacUpdater, NsisUpdater, Provider, RpmUpdater } =
    await importOriginal<typeof import('electron-updater')>();
  class WindowsUpdater extends NsisUpdater {
    constructor() {
      super(null, { version: '1.0.0' } as never);
      updaters.push(this);
    }
  }
  return { AppImageUpdater, DebUpdater, MacUpdater, NsisUpdater: WindowsUpdater, Provider, RpmUpdater };
});

afterEach(() => vi.unstubAllEnvs());

/** A check with a PowerShell that prints `output`. `ran` records the scripts, `said` the log. */
function scripted(output: string, reason?: string) {
  const ran: string[] = [];
  const said: string[] = [];
  const check = publisherCheck({
    page: PAGE,
    log: line => said.push(line),
    run: async script => {
      ran.push(script);
      return { output, errors: '', failure: reason === undefined ? undefined : { code: 1, reason } };
    },
  });
  return { check: (file = 'C:\\update.exe') => check(['CachiBot, Inc.'], file), ran, said };
}

const printed = (status: string, signer: string) => `ready\r\n${JSON.stringify({ signer, status })}\r\n`;

describe('an installer', () => {
  it('is accepted with a valid signature of the publisher', async () => {
    const { check, said } = scripted(printed('Valid', SUBJECT));
    expect(await check()).toBeNull();
    expect(said).toEqual([`update: the installer's signature is Valid, by ${SUBJECT}`]);
  });

  it('is refused with a valid signature of another publisher, with advice', async () => {
    const { check } = scripted(printed('Valid', 'CN=Example Ltd., O="CN=CachiBot, Inc."'));
    expect(await check()).toMatch(/signed by “Example Ltd\.”.*Get CachiBot from https:\/\/cachibot\.ai\/download/);
  });

  it.each(['HashMismatch', 'NotSigned', 'NotTrusted', 'UnknownError', ''])(
    'is refused with the status %j',
    async status => {
      expect(await scripted(printed(status, SUBJECT)).check()).toContain(
        `(${status}). The download was deleted. Try again`,
      );
    },
  );

  it('is judged although a byte of the output is not UTF-8', async () => {
    const output = printed('Valid', SUBJECT).replace('ü', '\uFFFD');
    expect(await scripted(output).check()).toBeNull();
    expect(await scripted(output.replace('CachiBot', 'Example')).check()).toContain('“Example, Inc.”');
  });

  it.each([
    ['is absent', '', 'spawn powershell.exe ENOENT'],
    ['is forbidden', 'This program is blocked by group policy.', 'Command failed'],
    ['does not start in time', '', 'not finished after 60 s'],
  ])('is accepted, and the log says why, where PowerShell %s', async (_case, output, failure) => {
    const { check, said } = scripted(output, failure);
    expect(await check()).toBeNull();
    expect(said).toEqual([`update: the publisher is not checked, because PowerShell did not run: ${failure}`]);
  });

  it.each([
    ['does not finish in time', 'ready\r\n', 'not finished after 60 s'],
    ['cannot read the file', 'ready\r\n', 'Get-AuthenticodeSignature : Access is denied'],
    ['prints something else', 'ready\r\n{"status":0}\r\n', undefined],
  ])('is refused where PowerShell runs but %s', async (_case, output, failure) => {
    const { check, said } = scripted(output, failure);
    expect(await check()).toMatch(/couldn’t check who signed.*Try again/);
    expect(said).toEqual([expect.stringContaining(failure ?? 'no signature')]);
  });
});

describe('the script', () => {
  it.each([
    ['C:\\Users\\日本\\update.exe', 'C:\\Users\\日本\\update.exe'],
    ["C:\\it's\\';calc;'.exe", "C:\\it''s\\'';calc;''.exe"],
    ['C:\\O’Brien ‘‚‛\\$(calc)`.exe', 'C:\\O’’Brien ‘‘‚‚‛‛\\$(calc)`.exe'],
  ])('has the path %s as a quoted text', async (file, text) => {
    const { check, ran } = scripted('');
    await check(file);
    expect(ran[0]).toContain(`Get-AuthenticodeSignature -LiteralPath '${text}'\n`);
  });
});

describe('a publisher', () => {
  it.each([
    ['CachiBot, Inc.', true],
    ['CN="CachiBot, Inc."', true],
    ['CN=CachiBot\\, Inc.,C=DE', true],
    [SUBJECT, true],
    ['CachiBot', false],
    ['CN="CachiBot, Inc.", C=US', false],
    ['CN="CachiBot, Inc.", OU=Desktop', false],
    ['', false],
  ])('%s: %s', (publisher, expected) => expect(isPublisher(SUBJECT, ['Other', publisher])).toBe(expected));

  it.each([
    '',
    'CachiBot, Inc.',
    '"x, CN=CachiBot"',
    'O="x"y, CN=CachiBot',
    'O=x", CN=CachiBot',
    'O="x"", CN=CachiBot"',
  ])('is not a signer named %j', signer => expect(isPublisher(signer, ['CachiBot'])).toBe(false));
});

describe('the updater for Windows', () => {
  it('checks the publisher by our own function, not by programs in a command prompt', async () => {
    vi.stubEnv('SystemRoot', 'D:\\Win');
    const said: string[] = [];
    const unused = () => {
      throw new Error('not used');
    };
    openFeed({
      source: { feed: 'https://feed.example/', page: PAGE, keys: [], multiRange: false },
      format: 'nsis',
      development: false,
      newestSeen: () => undefined,
      markSeen: unused,
      download: unused,
      request: unused,
      log: line => said.push(line),
    });
    expect(await updaters[0]?.verifyUpdateCodeSignature(['CachiBot, Inc.'], 'C:\\update.exe')).toBeNull();
    expect(said).toEqual([expect.stringMatching(/PowerShell did not run: spawn D:\\Win\\System32\\.* ENOENT$/)]);
  });
});
