/** Finds the comments and docstrings of a source file line by line, for checks of their words. */

export interface Comment {
  /** Number of its first line, from 1. */
  line: number;
  /** Its text without comment markers, lines joined with spaces. */
  text: string;
}

/** Returns the comments of a file. Its name determines the syntax; files of unknown syntax have none. */
export function commentsIn(name: string, source: string): Comment[] {
  const lines = source.split('\n');
  if (/\.([mc]?[jt]s|css|c)$/.test(name)) return inBlocks(lines, BLOCKS.slash).concat(afterMarker(lines, '//'));
  if (/\.(py|spec)$/.test(name)) return inBlocks(lines, BLOCKS.docstring).concat(afterMarker(lines, '#'));
  if (/\.html$/.test(name)) return inBlocks(lines, BLOCKS.html);
  if (/\.(ya?ml|sh|nsh|in|toml)$/.test(name)) return afterMarker(lines, '#');
  return [];
}

const BLOCKS = {
  slash: { open: /^\s*\/\*\*?(?<rest>.*)$/, close: '*/' },
  docstring: { open: /^\s*[rR]?"""(?<rest>.*)$/, close: '"""' },
  html: { open: /^\s*<!--(?<rest>.*)$/, close: '-->' },
};

/** Comments between two markers at the start of a line. Each JSDoc tag counts as a separate comment. */
function inBlocks(lines: readonly string[], { open, close }: { open: RegExp; close: string }): Comment[] {
  const found: Comment[] = [];
  let inside = false;
  lines.forEach((line, index) => {
    const rest = inside ? line : open.exec(line)?.groups?.['rest'];
    if (rest === undefined) return;
    const text = words((rest.split(close)[0] ?? '').replace(/^\s*\*(?!\/)/, ''));
    if (!inside || text.startsWith('@')) found.push({ line: index + 1, text });
    else append(found, text);
    inside = !rest.includes(close);
  });
  return found.filter(({ text }) => text !== '');
}

/** Comments from a marker to the end of the line. Consecutive lines with nothing else are one comment. */
function afterMarker(lines: readonly string[], marker: string): Comment[] {
  const found: Comment[] = [];
  let follows = false;
  lines.forEach((line, index) => {
    const at = ` ${line}`.search(new RegExp(`\\s${marker}(\\s|$)`));
    const alone = at !== -1 && line.slice(0, at).trim() === '';
    const text = words(line.slice(at + marker.length));
    if (alone && follows) append(found, text);
    else if (at !== -1) found.push({ line: index + 1, text });
    follows = alone;
  });
  return found.filter(({ text }) => text !== '');
}

function append(found: Comment[], text: string): void {
  const last = found.at(-1);
  if (last !== undefined) last.text = words(`${last.text} ${text}`);
}

function words(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
