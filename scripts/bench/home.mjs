// @ts-check
import { mkdirSync } from 'node:fs';

/**
 * What a program finds on a machine whose home is this folder; Python keeps its bytecode, as it does for a user.
 * @param {string} home
 * @returns {NodeJS.ProcessEnv}
 */
export function withHome(home) {
  mkdirSync(home, { recursive: true });
  const { PYTHONDONTWRITEBYTECODE: _, DATABASE_URL: __, CACHIBOT_DATABASE_URL: ___, ...env } = process.env;
  return { ...env, HOME: home, USERPROFILE: home, CACHIBOT_TELEMETRY_DISABLED: '1' };
}
