/** The session of the main window. */

import { expect, it, vi } from 'vitest';
import { createAppSession } from '../../../desktop/security/session';
import { PageLoad } from '../../../desktop/window/core/page-load';

/** A fake of a session that refuses a folder for compiled code, as Electron does if its path is not absolute. */
const fake = vi.hoisted(() => {
  const ignore = () => {};
  return {
    setCodeCachePath: () => {
      throw new Error('Absolute path must be provided to store code cache.');
    },
    setProxy: async () => {},
    webRequest: {
      onBeforeRequest: ignore,
      onCompleted: ignore,
      onErrorOccurred: ignore,
      onBeforeSendHeaders: ignore,
    },
    setPermissionRequestHandler: ignore,
    setPermissionCheckHandler: ignore,
    setDevicePermissionHandler: ignore,
    on: ignore,
  };
});
vi.mock('electron', () => ({ session: { fromPartition: () => fake } }));

it('is created even if the folder for compiled code cannot be used, and says so in the log', () => {
  const lines: string[] = [];
  const options = {
    origin: 'http://127.0.0.1:5870',
    partition: 'persist:cachibot',
    codeCache: 'caches',
    mayReachServer: () => true,
    token: () => undefined,
    mainId: () => undefined,
    pageLoad: new PageLoad(),
    pageRequested() {},
    pageWrote() {},
    download() {},
    downloadRefused() {},
    log: (line: string) => void lines.push(line),
  };
  expect(createAppSession(options)).toBe(fake);
  expect(lines).toEqual([expect.stringMatching(/caches cannot be used: Absolute path must be provided/)]);
});
