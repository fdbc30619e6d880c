// @ts-check
// A table for users, whose cells are broken into as many lines as they take.

/**
 * @template Row
 * @param {readonly (readonly [title: string, width: number, cell: (row: Row) => string])[]} columns
 * @param {readonly Row[]} rows
 */
export function tableOf(columns, rows) {
  const head = columns.map(([title]) => title);
  const rule = columns.map(([, width]) => '─'.repeat(width));
  const widths = columns.map(([, width]) => width);
  const cells = rows.map(row => columns.map(([, , cell]) => cell(row)));
  return [head, rule, ...cells].map(row => lay(row, widths)).join('\n');
}

/** @param {readonly string[]} cells @param {readonly number[]} widths */
function lay(cells, widths) {
  const broken = cells.map((cell, index) => breakLines(cell, widths[index] ?? 0));
  const height = Math.max(...broken.map(({ length }) => length));
  return Array.from({ length: height }, (_, line) =>
    broken
      .map((cell, index) => (cell[line] ?? '').padEnd(widths[index] ?? 0))
      .join('  ')
      .trimEnd(),
  ).join('\n');
}

/**
 * @param {string} text
 * @param {number} width
 */
function breakLines(text, width) {
  /** @type {string[]} */
  const broken = [];
  let line = '';
  for (const word of text.split(/\s+/).flatMap(word => pieces(word, width))) {
    if (line !== '' && line.length + 1 + word.length > width) {
      broken.push(line);
      line = '';
    }
    line = line === '' ? word : `${line} ${word}`;
  }
  return [...broken, line];
}

/** A word too long for its column, in parts. @param {string} word @param {number} width */
function pieces(word, width) {
  return word.match(new RegExp(`.{1,${width}}`, 'g')) ?? [];
}
