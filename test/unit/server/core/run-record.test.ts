import { expect, it } from 'vitest';
import { readRunRecords } from '../../../../desktop/server/core/run-record';

const server = { pid: 42, startTime: '1000@boot', executable: '/opt/server' };
const run = { id: '0123456789abcdef'.repeat(2), shell: { ...server, pid: 41 }, server };

it('a whole record is believed', () => expect(readRunRecords([run])).toEqual([run]));

it.each<[string, unknown]>([
  ['nothing', undefined],
  ['something else', { runs: [run] }],
  ['no name', [{ ...run, id: undefined }]],
  ['a name that others may have', [{ ...run, id: '' }]],
  ['a name with something before it', [{ ...run, id: `x${run.id}` }]],
  ['a name with something after it', [{ ...run, id: `${run.id}x` }]],
  ['a list of names', [{ ...run, id: [run.id] }]],
  ['no server', [{ ...run, server: undefined }]],
  ['no app', [{ ...run, shell: undefined }]],
  ['no number', [{ ...run, server: { ...server, pid: '42' } }]],
  ['the number of everybody', [{ ...run, server: { ...server, pid: -1 } }]],
  ['the number of the first process', [{ ...run, server: { ...server, pid: 1 } }]],
  ['no start', [{ ...run, server: { ...server, startTime: '' } }]],
  ['a start that is no text', [{ ...run, server: { ...server, startTime: 1000 } }]],
  ['a file that is no text', [{ ...run, server: { ...server, executable: 7 } }]],
  ['no file', [{ ...run, server: { ...server, executable: '' } }]],
])('a record with %s counts for nothing', (_what, content) => expect(readRunRecords(content)).toEqual([]));
