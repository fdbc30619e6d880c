// @ts-check
// Every row. A subject is a file in rows/.
import { rows as children } from './rows/children.mjs';
import { rows as clock } from './rows/clock.mjs';
import { rows as damage } from './rows/damage.mjs';
import { rows as disk } from './rows/disk.mjs';
import { rows as ends } from './rows/ends.mjs';
import { rows as home } from './rows/home.mjs';
import { rows as kill } from './rows/kill.mjs';
import { rows as launches } from './rows/launches.mjs';
import { rows as logout } from './rows/logout.mjs';
import { rows as own } from './rows/own.mjs';
import { rows as pids } from './rows/pids.mjs';
import { rows as proxy } from './rows/proxy.mjs';
import { rows as soak } from './rows/soak.mjs';
import { rows as squatter } from './rows/squatter.mjs';
import { rows as stops } from './rows/stops.mjs';
import { rows as tools } from './rows/tools.mjs';
import { rows as window } from './rows/window.mjs';

/** @type {readonly import('./trial.mjs').Row[]} */
export const ROWS = [
  ...kill,
  ...ends,
  ...children,
  ...logout,
  ...stops,
  ...squatter,
  ...proxy,
  ...own,
  ...pids,
  ...launches,
  ...tools,
  ...disk,
  ...home,
  ...damage,
  ...clock,
  ...window,
  ...soak,
];

const names = ROWS.map(({ name }) => name);
const twice = names.find((name, index) => names.indexOf(name) !== index);
if (twice !== undefined) throw new Error(`Two rows are named ${twice}.`);
