import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { startup } from '../words/startup';

/**
 * Returns the message for a display that is missing on Linux; undefined if there may be one. Chromium crashes without a
 * display, some time after this code has run.
 */
export function whyNoDisplay(
  env: NodeJS.ProcessEnv,
  args: readonly string[],
  isListening: (socket: string) => boolean = isListeningLocally,
): string | undefined {
  const { DISPLAY, WAYLAND_DISPLAY } = env;
  if (WAYLAND_DISPLAY || args.some(argument => argument.startsWith('--ozone-platform='))) return undefined;
  if (!DISPLAY) return startup.noDisplay;
  const [, number] = /^(?:unix)?:(\d+)(?:\.\d+)?$/.exec(DISPLAY) ?? [];
  // A display on another computer can only be tried.
  if (number === undefined || isListening(`/tmp/.X11-unix/X${number}`)) return undefined;
  return startup.displayGone(DISPLAY);
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
