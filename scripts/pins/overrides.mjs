// @ts-check
// Reads and updates build/overrides.txt: the packages that are newer than the base date, and the date up to which
// newer versions were considered.
import { UserError } from '../setup/user-error.mjs';

/**
 * @typedef {object} Pin a line of the file
 * @property {string} name
 * @property {string} version
 * @property {string} marker condition on the system, in pip's syntax; empty for all systems
 * @property {string} reason why it must not be raised; empty if it may be raised
 */

/**
 * Returns the pins in the file.
 * @param {string} text
 * @returns {Pin[]}
 */
export function pinsIn(text) {
  return [...text.matchAll(/^([a-z0-9-]+)==(\S+)(?: ; ([^#\n]*[^#\n ]))?(?: +# (.*))?$/gm)].map(
    ([, name = '', version = '', marker = '', reason = '']) => ({ name, version, marker, reason }),
  );
}

/**
 * Returns the date in the file. Throws a UserError if there is none.
 * @param {string} text
 */
export function dateIn(text) {
  const date = /as of (\d{4}-\d\d-\d\d)/.exec(text)?.[1];
  if (date === undefined) throw new UserError('build/overrides.txt has no date.', 'Add "as of YYYY-MM-DD" to it.');
  return date;
}

/**
 * Turns the pins into lower bounds, to find the newest versions. Pins with a reason stay as they are.
 * @param {string} text
 */
export function withLowerBounds(text) {
  return text.replace(/^(?!#)[^#\n]+$/gm, line => line.replace('==', '>='));
}

/**
 * Returns the file with the newest versions and without packages that are no longer needed.
 * @param {string} text
 * @param {Record<string, string[]>} newest versions by name; several if the systems differ
 * @param {{ date: string, extra: string[] }} options `extra`: packages to add
 */
export function updateOverrides(text, newest, { date, extra }) {
  const pins = pinsIn(text);
  const held = pins.filter(({ reason }) => reason !== '');
  const added = extra.filter(name => !pins.some(pin => pin.name === name));
  const free = [
    ...pins.filter(({ reason }) => reason === ''),
    ...added.map(name => ({ name, version: '', marker: '', reason: '' })),
  ];
  const raised = free.flatMap(pin => {
    const notHeld = newest[pin.name]?.filter(
      version => !held.some(other => other.name === pin.name && other.version === version),
    );
    return (notHeld ?? []).map(version => ({ ...pin, version })).slice(0, 1);
  });
  const comments = text.split('\n').filter(line => line.startsWith('#'));
  const lines = [...held, ...raised].map(({ name, version, marker, reason }) =>
    [`${name}==${version}`, marker && ` ; ${marker}`, reason && `  # ${reason}`].join(''),
  );
  return `${[...comments, ...lines.sort()].join('\n')}\n`.replace(/as of [\d-]+/, `as of ${date}`);
}
