import { expect, it } from 'vitest';
import {
  ABOUT_TARGETS,
  aboutAsText,
  isAboutTarget,
  namedVersions,
  pythonVersionIn,
} from '../../../../desktop/window/core/about';
import { words } from '../../../../desktop/words/en';

const VERSIONS = {
  app: '4.5.6',
  server: '0.3.0',
  python: '3.12.8',
  electron: '45.5.0',
  chromium: '156.0.1',
  node: '26.0.0',
  system: 'linux 6.8, x64',
};

it('names every version', () => {
  const { names } = words.about;
  expect(namedVersions(VERSIONS)).toEqual([
    [names.app, '4.5.6'],
    [names.server, '0.3.0'],
    [names.python, '3.12.8'],
    [names.electron, '45.5.0'],
    [names.chromium, '156.0.1'],
    [names.node, '26.0.0'],
    [names.system, 'linux 6.8, x64'],
  ]);
});

it('leaves out what is not known', () => {
  const shown = namedVersions({ ...VERSIONS, server: undefined, python: undefined }).map(([name]) => name);
  expect(shown).not.toContain(words.about.names.server);
  expect(shown).not.toContain(words.about.names.python);
  expect(shown).toHaveLength(5);
});

it('copies one version a line', () => {
  expect(
    aboutAsText([
      ['A', '1'],
      ['B', '2'],
    ]),
  ).toBe('A: 1\nB: 2');
});

it.each([...ABOUT_TARGETS])('opens %s', target => {
  expect(isAboutTarget(target)).toBe(true);
});

it.each([undefined, 3, '', 'toString', '/etc/passwd', 'https://evil.example'])('does not open %j', target => {
  expect(isAboutTarget(target)).toBe(false);
});

it('finds the version of Python at the head of its licence', () => {
  expect(pythonVersionIn('These works:\n\n=====\nPython 3.12.8\n\nA. HISTORY OF Python 2.0.1\n')).toBe('3.12.8');
  expect(pythonVersionIn('Python 10.11.12\n')).toBe('10.11.12');
  expect(pythonVersionIn('A. HISTORY OF Python 2.0.1')).toBeUndefined();
  expect(pythonVersionIn('Python 3.12.8 is free')).toBeUndefined();
});
