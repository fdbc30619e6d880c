/**
 * A user's desktop on the virtual screen of a test file: a window manager, a session bus, a notification daemon, a tray,
 * and a keyboard and mouse whose events come from the X server.
 */

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { ElectronApplication } from 'playwright-core';
import { onTestFinished } from 'vitest';
import { type BusConnection, type Call, connectToBus, type Service, type Values } from './dbus';
import { until } from './poll';
import { createTemporaryFolder } from './temporary-folder';

export interface ShownNotification {
  id: number;
  title: string;
  body: string;
  /** 0: low, 1: normal, 2: critical. */
  urgency: number;
}

export interface DesktopSession {
  /** Variables of programs that run on this desktop. */
  env: Record<string, string>;
  /** Notifications that were shown, oldest first. */
  notifications: readonly ShownNotification[];
  /** IDs of the notifications that the app has closed. */
  closedNotifications: readonly number[];
  clickNotification(notification: ShownNotification): void;
  /** Labels of the menu of the only icon in the tray; a separator is empty. */
  trayMenu(): Promise<string[]>;
  /** Labels of those items that can be chosen. */
  trayChoices(): Promise<string[]>;
  /** The text that the tray shows for its only icon. */
  trayToolTip(): Promise<string>;
  chooseInTray(label: string): Promise<void>;
  /** Clicks the only icon in the tray. */
  clickTray(): Promise<void>;
  trayIcons(): number;
  /** The picture of the only icon in the tray. */
  trayPicture(): Promise<TrayPicture>;
  /** Presses a key in the window that has the focus, such as `ctrl+w` or `alt+F4`. Names of xdotool. */
  press(keys: string): Promise<void>;
  /** Clicks at a place of the screen with a button of the mouse: 1 is the left one. */
  click(x: number, y: number, button?: number): Promise<void>;
  /** Types a text in the window that has the focus. */
  type(text: string): Promise<void>;
  /** Passes commands to xdotool, such as `keydown alt`: keys and buttons that are held. */
  input(...commands: string[]): Promise<void>;
  /** Waits for a visible window with this text in its title. */
  untilWindow(title: string): Promise<void>;
}

/** A picture as the tray gets it. */
export interface TrayPicture {
  width: number;
  /** The colours of its pixels, 0xRRGGBB, without those that are transparent. */
  colours: number[];
}

interface Options {
  /** False: a desktop without a tray, such as GNOME. */
  tray?: boolean;
  notifications?: boolean;
  /** The X server, by default that of the test file. */
  display?: string;
  /** The bus starts the services of installed programs, with these variables. */
  services?: Record<string, string>;
}

const execute = promisify(execFile);

const CONFIG = (socket: string, services: string) => `<busconfig>
  <type>session</type>
  ${services}
  <listen>unix:path=${socket}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*"/> <allow receive_sender="*"/> <allow own="*"/>
  </policy>
</busconfig>`;

/** Opens a desktop until the test is over. */
export async function openDesktopSession({
  tray = true,
  notifications = true,
  display = process.env['DISPLAY'] ?? '',
  services,
}: Options = {}): Promise<DesktopSession> {
  const run = (program: string, ...args: string[]) =>
    execute(program, args, { env: { ...process.env, DISPLAY: display } });
  const input = async (...commands: string[]) =>
    void (await run('xdotool', ...commands.flatMap(command => command.split(' '))));
  const folder = createTemporaryFolder();
  const socket = join(folder, 'bus');
  writeFileSync(join(folder, 'bus.conf'), CONFIG(socket, services ? '<standard_session_servicedirs/>' : ''));
  const options = [`--config-file=${join(folder, 'bus.conf')}`, '--nofork', '--print-address=1'];
  const bus = startProgram('dbus-daemon', options, { ...services, DISPLAY: display });
  if (bus.stdout === null) throw new Error('The bus has no output.');
  await once(bus.stdout, 'data');
  const env = { DISPLAY: display, DBUS_SESSION_BUS_ADDRESS: `unix:path=${socket}` };
  startProgram('openbox', ['--sm-disable'], { ...env, HOME: folder });
  await until('a window manager', async () =>
    /window id/.test((await run('xprop', '-root', '_NET_SUPPORTING_WM_CHECK')).stdout),
  );

  const connection = await connectToBus(socket);
  onTestFinished(() => connection.close());
  const daemon = new NotificationDaemon(connection);
  const host = new TrayHost(connection);
  connection.serve(call => daemon.answer(call) ?? host.answer(call));
  if (notifications) await connection.own('org.freedesktop.Notifications');
  if (tray) await connection.own('org.kde.StatusNotifierWatcher');
  return {
    env,
    notifications: daemon.shown,
    closedNotifications: daemon.closed,
    clickNotification: notification => daemon.click(notification),
    trayMenu: () => host.labels(),
    trayChoices: () => host.choices(),
    trayToolTip: () => host.toolTip(),
    chooseInTray: label => host.choose(label),
    clickTray: () => host.click(),
    trayIcons: () => host.icons.length,
    trayPicture: () => host.picture(),
    press: keys => input(`key --clearmodifiers ${keys}`),
    click: (x, y, button = 1) => input(`mousemove ${x} ${y} click ${button}`),
    type: async text => void (await run('xdotool', 'type', text)),
    input,
    async untilWindow(title) {
      const isShown = () =>
        run('xdotool', 'search', '--onlyvisible', '--name', title).then(
          () => true,
          () => false,
        );
      await until(`a window named ${title}`, isShown);
    },
  };
}

/** Waits until a window of the app has the focus; `false`: until none has, because a message box has it. */
export async function untilFocused(app: ElectronApplication, focused = true): Promise<void> {
  const isFocused = () => app.evaluate(({ BrowserWindow }) => BrowserWindow.getFocusedWindow() !== null);
  await until(`the focus in a window to be ${focused}`, async () => (await isFocused()) === focused);
}

/** Starts a program that ends with this process, and when the test is over. */
export function startProgram(program: string, args: readonly string[], env: Record<string, string> = {}): ChildProcess {
  const child = spawn('setpriv', ['--pdeathsig', 'TERM', program, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  onTestFinished(async () => {
    const exited = child.exitCode === null && child.signalCode === null ? once(child, 'exit') : undefined;
    child.kill('SIGKILL');
    await exited;
  });
  return child;
}

/** Records the notifications, and can click them. https://specifications.freedesktop.org/notification-spec/ */
class NotificationDaemon {
  readonly shown: ShownNotification[] = [];
  readonly closed: number[] = [];
  readonly #bus: BusConnection;

  constructor(bus: BusConnection) {
    this.#bus = bus;
  }

  readonly answer: Service = ({ interface: name, member, args }) => {
    if (name !== 'org.freedesktop.Notifications') return undefined;
    if (member === 'GetServerInformation') return { signature: 'ssss', values: ['tests', 'CachiBot', '1', '1.2'] };
    if (member === 'GetCapabilities') return { signature: 'as', values: [['body', 'actions']] };
    if (member === 'CloseNotification') {
      this.closed.push(Number(args[0]));
      return { signature: '', values: [] };
    }
    if (member !== 'Notify') return undefined;
    const [, , , title, body, , hints] = args as [
      string,
      number,
      string,
      string,
      string,
      string[],
      [string, unknown][],
    ];
    const id = this.shown.length + 1;
    this.shown.push({ id, title, body, urgency: Number(new Map(hints).get('urgency') ?? 1) });
    return { signature: 'u', values: [id] };
  };

  click({ id }: ShownNotification): void {
    const emit = (member: string, values: Values) =>
      this.#bus.emit('/org/freedesktop/Notifications', 'org.freedesktop.Notifications', member, values);
    emit('ActionInvoked', { signature: 'us', values: [id, 'default'] });
    emit('NotificationClosed', { signature: 'uu', values: [id, 2] });
  }
}

const WATCHER = 'org.kde.StatusNotifierWatcher';
const ITEM = 'org.kde.StatusNotifierItem';
const MENU = 'com.canonical.dbusmenu';
const PROPERTIES = 'org.freedesktop.DBus.Properties';

interface MenuEntry {
  id: number;
  label: string;
  isEnabled: boolean;
}

/** A tray that shows icons by their names on the bus. */
class TrayHost {
  /** Names on the bus and paths of the icons. */
  readonly icons: { destination: string; path: string }[] = [];
  readonly #bus: BusConnection;

  constructor(bus: BusConnection) {
    this.#bus = bus;
  }

  readonly answer: Service = (call: Call) => {
    if (call.interface === PROPERTIES && call.args[0] === WATCHER)
      return { signature: 'v', values: [{ signature: 'b', value: true }] }; // IsStatusNotifierHostRegistered
    if (call.interface !== WATCHER || call.member !== 'RegisterStatusNotifierItem') return undefined;
    const name = String(call.args[0]);
    const icon = name.startsWith('/')
      ? { destination: call.sender, path: name }
      : { destination: name, path: '/StatusNotifierItem' };
    this.icons.push(icon);
    return { signature: '', values: [] };
  };

  async labels(): Promise<string[]> {
    return (await this.#entries()).map(({ label }) => label);
  }

  async choices(): Promise<string[]> {
    return (await this.#entries()).filter(one => one.isEnabled && one.label !== '').map(({ label }) => label);
  }

  async choose(label: string): Promise<void> {
    const entry = (await this.#entries()).find(one => one.label === label);
    if (entry === undefined) throw new Error(`The tray's menu has no ${label}.`);
    const target = { ...this.#icon(), path: await this.#menuPath(), interface: MENU };
    const nothing = { signature: 's', value: '' };
    await this.#bus.call(target, 'Event', 'isvu', [entry.id, 'clicked', nothing, 0]);
  }

  async click(): Promise<void> {
    await this.#bus.call({ ...this.#icon(), interface: ITEM }, 'Activate', 'ii', [0, 0]);
  }

  async toolTip(): Promise<string> {
    const [, , title] = (await this.#property('ToolTip')) as [string, unknown[], string, string];
    return title;
  }

  async picture(): Promise<TrayPicture> {
    // Each has its width, its height, and four bytes for each pixel: alpha, red, green, blue.
    const pictures = (await this.#property('IconPixmap')) as [number, number, number[]][];
    const [width, , bytes] = pictures[0] ?? [0, 0, []];
    const pixels = Array.from({ length: bytes.length / 4 }, (_, at) => bytes.slice(4 * at, 4 * at + 4));
    const solid = pixels.filter(([alpha]) => alpha === 255);
    return { width, colours: solid.map(([, red = 0, green = 0, blue = 0]) => (red << 16) | (green << 8) | blue) };
  }

  #icon(): { destination: string; path: string } {
    const icon = this.icons.at(-1);
    if (icon === undefined) throw new Error('The tray is empty.');
    return icon;
  }

  async #property(name: string): Promise<unknown> {
    const [value] = await this.#bus.call({ ...this.#icon(), interface: PROPERTIES }, 'Get', 'ss', [ITEM, name]);
    return value;
  }

  async #menuPath(): Promise<string> {
    return String(await this.#property('Menu'));
  }

  async #entries(): Promise<MenuEntry[]> {
    const target = { ...this.#icon(), path: await this.#menuPath(), interface: MENU };
    const [, layout] = await this.#bus.call(target, 'GetLayout', 'iias', [0, -1, []]);
    const [, , entries] = layout as [number, unknown, [number, [string, unknown][]][]];
    return entries.map(([id, properties]) => {
      const { label = '', enabled = true } = Object.fromEntries(properties);
      return { id, label: String(label), isEnabled: enabled === true };
    });
  }
}
