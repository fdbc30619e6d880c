/** Every command in a document or workflow exists, and its options are those of the program's own parser. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  codeSpans,
  commandsInDocument,
  commandsInWorkflow,
  documents,
  knownFlags,
  problemOf,
  variablesOf,
} from '../drivers/shown-commands';
import { filesBelow } from '../drivers/source-files';

const ROOT = join(__dirname, '..', '..');
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');
const inFolder = (folder: string, end: string) =>
  filesBelow(join(ROOT, folder))
    .filter(name => name.endsWith(end))
    .map(name => `${folder}/${name}`);

/** Commands of other programs, each with the file that runs it or decides whether it works, and the text in it. */
const OTHER_PROGRAMS: Record<string, readonly [file: string, text: string]> = {
  'chmod +x CachiBot-x86_64.AppImage': ['electron-builder.yml', 'artifactName: CachiBot$'],
  'sudo apt install ./cachibot-desktop_*.deb': ['test/installers/linux.test.ts', "'apt-get', 'install'"],
  'sudo apt purge cachibot-desktop': ['test/installers/linux.test.ts', "'apt-get', 'purge', '-y', 'cachibot-desktop'"],
  'sudo dnf install ./cachibot-desktop-*.rpm': ['test/installers/linux.test.ts', "rpm('-i'"],
  'sudo dnf remove cachibot-desktop': ['test/installers/linux.test.ts', "rpm('-e', 'cachibot-desktop'"],
  'gh attestation verify FILE --repo OWNER/REPOSITORY': [
    '.github/workflows/release.yml',
    'actions/attest-build-provenance@',
  ],
  'codesign --verify --deep --strict': [
    'scripts/release/verify-notarization.mjs',
    "'codesign', '--verify', '--deep', '--strict'",
  ],
  'spctl --assess --type execute': [
    'scripts/release/verify-notarization.mjs',
    "'spctl', '--assess', '--type', 'execute'",
  ],
  'xcrun stapler validate': ['scripts/release/verify-notarization.mjs', "'xcrun', 'stapler', 'validate'"],
};
/** Options of other programs, with the file that passes them. */
const OTHER_OPTIONS: Record<string, readonly [file: string, text: string]> = {
  '--clean': ['scripts/backend/freeze.mjs', "'--clean'"],
  '--user-data-dir': ['scripts/bench/designs.mjs', '`--user-data-dir='],
};
const isOurs = (command: string) => /^(\w+=\S+ )*(npm|node|cachibot-server) /.test(command);
const known = knownFlags();
const code = ['desktop', 'scripts', 'test', '.github']
  .flatMap(folder =>
    filesBelow(join(ROOT, folder))
      .filter(name => /\.([mc]?ts|mjs|py|yml|md)$/.test(name))
      .map(name => `${folder}/${name}`),
  )
  .map(read)
  .join('\n');

describe.each(documents)('%s', file => {
  const text = read(file);
  const commands = commandsInDocument(text);

  it('shows commands that exist, with options that they take', () => {
    const problems = commands.filter(isOurs).map(command => [command, problemOf(command)]);
    expect(problems.filter(([, problem]) => problem !== undefined)).toEqual([]);
  });

  it('shows only commands of other programs that are tried elsewhere', () => {
    expect(commands.filter(command => !isOurs(command) && !(command in OTHER_PROGRAMS))).toEqual([]);
  });

  it('names only options and variables that exist', () => {
    const spans = codeSpans(text);
    const flags = spans.filter(span => /^--[\w-]+$/.test(span));
    expect(flags.filter(flag => !known.includes(flag) && !(flag in OTHER_OPTIONS))).toEqual([]);
    const variables = spans.filter(span => /^_?CACHIBOT_\w+$/.test(span)).concat(commands.flatMap(variablesOf));
    expect(variables.filter(name => !code.includes(name))).toEqual([]);
  });
});

it.each(inFolder('.github', '.yml'))('%s runs commands that exist, with options that they take', file => {
  const problems = commandsInWorkflow(read(file)).map(command => [command, problemOf(command)]);
  expect(problems.filter(([, problem]) => problem !== undefined)).toEqual([]);
});

describe('a command of another program', () => {
  it.each(Object.entries(OTHER_PROGRAMS))('%s is tried', (command, [file, text]) => {
    expect(read(file)).toContain(text);
    expect(documents.some(name => commandsInDocument(read(name)).includes(command))).toBe(true);
  });

  it.each(Object.entries(OTHER_OPTIONS))('%s is passed', (option, [file, text]) => {
    expect(read(file)).toContain(text);
    expect(documents.some(name => codeSpans(read(name)).includes(option))).toBe(true);
  });
});

describe('a command', () => {
  it.each([
    ['npm run nothing', 'package.json'],
    ['npm run dist --dir', 'package.json'],
    ['npm run dist -- --nothing', '--nothing'],
    ['npm run dist -- word', 'word'],
    ['npm run release -- nothing', 'no step nothing'],
    ['npm test -- --suite nothing', 'no suite nothing'],
    ['npm test -- nothing-of-that-name', 'no test has'],
    ['npm start -- --nothing', '--nothing'],
    ['node scripts/nothing.mjs', 'missing'],
    ['node scripts/lock.mjs --nothing', '--nothing'],
    ['node scripts/lock.mjs word', 'word'],
    ['cachibot-server --nothing', '--nothing'],
  ])('is refused: %s', (command, problem) => {
    expect(problemOf(command)).toContain(problem);
  });

  it('continues the npm command before it with a code span that starts with two dashes', () => {
    const text = '`npm run dist`, `--dir`, `-- --dir`\n```\nnpm run other\n```\n```sh\nnpm test\n```\n`npm\nstart`';
    expect(commandsInDocument(text)).toEqual(['npm test', 'npm run dist', 'npm run dist -- --dir', 'npm start']);
  });
});
