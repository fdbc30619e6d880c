/**
 * Programs of a real desktop, Xfce: a panel whose tray draws icons and their menus, and a daemon that draws
 * notifications.
 */

import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { onPath } from '../../scripts/setup/system.mjs';
import { type DesktopSession, openDesktopSession, startProgram } from './desktop-session';
import { until } from './poll';
import { createTemporaryFolder } from './temporary-folder';

export interface XfceDesktop extends DesktopSession {
  /** Where the tray shows its only icon. */
  trayPlace: { x: number; y: number };
  /** Where notifications appear: at the right of the screen, at the top. */
  notificationPlace: { x: number; y: number; width: number; height: number };
}

interface Options {
  display: string;
  /** Variables of the panel and the daemon. */
  env: Record<string, string>;
}

const SCREEN = { width: 1280, height: 900 };
const PANEL = 28;
const BACKGROUND = '#5b7f9e';

/** A bar at the bottom of the screen, with the tray at its right end. */
const PANEL_SETTINGS = `<channel name="xfce4-panel" version="1.0">
  <property name="configver" type="int" value="2"/>
  <property name="panels" type="array">
    <value type="int" value="1"/>
    <property name="panel-1" type="empty">
      <property name="position" type="string" value="p=8;x=0;y=0"/>
      <property name="position-locked" type="bool" value="true"/>
      <property name="length" type="uint" value="100"/>
      <property name="size" type="uint" value="${PANEL}"/>
      <property name="plugin-ids" type="array"><value type="int" value="1"/><value type="int" value="2"/></property>
    </property>
  </property>
  <property name="plugins" type="empty">
    <property name="plugin-1" type="string" value="separator">
      <property name="expand" type="bool" value="true"/>
      <property name="style" type="uint" value="0"/>
    </property>
    <property name="plugin-2" type="string" value="systray">
      <property name="square-icons" type="bool" value="true"/>
    </property>
  </property>
</channel>`;

/** Opens the desktop until the test is over. */
export async function openXfceDesktop({ display, env }: Options): Promise<XfceDesktop> {
  if (!['xfce4-panel', 'xfce4-notifyd-config', 'xsetroot'].every(onPath))
    throw new Error('Install the packages xfce4-panel, xfce4-notifyd and x11-xserver-utils, and run this again.');
  const home = createTemporaryFolder();
  const settings = join(home, '.config', 'xfce4', 'xfconf', 'xfce-perchannel-xml');
  mkdirSync(settings, { recursive: true });
  writeFileSync(join(settings, 'xfce4-panel.xml'), `<?xml version="1.0" encoding="UTF-8"?>\n${PANEL_SETTINGS}`);
  const variables = { ...env, HOME: home, XDG_CONFIG_HOME: join(home, '.config'), NO_AT_BRIDGE: '1' };
  // The bus starts the daemon of notifications and that of settings when they are called.
  const desktop = await openDesktopSession({ tray: false, notifications: false, display, services: variables });
  startProgram('xsetroot', ['-solid', BACKGROUND], desktop.env);
  startProgram('xfce4-panel', ['--disable-wm-check'], { ...variables, ...desktop.env });
  await until('a tray', () => hasTray({ ...process.env, ...desktop.env }));
  return {
    ...desktop,
    trayPlace: { x: SCREEN.width - PANEL / 2, y: SCREEN.height - PANEL / 2 },
    notificationPlace: { x: SCREEN.width - 340, y: 0, width: 340, height: 136 },
  };
}

async function hasTray(env: NodeJS.ProcessEnv): Promise<boolean> {
  const bus = ['--session', '--print-reply', '--dest=org.freedesktop.DBus', '/org/freedesktop/DBus'];
  const question = ['org.freedesktop.DBus.NameHasOwner', 'string:org.kde.StatusNotifierWatcher'];
  const { stdout } = await promisify(execFile)('dbus-send', [...bus, ...question], { env });
  return stdout.includes('true');
}
