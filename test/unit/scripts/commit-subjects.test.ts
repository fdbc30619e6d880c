/** The check of commit subjects, in a real repository. */

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { checkCommitSubjects, judgeSubject } from '../../../scripts/testing/commit-subjects.mjs';

describe('a subject', () => {
  it.each([
    'server: restart after a crash',
    'docs, test: describe the release',
    'updates: embed the key',
    `test: ${'a '.repeat(33)}`.trimEnd(),
  ])('passes: %s', subject => {
    expect(judgeSubject(subject)).toBeUndefined();
  });

  it.each([
    ['Restart the server after a crash', 'not of the form'],
    ['server: Restart after a crash', 'not of the form'],
    ['server: restart', 'not of the form'],
    ['server: restarts after a crash', 'not an imperative'],
    ['server: restarted after a crash', 'not an imperative'],
    ['server: restarting after a crash', 'not an imperative'],
    [`server: ${'a '.repeat(33)}`.trimEnd(), 'has 73 characters'],
  ])('fails: %s', (subject, problem) => {
    expect(judgeSubject(subject)).toContain(problem);
  });
});

const hasGit = spawnSync('git', ['--version']).status === 0;

describe.skipIf(!hasGit)('a checkout', () => {
  let folder = '';
  let root = '';
  const git = (...args: string[]) => execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim();
  const commit = (subject: string) => {
    git('commit', '--quiet', '--allow-empty', '-m', subject);
    return git('rev-parse', 'HEAD');
  };
  const check = (base: string, where = root) => {
    const lines: string[] = [];
    return { ...checkCommitSubjects(where, { base, say: line => lines.push(line) }), said: lines.join('\n') };
  };

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'cachibot-test-'));
    root = join(folder, 'clone');
    mkdirSync(root);
    // A hook of the surrounding repository would set GIT_DIR; the settings of the user could sign commits.
    for (const name of Object.keys(process.env)) if (name.startsWith('GIT_')) vi.stubEnv(name, undefined);
    vi.stubEnv('GIT_CONFIG_GLOBAL', join(folder, 'none'));
    vi.stubEnv('GIT_CONFIG_NOSYSTEM', '1');
    git('init', '--quiet');
    git('config', 'user.name', 'Test');
    git('config', 'user.email', 'test@example.com');
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  });

  it('fails only for later commits, and names them', () => {
    const base = commit('An earlier commit');
    commit('docs: describe the rule');
    expect(check(base)).toMatchObject({ passed: 1, failed: [] });
    commit('Break the rule');
    const { failed, said } = check(base);
    expect(failed.map(({ detail }) => detail)).toEqual([
      expect.stringMatching(/^\w+ Break the rule: is not of the form/),
    ]);
    expect(said).toContain('FAILED');
  });

  it('skips merges', () => {
    const base = commit('docs: describe the rule');
    git('checkout', '--quiet', '-b', 'other');
    commit('docs: describe the exception');
    git('checkout', '--quiet', '-');
    commit('docs: describe the other exception');
    git('merge', '--quiet', '--no-ff', '-m', 'Merge a branch into another one', 'other');
    expect(check(base)).toMatchObject({ passed: 1, failed: [] });
  });

  it('checks nothing in another repository, in a folder of a repository, in a shallow checkout and without git', () => {
    const base = commit('docs: describe the rule');
    commit('Break the rule');
    const nothing = { passed: 0, failed: [], said: expect.stringContaining('not checked') };
    expect(check('0'.repeat(40))).toMatchObject(nothing);
    mkdirSync(join(root, 'inside'));
    expect(check(base, join(root, 'inside'))).toMatchObject(nothing);
    expect(check(base, folder)).toMatchObject(nothing);
    git('clone', '--quiet', '--depth', '1', `file://${root}`, join(folder, 'shallow'));
    expect(check(base, join(folder, 'shallow'))).toMatchObject(nothing);
  });
});
