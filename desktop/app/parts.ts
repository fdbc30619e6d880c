import type { Session } from 'electron';
import type { StateLog } from '../diagnostics/state-log';
import type { ExternalLinks } from '../security/external-links';
import type { MachineReports } from '../server/machine-reports';
import type { CleanupCounts } from '../server/orphan-cleanup';
import type { Build } from '../startup/build-info';
import type { Launch } from '../startup/launch';
import type { Lifecycle } from '../startup/lifecycle';
import type { ProgramWatch } from '../startup/replaced-program';
import type { RunningWork } from '../startup/running-work';
import type { Phase, Smoke, StartPhases } from '../startup/smoke';
import type { WorkFolder } from '../startup/work-folder';
import type { Autostart } from '../system/autostart';
import type { Result } from '../updates/core/offer';
import type { Updates } from '../updates/host';
import type { SettingsView } from '../window/core/settings-view';
import type { Windows } from '../window/windows';
import type { GuardedBackups } from './backups';
import type { Badge } from './badge';

/** The app without a window: its icon in the tray, and what closing the window does. */
export interface Background {
  /** Hides, minimizes or quits, as the user wants it. */
  closeMainWindow(): Promise<void>;
  /** Opens the icon in the tray if it is wanted and the desktop shows it. */
  open(): Promise<void>;
  /** Call it when something has changed that the tray shows. */
  update(): void;
}

/** The settings window's access to the app. */
export interface SettingsPage {
  view(): SettingsView;
  /** Changes a setting. The result's error is in words for the user. Throws a TypeError for an unknown setting. */
  change(id: unknown, value: unknown): Result;
  /** Does what a button of the window says. Throws a TypeError for an unknown action. */
  act(action: unknown): void;
  /** Call it when something has changed that the window shows. */
  update(): void;
}

/** The parts of the running app, which `app.ts` creates and the files beside this one connect. */
export interface Parts {
  launch: Launch;
  build: Build;
  phases: StartPhases;
  smoke: Smoke | undefined;
  stateLog: StateLog;
  autostart: Autostart;
  lifecycle: Lifecycle;
  work: RunningWork;
  updates: Updates;
  links: ExternalLinks;
  backups: GuardedBackups;
  badge: Badge;
  settingsPage: SettingsPage;
  workFolder: WorkFolder;
  program: ProgramWatch;
  /** The windows, the session of CachiBot's page and what follows; undefined until the app is ready. */
  windows?: Windows;
  session?: Session;
  machine?: MachineReports;
  background?: Background;
  /** Number of processes that an earlier session left and this one stopped. */
  cleanedUp: CleanupCounts;
}

/** Returns the menu item for the next step of an update. An installation would cut off a backup. */
export function updateItem({ updates, backups }: Parts): ReturnType<Updates['menuItem']> {
  const { label, click } = updates.menuItem();
  return click === undefined || backups.isRunning ? { label } : { label, click };
}

/** Records that the start has reached a phase. */
export function recordPhase({ launch, phases, smoke, windows }: Parts, phase: Phase): void {
  phases.reach(phase);
  const window = windows?.main();
  const { backend, port } = launch;
  if (window === undefined || backend.state.phase !== 'ready') return;
  const server = { pid: backend.pid, port, version: backend.state.version };
  smoke?.progress({ server, url: window.webContents.getURL(), title: window.getTitle() });
}

/** Writes the page's storage to disk. */
export function flushPage({ session }: Parts): void {
  session?.flushStorageData();
}
