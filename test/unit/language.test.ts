/** Checks the parts of plain English that a machine can check: retired words, openings of comments, width of documents. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { commentsIn } from '../drivers/source-comments';
import { filesBelow } from '../drivers/source-files';

const ROOT = join(__dirname, '..', '..');

/** Words that the project no longer uses, with their replacements. */
const WORDS: readonly [retired: RegExp, replacement: string][] = [
  [/\bpersons?\b/i, 'user'],
  [/\bsomebody\b/i, 'user, another program'],
  [/\bwhoever\b/i, 'a noun: the user, the program that …'],
  [/\banew\b/i, 'again'],
  [/\b(go|goes|going|went|gone) on\b/i, 'continue'],
  [/\bhow-manieth\b/i, 'number of this attempt'],
  [/(?<!\bthere )\bis no (?!longer\b|more\b)/i, 'is not a …'],
  [/(?<!\bthere )\bis none\b/, 'is not …'],
  [/\bmend(s|ed|ing)?\b/i, 'patch'],
  [/\bthrow-away\b/i, 'temporary'],
  [/\bstand-ins?\b/i, 'fake; replacement'],
  [/\bsquatters?\b/i, 'port conflict'],
  [/\bstrangers?\b/i, 'foreign server'],
];

/** Names that the project no longer uses, with their replacements. */
const NAMES: readonly [retired: RegExp, replacement: string][] = [
  [/\bTrouble\b/, 'UserError'],
  [/\bForeseen\b/, 'KnownFailure'],
  [/\bFORESEEN(_CODES)?\b/, 'KNOWN_…'],
  [/\bBAD_CALL\b/, 'USAGE'],
  [/\bkeptFile\b/, 'jsonFile'],
  [/\bsetAside\b/, 'quarantine'],
  [/\b(sweep|Swept)\b/, 'cleanUp'],
  [/\b(whoAsks|Asker|MAY_ASK)\b/, 'identifySender, Sender, ALLOWED_SENDER'],
  [/\bHolder\b/, 'DataOwner, PortOwner'],
  [/\bstopHolder\b/, 'stopOwner'],
  [/\b(goBack|wayBack|swapBack|comeBack)\b/, 'rollBack, rollbackOption, restorePrevious, requestRelaunch'],
  [/\b(putBack|put_back)\b/, 'restore…'],
  [/\b(beginAnew|hurried|atRest)\b/, 'relaunch, sessionEnding, stopped'],
  [/\b(followMachine|leaveSpellingAlone|withoutDetours|lookAround|announcePages)\b/, 'a name for what it does'],
  [/\b(when_cut_short|end_remains|give_back|spawn_with|_put_off)\b/, 'a name for what it does'],
  [/\b(safety_copy|standIn|stand_in)\b/, 'backup_before_upgrade; fake'],
  [/\btakeTurn\b/, 'acquireLock'],
  [/\bleash\b/, 'dev-server wrapper'],
];

/** Openings of sentences in comments: a clause in place of a noun, unless it is a question, and a fronted "Of …,". */
const OPENINGS: readonly [retired: RegExp, replacement: string][] = [
  [/^(What|Who|Whom|Whose|How|Whatever|Whoever|From where)\b(?![^.:]*\?)/, 'the name of the thing'],
  [/[.;:] (What|Who|Whom|Whose|Whatever|Whoever|From where)\b(?![^.:]*\?)/, 'the name of the thing'],
  [/(^|[.;:] )Of [^.]*,/, 'a sentence that starts with its subject'],
];

/** Places that may keep a retired word or opening: a part of the line, and the reason. */
const ALLOWED: Record<string, string> = {};

/** Longest line of prose in a document, in characters. */
const WIDTH = 120;

const TEXT = /\.([mc]?[jt]s|py|md|ya?ml|nsh|sh|spec|in|html|css|c|json|toml)$/;
const FOLDERS = ['desktop', 'scripts', 'test', 'build', 'docs', '.github', 'resources'];
const AT_THE_ROOT = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md', 'package.json', 'pyproject.toml'];
/** This file names what is retired; the others hold no words of ours. */
const NOT_OURS =
  /(^|\/)(node_modules|__pycache__)\/|^resources\/backend\/|package-lock\.json$|unit\/language\.test\.ts$/;

const sources = FOLDERS.flatMap(folder => filesBelow(join(ROOT, folder)).map(name => `${folder}/${name}`))
  .concat(AT_THE_ROOT)
  .filter(name => TEXT.test(name) && !NOT_OURS.test(name))
  .map(name => ({ name, text: readFileSync(join(ROOT, name), 'utf8') }));

interface Place {
  name: string;
  line: number;
  text: string;
}

/** Line 0 is the name of the file. */
const lines: Place[] = sources.flatMap(({ name, text }) =>
  [name, ...text.split('\n')].map((line, index) => ({ name, line: index, text: line.trim() })),
);
const comments: Place[] = sources.flatMap(({ name, text }) =>
  (name.endsWith('.md') ? paragraphsIn(text) : commentsIn(name, text)).map(comment => ({ name, ...comment })),
);
const used = new Set<string>();

describe.each([
  ['words', WORDS, lines],
  ['names', NAMES, lines.filter(({ name }) => !name.endsWith('.json'))],
  ['openings', OPENINGS, comments],
] as const)('retired %s', (_kind, retired, places) => {
  const found = places.flatMap(({ name, line, text }) =>
    retired
      .filter(([pattern]) => pattern.test(text) && !isAllowed(text))
      .map(([pattern, replacement]) => ({
        name,
        report: `${name}:${line}: ${pattern.exec(text)?.[0]}; now: ${replacement}`,
      })),
  );

  it.each([...FOLDERS, '.'])('are not in %s', folder => {
    const here = found.filter(({ name }) => folder === (name.includes('/') ? name.split('/')[0] : '.'));
    expect(here.map(({ report }) => report)).toEqual([]);
  });
});

it('every exception is needed', () => {
  expect(Object.keys(ALLOWED).filter(part => !used.has(part))).toEqual([]);
});

describe.each(sources.filter(({ name }) => name.endsWith('.md')))('$name', ({ text }) => {
  it('has lines of prose that fit', () => {
    const prose = withoutCode(text).split('\n');
    expect(prose.filter(line => !line.startsWith('|') && line.length > WIDTH)).toEqual([]);
  });
});

function isAllowed(text: string): boolean {
  const parts = Object.keys(ALLOWED).filter(part => text.includes(part));
  for (const part of parts) used.add(part);
  return parts.length > 0;
}

/** Paragraphs and list items of a document, without headings, tables and code. */
function paragraphsIn(text: string): { line: number; text: string }[] {
  let line = 1;
  return withoutCode(text)
    .split(/\n(?=\n|- |\d+\. )/)
    .flatMap(block => {
      const start = line + (/^\n*/.exec(block)?.[0].length ?? 0);
      line += block.split('\n').length;
      const words = block.replace(/\s+/g, ' ').replace(/^ ?(- |\d+\. )?/, '');
      return words === '' || /^[#|]/.test(words) ? [] : [{ line: start, text: words }];
    });
}

/** Empties the lines of fenced code, so that the numbers of the others stay. */
function withoutCode(text: string): string {
  return text.replace(/^```[\s\S]*?^```/gm, code => code.replace(/.*/g, ''));
}
