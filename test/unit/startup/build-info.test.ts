// @module-tag linux: the only one with AppImages

import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { appImageOf } from '../../../desktop/startup/build-info';

const folder = mkdtempSync(join(tmpdir(), 'cachibot-build-'));
const mounted = join(folder, '.mount_CachiB');
beforeAll(() => {
  mkdirSync(mounted);
  symlinkSync(mounted, join(folder, 'link'));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('the AppImage that this program is in', () => {
  const ours = join(mounted, 'cachibot-desktop');
  it.each<[string, string, NodeJS.ProcessEnv, string | undefined]>([
    ['is the one that says so', ours, { APPIMAGE: '/a.AppImage', APPDIR: mounted }, '/a.AppImage'],
    ['also by a link', ours, { APPIMAGE: '/a.AppImage', APPDIR: join(folder, 'link') }, '/a.AppImage'],
    ['where its folder is not told', ours, { APPIMAGE: '/a.AppImage' }, '/a.AppImage'],
    ['is not an editor’s that started it', '/opt/CachiBot/x', { APPIMAGE: '/e.AppImage', APPDIR: mounted }, undefined],
    ['nor one that has ended', '/opt/CachiBot/x', { APPIMAGE: '/e.AppImage', APPDIR: '/tmp/.mount_gone' }, undefined],
    ['nor one beside it of a longer name', `${mounted}2/x`, { APPIMAGE: '/e', APPDIR: mounted }, undefined],
    ['is none in another form of the app', '/opt/CachiBot/x', {}, undefined],
  ])('%s', (_what, execPath, env, expected) => {
    expect(appImageOf(execPath, env)).toBe(expected);
  });
});
