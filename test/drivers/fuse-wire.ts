import { SENTINEL } from '../../scripts/dist/fuses.mjs';

/** The states that electron-builder.yml and scripts/dist/fuses.mjs want, in Electron's order. */
const WANTED = '010011001';

/** Returns the fuses as Electron's program contains them. `states`: a digit for each. */
export function fuseWire(states = WANTED): string {
  return `${SENTINEL}\x01${String.fromCharCode(states.length)}${states}`;
}
