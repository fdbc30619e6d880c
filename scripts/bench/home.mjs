// @ts-check
import { mkdirSync } from 'node:fs';

/**
 * Creates a home folder and returns the environment of a program that uses it. Python writes bytecode, as it does for
 * users.
 * @param {string} home
 * @returns {NodeJS.ProcessEnv}
 */
export function withHome(home) {
  mkdirSync(home, { recursive: true });
  const { PYTHONDONTWRITEBYTECODE: _, DATABASE_URL: __, CACHIBOT_DATABASE_URL: ___, ...env } = process.env;
  return { ...env, HOME: home, USERPROFILE: home, CACHIBOT_TELEMETRY_DISABLED: '1' };
}
