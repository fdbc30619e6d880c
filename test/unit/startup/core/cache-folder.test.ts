import { expect, it } from 'vitest';
import { cacheFolder } from '../../../../desktop/startup/core/cache-folder';
import { platformFor } from '../../../../desktop/system/core/platform';

const LOCAL = 'D:\\Łukasz\\AppData\\Local';

it.each([
  ['win32', { LOCALAPPDATA: LOCAL, APPDATA: 'D:\\Łukasz\\AppData\\Roaming' }, LOCAL],
  ['win32', {}, '/home/ada/AppData/Local'],
  ['win32', { LOCALAPPDATA: '' }, '/home/ada/AppData/Local'],
  ['win32', { LOCALAPPDATA: 'C:/caches' }, 'C:/caches'],
  ['win32', { LOCALAPPDATA: '\\\\server\\caches' }, '\\\\server\\caches'],
  // Absolute paths for Windows, but not for Chromium.
  ['win32', { LOCALAPPDATA: '\\caches' }, '/home/ada/AppData/Local'],
  ['win32', { LOCALAPPDATA: '/caches' }, '/home/ada/AppData/Local'],
  ['win32', { LOCALAPPDATA: 'C:caches' }, '/home/ada/AppData/Local'],
  ['win32', { LOCALAPPDATA: 'relative' }, '/home/ada/AppData/Local'],
  ['darwin', { XDG_CACHE_HOME: '/elsewhere' }, '/home/ada/Library/Caches'],
  ['linux', {}, '/home/ada/.cache'],
  ['linux', { XDG_CACHE_HOME: '/fast/cache' }, '/fast/cache'],
  ['linux', { XDG_CACHE_HOME: 'relative' }, '/home/ada/.cache'],
  ['linux', { XDG_CACHE_HOME: 'C:/caches' }, '/home/ada/.cache'],
  ['linux', { XDG_CACHE_HOME: '\\\\server\\caches' }, '/home/ada/.cache'],
])('on %s with %j it is %s', (platform, env, expected) => {
  expect(cacheFolder(platformFor(platform), env, '/home/ada')).toBe(expected);
});
