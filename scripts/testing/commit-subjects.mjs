// @ts-check
import { spawnSync } from 'node:child_process';
import { results } from './results.mjs';

/** The last commit that is not checked. */
const BASE = '5e2bf2407506ef9607df8fc6f700d683891d7fd9';
/** Maximum length of a subject, in characters. */
const LONGEST = 72;
const FORM = /^[a-z][a-z0-9 ,-]*: (?<verb>[a-z][\w-]*) \S/;
/** Present, past tense and participle: `adds`, `added`, `adding`. */
const NOT_IMPERATIVE = /([^s]s|ed|ing)$/;
const IMPERATIVES_WITH_THESE_ENDINGS = [
  'bring',
  'embed',
  'exceed',
  'feed',
  'focus',
  'need',
  'proceed',
  'seed',
  'speed',
];

/**
 * Returns the problem of a commit's subject, or undefined.
 * @param {string} subject
 */
export function judgeSubject(subject) {
  if (subject.length > LONGEST) return `has ${subject.length} characters, at most ${LONGEST} are allowed`;
  const verb = FORM.exec(subject)?.groups?.['verb'];
  if (verb === undefined) return 'is not of the form "area: imperative"';
  if (NOT_IMPERATIVE.test(verb) && !IMPERATIVES_WITH_THESE_ENDINGS.includes(verb))
    return `"${verb}" is not an imperative`;
  return undefined;
}

/**
 * Checks the subjects of the commits since `base`. Merges are skipped: hosts and CI create them. Nothing is checked
 * outside a full clone of this project: in a copy without git, a shallow checkout, or another repository.
 * @param {string} root
 * @param {{ base?: string, say?: (line: string) => void }} [options]
 * @returns {import('./results.mjs').Results}
 */
export function checkCommitSubjects(root, { base = BASE, say = console.log } = {}) {
  const name = 'subjects of commits';
  /** @param {string[]} args */
  const git = (...args) => {
    const { status, stdout } = spawnSync('git', args, { cwd: root, encoding: 'utf8' });
    return status === 0 ? stdout : undefined;
  };
  const [prefix, shallow] = git('rev-parse', '--show-prefix', '--is-shallow-repository')?.split('\n') ?? [];
  const isClone = prefix === '' && shallow === 'false' && git('merge-base', '--is-ancestor', base, 'HEAD') === '';
  if (!isClone) {
    say(`  -      ${name}: not checked, because this is not a full clone of the project`);
    return results({});
  }
  const lines = (git('log', '--no-merges', '--format=%h %s', `${base}..HEAD`) ?? '').split('\n').filter(Boolean);
  const problems = lines.flatMap(line => {
    const problem = judgeSubject(line.slice(line.indexOf(' ') + 1));
    return problem === undefined ? [] : [`${line}: ${problem}`];
  });
  say(`  ${problems.length === 0 ? 'ok    ' : 'FAILED'} ${name} (${lines.length})`);
  return problems.length === 0 ? results({ passed: 1 }) : results({ failed: [{ name, detail: problems.join('\n') }] });
}
