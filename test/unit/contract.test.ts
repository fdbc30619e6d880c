/** The shell fulfils the table in docs/contract.md. For the server's side see test/python/test_contract.py. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { newToken } from '../../desktop/server/child-process';
import { serverEnvironment } from '../../desktop/server/core/environment';
import { EXIT_CODES } from '../../desktop/server/core/exit-codes';
import { LIMITS } from '../../desktop/server/supervisor';
import { ORIGIN, PREFERRED_PORT } from '../../desktop/startup/core/config';
import { LOGIN_VARIABLES } from '../../desktop/system/core/login-environment';
import { randomHex } from '../../desktop/system/random-hex';

const root = join(__dirname, '..', '..');

const rows = readFileSync(join(root, 'docs', 'contract.md'), 'utf8')
  .split('\n')
  .map(line => /^\| ([a-z]+) \| `([^`]+)` \| (?:`([^`]+)`)? ?\| (both|shell|server) \|/.exec(line))
  .filter(found => found !== null)
  .map(([, kind = '', name = '', value = '', side = '']) => ({ kind, name, value, side }))
  .filter(({ side }) => side !== 'server');

const valuesOf = (kind: string) =>
  Object.fromEntries(rows.filter(row => row.kind === kind).map(({ name, value }) => [name, value]));
const namesOf = (kind: string) => Object.keys(valuesOf(kind));

const source = (readdirSync(join(root, 'desktop'), { recursive: true, encoding: 'utf8' }) as string[])
  .filter(name => name.endsWith('.ts'))
  .map(name => readFileSync(join(root, 'desktop', name), 'utf8'))
  .join('\n');

const own = {
  port: PREFERRED_PORT,
  identity: 'token',
  home: '/home/ada',
  homeVariable: 'HOME',
  workspace: '/home/ada/CachiBot',
  shellPid: 1,
  version: '1.0.0',
  runId: '0'.repeat(32),
  hangFile: '/logs/hang.txt',
  profile: '/profile',
  proxy: 'system',
  open: { v1: true, webhooks: true },
} as const;

describe('the contract', () => {
  it('has rows of every kind that the shell knows', () => {
    const kinds = [
      'address',
      'argument',
      'variable',
      'stdin',
      'refused',
      'removed',
      'login',
      'header',
      'path',
      'status',
      'exit',
      'time',
    ];
    expect([...new Set(rows.map(({ kind }) => kind))]).toEqual(kinds);
  });

  it('names the address that the shell uses', () => {
    expect(valuesOf('address')).toEqual({
      host: new URL(ORIGIN).hostname,
      port: String(PREFERRED_PORT),
      origin: ORIGIN,
    });
  });

  it('names the variables that the server receives', () => {
    const received = Object.keys(serverEnvironment({}, own)).filter(name => name.includes('CACHIBOT'));
    expect(namesOf('variable').sort()).toEqual(received.sort());
  });

  it('names the variables that are removed', () => {
    const caller = Object.fromEntries(namesOf('removed').map(name => [name, 'x']));
    const received = serverEnvironment({ ...caller, OTHER: 'x' }, own);
    expect(namesOf('removed').filter(name => received[name] !== undefined)).toEqual([]);
    expect(received['OTHER']).toBe('x');
    const restored = JSON.parse(received['CACHIBOT_DESKTOP_CALLER_ENV'] ?? '');
    expect(restored).toMatchObject(caller);
  });

  it('names the variables that the server refuses', () => {
    const refused = namesOf('refused');
    expect(refused).not.toEqual([]);
    const received = serverEnvironment(Object.fromEntries(refused.map(name => [name, 'x'])), own);
    expect(refused.filter(name => JSON.stringify(received).includes(name))).toEqual([]);
  });

  it('names the variables of the login shell that are reported', () => {
    expect(namesOf('login').sort()).toEqual([...LOGIN_VARIABLES].sort());
  });

  it('names the first line on stdin', () => {
    expect(valuesOf('stdin')).toEqual({ token: `${newToken(randomHex).length} hex` });
  });

  it('names each of our headers', () => {
    const used = [...source.matchAll(/x-cachibot-[a-z]+/gi)].map(([name]) => name.toLowerCase());
    expect(namesOf('header').map(name => name.toLowerCase())).toEqual([...new Set(used)].sort());
  });

  it.each(namesOf('path').concat(namesOf('argument')))('names %s, which the shell uses', name =>
    expect(source).toContain(name),
  );

  it('names the statuses that a health probe reads', () => {
    const probe = readFileSync(join(root, 'desktop', 'server', 'health-probe.ts'), 'utf8');
    const read = [...probe.matchAll(/status === (\d{3})/g)].map(([, status]) => status);
    expect(namesOf('status')).toEqual(read);
  });

  it('names the exit codes', () => {
    const codes = Object.entries(EXIT_CODES).map(([name, code]) => [name, String(code)]);
    expect(valuesOf('exit')).toEqual(Object.fromEntries(codes));
  });

  it('names the time limits', () => {
    expect(valuesOf('time')).toEqual({ grace: `${LIMITS.graceMs / 1000} s`, stuck: `${LIMITS.killMs / 1000} s` });
  });
});
