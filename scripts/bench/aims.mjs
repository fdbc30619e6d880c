// @ts-check

/** @typedef {import('./compare.mjs').Result} Result */
/**
 * A ratio of two medians, and what it should be.
 * @typedef {object} Aim
 * @property {string} figure in words
 * @property {string} of the row and figure that is compared, such as `ours.usableMs`
 * @property {string} to what it is compared with
 * @property {number} aim the ratio should be at most this
 * @property {number} [passes] at most this is enough
 */
/**
 * @typedef {object} Judged
 * @property {string} figure
 * @property {number} aim
 * @property {number} passes
 * @property {number | undefined} value undefined if one of the two was not measured
 * @property {boolean | undefined} holds
 */

/** Keys of the rows. */
export const ROWS = /** @type {const} */ (['ours', 'usual', 'browser', 'floor', 'stock', 'plain', 'frozen']);

/** @type {readonly Aim[]} */
export const AIMS = [
  { figure: 'usable, to the usual design', of: 'ours.usableMs', to: 'usual.usableMs', aim: 0.33, passes: 0.4 },
  { figure: 'usable, to our frozen server alone', of: 'ours.usableMs', to: 'frozen.apiReady', aim: 1.15 },
  { figure: 'server ready, to the stock server', of: 'frozen.apiReady', to: 'stock.apiReady', aim: 0.35, passes: 0.42 },
  { figure: 'server ready, frozen to plain', of: 'frozen.apiReady', to: 'plain.apiReady', aim: 1 },
  { figure: 'window shown, to the floor', of: 'ours.shownMs', to: 'floor.shownMs', aim: 1.2 },
  { figure: 'usable from the tray, to the window of the floor', of: 'ours.trayMs', to: 'floor.shownMs', aim: 1.5 },
  { figure: 'quit, to the usual design', of: 'ours.quitMs', to: 'usual.quitMs', aim: 0.5 },
  { figure: 'memory of the server, to the stock server', of: 'ours.serverMb', to: 'usual.serverMb', aim: 0.55 },
  { figure: 'memory of all processes, to the usual design', of: 'ours.memoryMb', to: 'usual.memoryMb', aim: 1 },
  { figure: 'wake-ups of the main process at rest, to the floor', of: 'ours.wakeUps', to: 'floor.wakeUps', aim: 1 },
  { figure: 'bytes that the server writes per second at rest', of: 'ours.serverWrites', to: '1', aim: 0 },
  { figure: 'share of a processor that a hidden page uses', of: 'ours.hiddenPageCpu', to: '1', aim: 0.01 },
];

/**
 * Compares the medians with the aims.
 * @param {Readonly<Record<string, Result>>} rows by key
 * @param {readonly Aim[]} [aims]
 * @returns {Judged[]}
 */
export function judge(rows, aims = AIMS) {
  const figureAt = (/** @type {string} */ place) => {
    const [row = '', figure = ''] = place.split('.');
    return place === '1' ? 1 : rows[row]?.median[figure];
  };
  return aims.map(({ figure, of, to, aim, passes = aim }) => {
    const [one, other] = [figureAt(of), figureAt(to)];
    const value = one === undefined || other === undefined ? undefined : one / other;
    return { figure, aim, passes, value, holds: value === undefined ? undefined : value <= passes };
  });
}

/** @param {readonly Judged[]} judged */
export function aimsTable(judged) {
  const rows = judged.map(({ figure, aim, passes, value, holds }) => {
    const limit = aim === passes ? `${aim}` : `${aim}, at most ${passes}`;
    const words = holds === undefined ? 'not measured' : holds ? 'holds' : 'does not hold';
    return `| ${figure} | ${limit} | ${value === undefined ? '' : value.toFixed(2)} | ${words} |`;
  });
  return ['| Figure | Aim | Measured | |', '|---|---|---|---|', ...rows].join('\n');
}
