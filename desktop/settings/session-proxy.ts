import type { Session } from 'electron';
import { proxyConfig } from './core/proxy';
import type { SettingsStore } from './store';

/**
 * Makes a session use the proxy of the settings, from now on and after each change. Returns a function whose promise
 * resolves when the session uses the last change.
 */
export function followProxySetting(
  session: Session,
  settings: SettingsStore,
  log: (line: string) => void,
): () => Promise<void> {
  let applied = Promise.resolve();
  const apply = async (proxy: string) => {
    try {
      await session.setProxy(proxyConfig(proxy));
      // Otherwise a connection of the old proxy would be used again.
      await session.closeAllConnections();
    } catch (error) {
      log(`the proxy could not be changed: ${(error as Error).message}`);
    }
  };
  const { proxy: first } = settings.get();
  if (first !== 'system') applied = apply(first);
  settings.onChange(({ proxy }, before) => {
    if (proxy !== before.proxy) applied = applied.then(() => apply(proxy));
  });
  return () => applied;
}
