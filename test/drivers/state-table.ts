/** Reads the tables of states and events in docs/supervision.md. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const DOCUMENT = join(__dirname, '../../docs/supervision.md');

export interface StateTable {
  /** Names of the events, in the order of the columns. */
  events: string[];
  /** Names of the states, in the order of the rows. */
  states: string[];
  /** One case for each cell. `to` is `-` if the event changes nothing. */
  cases: { from: string; event: string; to: string }[];
}

/** Reads the table below a heading: one row for each state, one column for each event. */
export function readStateTable(heading: string): StateTable {
  const table = readFileSync(DOCUMENT, 'utf8').split(`\n## ${heading}\n`)[1]?.split('```')[1] ?? '';
  const [[, ...events] = [], ...rows] = table
    .split('\n')
    .filter(line => line.includes('|'))
    .map(line => line.split('|').map(cell => cell.trim()));
  return {
    events,
    states: rows.map(([name = '']) => name),
    cases: rows.flatMap(([from = '', ...cells]) => cells.map((to, at) => ({ from, event: events[at] ?? '', to }))),
  };
}
