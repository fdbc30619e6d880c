import type { Session } from 'electron';
import { expect, it } from 'vitest';
import { defaults, type Settings } from '../../../desktop/settings/core/settings';
import { followProxySetting } from '../../../desktop/settings/session-proxy';
import type { SettingsStore } from '../../../desktop/settings/store';

/** A session that records the proxies it gets, and settings that change. */
function follow(first: string, session: Partial<Session> = {}) {
  const done: unknown[] = [];
  const logged: string[] = [];
  let settings = { ...defaults(), proxy: first };
  const listeners: ((now: Settings, before: Settings) => void)[] = [];
  const store: SettingsStore = {
    get: () => settings,
    set() {},
    reload() {},
    onChange: listener => void listeners.push(listener),
  };
  const recording = {
    setProxy: async (config: unknown) => void done.push(config),
    closeAllConnections: async () => void done.push('closed'),
    ...session,
  };
  const applied = followProxySetting(recording as unknown as Session, store, line => logged.push(line));
  return {
    applied,
    done,
    logged,
    change(more: Partial<Settings>) {
      const before = settings;
      settings = { ...settings, ...more };
      for (const listener of listeners) listener(settings, before);
      return applied();
    },
  };
}

it('leaves a session as it is for the proxy of the system', async () => {
  const { done, change } = follow('system');
  await change({ notifications: false });
  expect(done).toEqual([]);
});

it('gives the session the proxy at once, and again after each change, on new connections', async () => {
  const { done, applied, change } = follow('http://p.example:8080');
  await applied();
  await change({ notifications: false });
  const closed = [{ mode: 'fixed_servers', proxyRules: 'http://p.example:8080' }, 'closed'];
  expect(done).toEqual(closed);
  await change({ proxy: 'system' });
  expect(done).toEqual([...closed, { mode: 'system' }, 'closed']);
});

it('logs why the proxy could not be changed', async () => {
  const { logged, change } = follow('system', { setProxy: () => Promise.reject(new Error('gone')) });
  await change({ proxy: 'direct' });
  expect(logged).toEqual(['the proxy could not be changed: gone']);
});
