// @ts-check
import { NOT_HERE } from './systems.mjs';

/** @typedef {import('./counted.mjs').Counted} Counted */

const CASE = /<testcase ([^>]*?)(?:\/>|>(.*?)<\/testcase>)/gs;
const OUTCOME = /<(failure|error|skipped)\b([^>]*?)(?:\/>|>(.*?)<\/\1>)/s;

/**
 * Counts the cases of a junit report as pytest writes it (a fixed form, so no parser of XML is brought for it).
 * @param {string} xml
 * @param {string} [platform]
 * @returns {Counted}
 */
export function countJunit(xml, platform = process.platform) {
  /** @type {Map<string, { status: string, detail: string, reason: string }>} */
  const cases = new Map();
  for (const [, attributes = '', body = ''] of xml.matchAll(CASE)) {
    const name = [attribute(attributes, 'classname'), attribute(attributes, 'name')].filter(Boolean).join(': ');
    const [, status = 'passed', about = '', text = ''] = OUTCOME.exec(body) ?? [];
    // A test that passes and then fails to clean up is there twice; the worse one counts.
    if (status === 'passed' && cases.has(name)) continue;
    const reason = attribute(about, 'message');
    cases.set(name, { status, detail: decoded(text) || reason, reason });
  }
  /** @type {Counted} */
  const counted = { passed: 0, failed: [], skipped: [], elsewhere: [] };
  for (const [name, { status, detail, reason }] of cases) {
    if (status === 'passed') counted.passed++;
    // Linux can run them all.
    else if (status === 'skipped' && platform !== 'linux' && reason.startsWith(NOT_HERE)) counted.elsewhere?.push(name);
    else if (status === 'skipped') counted.skipped.push(name);
    else counted.failed.push({ name, detail });
  }
  return counted;
}

/**
 * @param {string} attributes
 * @param {string} name
 */
function attribute(attributes, name) {
  return decoded(new RegExp(`\\b${name}="([^"]*)"`).exec(attributes)?.[1] ?? '');
}

/** @param {string} text */
function decoded(text) {
  return text
    .replace(/&#10;/g, '\n')
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&quot;/g, '"')
    .replace(/&amp;/g, '&');
}
