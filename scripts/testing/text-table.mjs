// @ts-check
// Tables as plain text, with line breaks inside cells.

/**
 * Returns a table with a heading. `width`: of a column, in characters; longer text is wrapped.
 * @template Row
 * @param {readonly (readonly [title: string, width: number, cell: (row: Row) => string])[]} columns
 * @param {readonly Row[]} rows
 */
export function tableOf(columns, rows) {
  const head = columns.map(([title]) => title);
  const rule = columns.map(([, width]) => '─'.repeat(width));
  const widths = columns.map(([, width]) => width);
  const cells = rows.map(row => columns.map(([, , cell]) => cell(row)));
  return [head, rule, ...cells].map(row => formatRow(row, widths)).join('\n');
}

/** @param {readonly string[]} cells @param {readonly number[]} widths */
function formatRow(cells, widths) {
  const wrapped = cells.map((cell, index) => wrap(cell, widths[index] ?? 0));
  const height = Math.max(...wrapped.map(({ length }) => length));
  return Array.from({ length: height }, (_, line) =>
    wrapped
      .map((cell, index) => (cell[line] ?? '').padEnd(widths[index] ?? 0))
      .join('  ')
      .trimEnd(),
  ).join('\n');
}

/**
 * @param {string} text
 * @param {number} width
 */
function wrap(text, width) {
  /** @type {string[]} */
  const lines = [];
  let line = '';
  for (const word of text.split(/\s+/).flatMap(word => splitWord(word, width))) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = '';
    }
    line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

/** Splits a word that is longer than `width`. @param {string} word @param {number} width */
function splitWord(word, width) {
  return word.match(new RegExp(`.{1,${width}}`, 'g')) ?? [];
}
