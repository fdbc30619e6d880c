// @module-tag linux: the only system with AppImages

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

describe('the AppImage that contains this program', () => {
  const ours = join(mounted, 'cachibot-desktop');
  it.each<[string, string, NodeJS.ProcessEnv, string | undefined]>([
    ['is APPIMAGE when the program is in APPDIR', ours, { APPIMAGE: '/a.AppImage', APPDIR: mounted }, '/a.AppImage'],
    ['also when APPDIR is a link', ours, { APPIMAGE: '/a.AppImage', APPDIR: join(folder, 'link') }, '/a.AppImage'],
    ['also without APPDIR', ours, { APPIMAGE: '/a.AppImage' }, '/a.AppImage'],
    [
      'is not the AppImage of an editor that started it',
      '/opt/CachiBot/x',
      { APPIMAGE: '/e.AppImage', APPDIR: mounted },
      undefined,
    ],
    [
      'is not an AppImage that has exited',
      '/opt/CachiBot/x',
      { APPIMAGE: '/e.AppImage', APPDIR: '/tmp/.mount_gone' },
      undefined,
    ],
    [
      'is not an AppImage whose mount point has a shorter name',
      `${mounted}2/x`,
      { APPIMAGE: '/e', APPDIR: mounted },
      undefined,
    ],
    ['does not exist for another package', '/opt/CachiBot/x', {}, undefined],
  ])('%s', (_what, execPath, env, expected) => {
    expect(appImageOf(execPath, env)).toBe(expected);
  });
});
