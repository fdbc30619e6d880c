/**
 * build/installer.nsh compiles for the 32 bits of released installers, with warnings as errors. Rehearsals compile it for
 * 64 bits, which wine64 needs, and with fake plug-ins, whose warnings are allowed.
 * @module-tag linux
 */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { runChild } from '../../../scripts/testing/child.mjs';

const root = join(__dirname, '..', '..', '..');

/** The parts of electron-builder's own script that ours uses. */
const AROUND = (file: string, body: string) => `
Name CachiBot
OutFile "${file}"
!include LogicLib.nsh
!define APP_EXECUTABLE_FILENAME "CachiBot.exe"
!define APP_ID "org.cachibot.desktop"
!macro _isUpdated _a _b _t _f
  !insertmacro _== $CMDLINE "--updated" \`\${_t}\` \`\${_f}\`
!macroend
!define isUpdated \`"" isUpdated ""\`
Var installMode
LangString appRunning 1033 "It is running."
!include "${join(root, 'build', 'installer.nsh')}"
${body}
`;
const INSTALLER = `
Section
  StrCpy $installMode "all"
  !insertmacro customCheckAppRunning
  !insertmacro customInstall
SectionEnd`;
const UNINSTALLER = `
Section
  WriteUninstaller "$EXEDIR\\uninstall.exe"
SectionEnd
Section un.install
  StrCpy $installMode "all"
  !insertmacro customCheckAppRunning
  !insertmacro customUnInstall
SectionEnd`;

/** Compiles a script for 32 bits; a warning is an error. */
async function compile(body: string, defines: string[] = []) {
  const folder = mkdtempSync(join(tmpdir(), 'cachibot-nsis-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const script = join(folder, 'script.nsi');
  writeFileSync(script, AROUND(join(folder, 'installer.exe'), body));
  return runChild('makensis', ['-WX', '-XTarget x86-unicode', ...defines, script], { cwd: folder, quiet: true });
}

it.each([
  ['installer', INSTALLER, []],
  ['uninstaller', UNINSTALLER, ['-DBUILD_UNINSTALLER']],
])('the %s compiles', async (_, body, defines) => {
  const { code, output } = await compile(body, defines);
  expect(code, output).toBe(0);
  expect(output).toContain('x86-unicode');
});

it('a warning fails the build', async () => {
  const { code, output } = await compile(`${INSTALLER}\nFunction unused\nFunctionEnd`);
  expect(output).toContain('unused');
  expect(code).not.toBe(0);
});
