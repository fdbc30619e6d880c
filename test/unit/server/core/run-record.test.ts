import { expect, it } from 'vitest';
import { readRunRecords } from '../../../../desktop/server/core/run-record';

const server = { pid: 42, startTime: '1000@boot', executable: '/opt/server' };
const run = { id: '0123456789abcdef'.repeat(2), shell: { ...server, pid: 41 }, server };

it('a valid record is read', () => expect(readRunRecords([run])).toEqual([run]));

it.each<[string, unknown]>([
  ['no content', undefined],
  ['another format', { runs: [run] }],
  ['no run ID', [{ ...run, id: undefined }]],
  ['an empty run ID', [{ ...run, id: '' }]],
  ['a prefix before the run ID', [{ ...run, id: `x${run.id}` }]],
  ['a suffix after the run ID', [{ ...run, id: `${run.id}x` }]],
  ['a list of run IDs', [{ ...run, id: [run.id] }]],
  ['no server', [{ ...run, server: undefined }]],
  ['no app', [{ ...run, shell: undefined }]],
  ['a PID that is not a number', [{ ...run, server: { ...server, pid: '42' } }]],
  ['the PID that means all processes', [{ ...run, server: { ...server, pid: -1 } }]],
  ['the PID of init', [{ ...run, server: { ...server, pid: 1 } }]],
  ['no start time', [{ ...run, server: { ...server, startTime: '' } }]],
  ['a start time that is not a string', [{ ...run, server: { ...server, startTime: 1000 } }]],
  ['a file that is not a string', [{ ...run, server: { ...server, executable: 7 } }]],
  ['no file', [{ ...run, server: { ...server, executable: '' } }]],
])('a record with %s is ignored', (_what, content) => expect(readRunRecords(content)).toEqual([]));
