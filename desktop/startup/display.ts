import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { lazyRequire } from '../system/lazy-require';
import { startup } from '../words/startup';

const remoteDisplay = lazyRequire<typeof import('./remote-display')>(() => require('./remote-display'));

/** `host:10.0`, also with a protocol before it. Other protocols are rare, and can only be tried. */
const REMOTE = /^(?:(?:tcp|inet6?)\/)?(\[[^\]]+\]|[^/:]+):(\d+)(?:\.\d+)?$/;

/** Looks for a display. */
interface Search {
  /** Whether a program on this computer listens on the socket. */
  isListening(socket: string): boolean;
  /** Returns an error's code when the display of that number on the host cannot be reached. */
  whyUnreachable(host: string, number: number): string | undefined;
}

const search: Search = {
  isListening: isListeningLocally,
  whyUnreachable: (host, number) => remoteDisplay().whyUnreachable(host, number),
};

/**
 * Returns the message for a display that is missing on Linux; undefined if there may be one. Chromium crashes without a
 * display, some time after this code has run.
 */
export function whyNoDisplay(
  env: NodeJS.ProcessEnv,
  args: readonly string[],
  { isListening, whyUnreachable }: Search = search,
): string | undefined {
  const { DISPLAY, WAYLAND_DISPLAY } = env;
  if (WAYLAND_DISPLAY || args.some(argument => argument.startsWith('--ozone-platform='))) return undefined;
  if (!DISPLAY) return startup.noDisplay;
  const [, number] = /^(?:unix)?:(\d+)(?:\.\d+)?$/.exec(DISPLAY) ?? [];
  if (number !== undefined) return isListening(`/tmp/.X11-unix/X${number}`) ? undefined : startup.displayGone(DISPLAY);
  const [, host, remoteNumber] = REMOTE.exec(DISPLAY) ?? [];
  const reason = host && whyUnreachable(host.replace(/^\[|\]$/g, ''), Number(remoteNumber));
  return reason ? startup.displayUnreachable(DISPLAY, reason) : undefined;
}

/** Runs a command without a window again without a screen, and returns its exit code. */
export function runHeadless(args: readonly string[]): number {
  const headless = [...args, '--ozone-platform=headless', '--disable-gpu'];
  return spawnSync(process.execPath, headless, { stdio: 'inherit' }).status ?? 1;
}

function isListeningLocally(socket: string): boolean {
  if (existsSync(socket)) return true;
  try {
    // The X server also listens on an abstract socket of the same name.
    return readFileSync('/proc/net/unix', 'utf8').includes(`@${socket}\n`);
  } catch {
    return true; // unknown
  }
}
