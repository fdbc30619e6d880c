/** Holds what a machine can hold of the project's plain English: retired words, and lines of documents that fit. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { filesBelow } from '../drivers/source-files';

const ROOT = join(__dirname, '..', '..');

/** Words that the project no longer uses, each with the word in its place. */
const RETIRED: Record<string, RegExp> = {
  user: /\b[Pp]ersons?\b/,
  'number of this attempt': /how-manieth/,
  patch: /\b[Mm]end(s|ed|ing)?\b/,
  'UserError, problem': /\bTrouble\b/,
};

/** Lines that may keep a retired word: a part of the line, and the reason. */
const ALLOWED: Record<string, string> = {
  'username": "person"': 'the name of a test account',
};

const TEXT = /\.(ts|mts|mjs|py|md|yml|nsh|sh|spec|in)$/;
/** Longest line of prose in a document, in characters. */
const WIDTH = 130;

const sources = ['desktop', 'scripts', 'build', 'docs', '.github']
  .flatMap(folder => filesBelow(join(ROOT, folder)).map(name => join(folder, name)))
  .concat('README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md')
  .filter(name => TEXT.test(name) && !/(^|\/)(node_modules|__pycache__)\//.test(name))
  .map(name => ({ name, lines: readFileSync(join(ROOT, name), 'utf8').split('\n') }));

describe.each(Object.entries(RETIRED))('the word %s', (_, retired) => {
  it('has replaced the retired one', () => {
    const found = sources.flatMap(({ name, lines }) =>
      lines.filter(line => retired.test(line) && !isAllowed(line)).map(line => `${name}: ${line.trim()}`),
    );
    expect(found).toEqual([]);
  });
});

it('every exception is needed', () => {
  const lines = sources.flatMap(source => source.lines);
  expect(Object.keys(ALLOWED).filter(part => !lines.some(line => line.includes(part)))).toEqual([]);
});

describe.each(sources.filter(({ name }) => name.endsWith('.md')))('$name', ({ lines }) => {
  it('has lines of prose that fit', () => {
    let inCode = false;
    const tooLong = lines.filter(line => {
      if (line.startsWith('```')) inCode = !inCode;
      return !inCode && !line.startsWith('|') && line.length > WIDTH;
    });
    expect(tooLong).toEqual([]);
  });
});

function isAllowed(line: string): boolean {
  return Object.keys(ALLOWED).some(part => line.includes(part));
}
