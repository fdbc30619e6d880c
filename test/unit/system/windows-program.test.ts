/** Programs of Windows are run by full paths: a name alone would also find a file in the current folder. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, onTestFinished } from 'vitest';
import { runPowerShell, windowsProgram } from '../../../desktop/system/windows-program';
import { readSourceFiles } from '../../drivers/source-files';

const NAMES = ['netstat', 'powershell', 'taskkill'] as const;
const systemRoot = process.env['SystemRoot'];

beforeEach(() => {
  process.env['SystemRoot'] = 'D:\\Win';
});
afterEach(() => {
  if (systemRoot === undefined) delete process.env['SystemRoot'];
  else process.env['SystemRoot'] = systemRoot;
});

it.each(NAMES)('%s is in the folder of Windows', name => {
  expect(windowsProgram(name)).toMatch(new RegExp(`^D:\\\\Win\\\\System32\\\\(.*\\\\)?${name}\\.exe$`));
});

it('is found on a Windows that does not say where it is', () => {
  delete process.env['SystemRoot'];
  expect(windowsProgram('taskkill')).toBe('C:\\Windows\\System32\\taskkill.exe');
});

it.skipIf(process.platform === 'win32')(
  'PowerShell runs without a profile and questions, and loads its own modules',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'cachibot-windows-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    process.env['SystemRoot'] = join(folder, 'Windows');
    writeFileSync(windowsProgram('powershell'), '#!/bin/sh\nprintf "%s\\n" "$@"\n', { mode: 0o700 });
    const { output } = await runPowerShell("'a script'", 20_000);
    expect(output.split(/\s*\n\s*/)).toEqual([
      ...['-NoProfile', '-NonInteractive', '-Command'],
      "$env:PSModulePath = $PSHOME + '\\Modules'",
      '[Console]::OutputEncoding = New-Object Text.UTF8Encoding $false',
      "'a script'",
      '',
    ]);
  },
);

it('no other file of the app runs one by its name', () => {
  const others = readSourceFiles(join(__dirname, '..', '..', '..', 'desktop')).filter(
    ({ part }) => part !== 'system/windows-program',
  );
  const bare = /\(\s*'(cmd|explorer|netstat|powershell|pwsh|reg|taskkill|tasklist|where|wmic)(\.exe)?'\s*,/;
  expect(others.filter(({ source }) => bare.test(source)).map(({ part }) => part)).toEqual([]);
});
