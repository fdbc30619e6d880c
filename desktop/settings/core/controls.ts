/**
 * The control of each setting in the settings window. A setting without a control does not compile, nor does a control
 * without a setting, nor one of a kind that cannot show the setting's values.
 */

import type { Settings } from './settings';

/** The parts of the settings window, in their order. */
export const SECTIONS = ['general', 'links', 'server', 'interfaces', 'updates', 'data'] as const;

export type Section = (typeof SECTIONS)[number];

/** A text is a choice if it has a fixed number of values; a list can only lose items, or also get new ones. */
type Kind<Value> = [Value] extends [boolean]
  ? 'switch'
  : [Value] extends [number]
    ? 'seconds'
    : [Value] extends [string]
      ? string extends Value
        ? 'proxy'
        : 'choice'
      : 'removable' | 'languages';

interface Control<Value> {
  section: Section;
  kind: Kind<Value>;
  /** The part that has to restart before a change takes effect. Without it, a change takes effect at once. */
  after?: 'server' | 'app';
}

export type Controls = { readonly [Key in keyof Settings]: Control<Settings[Key]> };

export const CONTROLS: Controls = {
  runInBackground: { section: 'general', kind: 'choice' },
  notifications: { section: 'general', kind: 'switch' },
  spellingLanguages: { section: 'general', kind: 'languages' },
  proxy: { section: 'general', kind: 'proxy', after: 'server' },
  hardwareAcceleration: { section: 'general', kind: 'choice', after: 'app' },
  allowedSites: { section: 'links', kind: 'removable' },
  loginShell: { section: 'server', kind: 'switch', after: 'app' },
  startLimitSeconds: { section: 'server', kind: 'seconds', after: 'server' },
  hangLimitSeconds: { section: 'server', kind: 'seconds', after: 'server' },
  openV1: { section: 'interfaces', kind: 'switch', after: 'server' },
  openWebhooks: { section: 'interfaces', kind: 'switch', after: 'server' },
  autoUpdateEnabled: { section: 'updates', kind: 'switch' },
  autoInstallUpdates: { section: 'updates', kind: 'switch' },
  updateChannel: { section: 'updates', kind: 'choice' },
};

export const SETTING_KEYS = Object.keys(CONTROLS) as readonly (keyof Settings)[];

/** Returns the settings of which a change waits for this restart: their values are not those at the last start. */
export function waitingFor(restart: 'server' | 'app', now: Settings, atStart: Settings): readonly (keyof Settings)[] {
  return SETTING_KEYS.filter(key => CONTROLS[key].after === restart && now[key] !== atStart[key]);
}
