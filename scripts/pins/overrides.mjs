// @ts-check
// build/overrides.txt: which packages are newer than cachibot's release, and the day up to which newer ones were looked for.
import { UserError } from '../setup/user-error.mjs';

/**
 * @typedef {object} Pin one line of it
 * @property {string} name
 * @property {string} version
 * @property {string} marker the systems it holds on; empty for all
 * @property {string} reason why it stays where it is; empty when nothing holds it
 */

/**
 * @param {string} text
 * @returns {Pin[]}
 */
export function pinsIn(text) {
  return [...text.matchAll(/^([a-z0-9-]+)==(\S+)(?: ; ([^#\n]*[^#\n ]))?(?: +# (.*))?$/gm)].map(
    ([, name = '', version = '', marker = '', reason = '']) => ({ name, version, marker, reason }),
  );
}

/** @param {string} text */
export function dateIn(text) {
  const date = /as of (\d{4}-\d\d-\d\d)/.exec(text)?.[1];
  if (date === undefined) throw new UserError('build/overrides.txt names no date.', 'It needs "as of YYYY-MM-DD".');
  return date;
}

/**
 * The same file before it is known what the newest versions are: what has a reason stays, the rest may rise.
 * @param {string} text
 */
export function loosened(text) {
  return text.replace(/^(?!#)[^#\n]+$/gm, line => line.replace('==', '>='));
}

/**
 * The same file with the newest versions. What is not needed any more is gone.
 * @param {string} text
 * @param {Record<string, string[]>} newest versions by name; several where the systems differ
 * @param {{ date: string, also: string[] }} options `also`: packages that are lifted from now on
 */
export function lift(text, newest, { date, also }) {
  const pins = pinsIn(text);
  const held = pins.filter(({ reason }) => reason !== '');
  const added = also.filter(name => !pins.some(pin => pin.name === name));
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
