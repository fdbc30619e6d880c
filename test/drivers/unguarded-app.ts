/** A copy of the app whose guards are off: it shows that an attack works where nothing stops it. */

import { appendFileSync, cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '..', '..');

/** Each is appended to a compiled module, and replaces what the module exports. */
const CHANGES: Readonly<Record<string, string>> = {
  'security/core/navigation-policy.js': `
    for (const name of Object.keys(exports)) if (/^may/.test(name)) exports[name] = () => true;
    exports.mayLoadInMainWindow = url => url !== 'about:blank'; // which is not yet the page
    exports.judgeNavigation = () => 'browser';`,
  'security/core/gestures.js': `
    exports.createGestures = () => ({ record() {}, use: () => true });`,
  'ipc/core/contract.js': `
    for (const name of Object.keys(exports.ALLOWED_SENDER))
      exports.ALLOWED_SENDER[name] = ['ui', 'preview', 'shell', 'other'];`,
  'settings/core/settings.js': `
    exports.settingKey = key => key;
    exports.withSetting = (settings, key, value) => ({ ...settings, [key]: value });`,
  'system/own-file.js': `
    exports.whyNotFile = exports.whyNotOwnFile = exports.clearPlace = () => undefined;
    exports.readWholeFile = path => require('node:fs').readFileSync(path, 'utf8');
    exports.APPEND_FLAGS = 'a';
    exports.READ_FLAGS = 'r';`,
};

/** Replaces text that must occur exactly once in a compiled module. */
const REPLACED: readonly (readonly [module: string, text: string, by: string])[] = [
  ['ipc/register-handlers.js', 'sender === undefined', 'false'],
  ['ipc/register-handlers.js', 'includes(sender)', 'includes(sender ?? "other")'],
  ['window/main-window.js', 'nodeIntegrationInSubFrames: true', 'nodeIntegrationInSubFrames: false'],
  ['settings/json-file.js', 'clear(newFile, log);', ''],
  ['settings/json-file.js', "flag: 'wx'", "flag: 'w'"],
  // Electron’s default grants every permission.
  ['security/session.js', 'limitPermissions(appSession, isMain, log);', ''],
];

/** Writes a copy of the app's code into `folder`, with more code at the end of a compiled module. */
export function copyApp(folder: string, module: string, code: string): void {
  copyCode(folder);
  appendFileSync(join(folder, 'out', module), `\n${code}`);
}

function copyCode(folder: string): void {
  cpSync(join(ROOT, 'out'), join(folder, 'out'), { recursive: true });
  for (const name of ['node_modules', 'build', 'resources', 'desktop'])
    symlinkSync(join(ROOT, name), join(folder, name));
  // Not the file in which all modules are bundled.
  const about = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ ...about, main: 'out/main.js' }));
}

/** Writes the copy into `folder`. @throws Error when a guard has changed, so that this file has to follow */
export function writeUnguardedApp(folder: string): void {
  copyCode(folder);
  for (const [module, code] of Object.entries(CHANGES)) appendFileSync(join(folder, 'out', module), code);
  for (const [module, text, by] of REPLACED) {
    const file = join(folder, 'out', module);
    const parts = readFileSync(file, 'utf8').split(text);
    if (parts.length !== 2) throw new Error(`${module} has “${text}” ${parts.length - 1} times instead of once.`);
    writeFileSync(file, parts.join(by));
  }
}
