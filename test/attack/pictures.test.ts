/** Hostile addresses of pictures, and hostile answers: the server half fetches from the internet, and pictures only. */
// @module-tag linux: gives this machine the addresses of other networks

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll } from 'vitest';
import { type AttackedServer, openServer } from '../drivers/attacked-server';
import { type Attack, defineAttacks, type Open, pairs } from '../drivers/attacks';
import { python, serverScript } from '../drivers/electron-app';
import { openRecordingServer, type RecordingServer } from '../drivers/recording-server';

/** An address of the internet, which leads to this machine although no interface has it. */
const INTERNET = '93.184.216.34';
/** An address of an interface: one of the internet, as IPv6 gives to each device, and one of each other kind of network. */
const OWN = '93.184.216.99';
const PRIVATE = ['10.0.0.7', '172.16.0.7', '192.168.0.7', '169.254.169.254', '100.64.0.7', '198.18.0.7'];

/** Hosts at these addresses, in the spellings that libraries read. Names that end in `.example` are in the hosts file. */
const HOSTS = [
  ...PRIVATE,
  ...['127.0.0.1', '127.0.0.2', 'localhost', 'LOCALHOST', 'localhost.', '0.0.0.0', '0', '127.1', '0177.0.0.1'],
  ...['2130706433', '0x7f000001', '0x7f.1', '%31%32%37.0.0.1', '127.0.0.1%00', '127。0。0。1', 'ⓛocalhost'],
  ...['[::1]', '[::]', '[::ffff:127.0.0.1]', '[::ffff:a00:7]', '[0:0:0:0:0:ffff:7f00:1]', '[::1%25lo]', '[fd00::7]'],
  ...['loopback.example', 'loopback6.example', 'nas.example', 'NAS.EXAMPLE', 'metadata.example', 'mixed.example'],
  ...[OWN, 'own.example'],
  ...['user@127.0.0.1', 'pictures.example@127.0.0.1', '127.0.0.1#@pictures.example', '127.0.0.1\\@pictures.example'],
];
const HOSTS_FILE = `
  127.0.0.1 localhost loopback.example
  ::1 loopback6.example
  10.0.0.7 nas.example mixed.example
  169.254.169.254 metadata.example
  ${OWN} own.example
  ${INTERNET} pictures.example mixed.example
`;

/** Answers that are not pictures, too large, slow, or endless. */
const ANSWERS = [
  '/html',
  '/html-as-png',
  '/json',
  '/text',
  '/png-as-html',
  '/packed',
  '/large',
  '/endless',
  '/drip',
  '/loop',
];

const PNG = Buffer.from('\x89PNG\r\n\x1a\n'.padEnd(99, '\0'), 'latin1');
const LARGE = Buffer.concat([PNG, Buffer.alloc(20_000_000)]);

interface Target extends AttackedServer {
  other: RecordingServer;
}

let folder = '';
const shell = (script: string) => execFileSync('/bin/sh', ['-c', script]);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'cachibot-hosts-'));
  writeFileSync(join(folder, 'hosts'), HOSTS_FILE);
  const added = [...PRIVATE, OWN].map(address => `ip addr replace ${address}/32 dev lo`);
  added.push(`ip route replace local ${INTERNET} dev lo`);
  shell([...added, 'ip addr replace fd00::7/128 dev lo', `mount --bind ${folder}/hosts /etc/hosts`].join(' && '));
});
afterAll(() => {
  shell('umount /etc/hosts');
  rmSync(folder, { recursive: true, force: true });
});

/** Answers by path. `/to/` leads to any address. */
function respond({ url = '' }: IncomingMessage, response: ServerResponse): void {
  const send = (type: string, content: string | Buffer, headers: Record<string, string> = {}) =>
    response.writeHead(200, { 'Content-Type': type, ...headers }).end(content);
  if (url.startsWith('/to/')) {
    // As bytes of UTF-8, which a header may contain.
    const Location = Buffer.from(decodeURIComponent(url.slice(4))).toString('latin1');
    response.writeHead(302, { Location }).end();
  } else if (url === '/html') send('text/html', '<script>1</script>');
  else if (url === '/html-as-png') send('image/png', '<script>1</script>');
  else if (url === '/json') send('application/json', '{"secret":1}');
  else if (url === '/text') send('image/svg+xml', 'secret=1');
  else if (url === '/png-as-html') send('text/html', PNG);
  else if (url === '/packed') send('image/png', gzipSync(LARGE), { 'Content-Encoding': 'gzip' });
  else if (url === '/large') send('image/png', LARGE);
  else if (url === '/loop') response.writeHead(302, { Location: '/loop' }).end();
  else if (url === '/endless' || url === '/drip') sendWithoutEnd(response, url === '/drip' ? PNG : LARGE);
  else send('image/png', PNG);
}

function sendWithoutEnd(response: ServerResponse, part: Buffer): void {
  response.writeHead(200, { 'Content-Type': 'image/png' });
  response.write(PNG);
  const timer = setInterval(() => response.write(part), 100);
  response.once('close', () => clearInterval(timer));
}

/** Our server, after some Python code. */
const openOurs =
  (code: string): Open<Target> =>
  async onClose => {
    const other = await openRecordingServer({ host: '::', respond });
    onClose(other.close);
    const program = `
import runpy, sys
sys.path.insert(0, ${JSON.stringify(dirname(serverScript))})
from cachibot_desktop.pictures import fetch
${code}
runpy.run_path(${JSON.stringify(serverScript)}, run_name='__main__')
`;
    return { ...(await openServer([python(), '-c', program], 200, onClose)), other };
  };

/** The limit of time, for a busy machine. */
const SECONDS = 4;

/** Has the server fetch a picture. @returns its status; 0 without an answer within the limit */
async function fetchPicture({ port, token }: Target, address: string): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${port}/api/desktop/picture`, {
    method: 'POST',
    headers: { 'X-CachiBot-Token': token, 'Content-Type': 'application/json' },
    body: JSON.stringify({ address }),
    signal: AbortSignal.timeout(3 * SECONDS * 1_000),
  }).catch(() => undefined);
  await response?.arrayBuffer();
  return response?.status ?? 0;
}

const HOW = ['directly', 'by a redirect'] as const;

const attacks: Attack<Target>[] = [
  {
    name: 'a picture’s address leads to this machine or a private network',
    tried: HOSTS.length * HOW.length,
    run: async (target, enough) => {
      const { other } = target;
      const through: string[] = [];
      for (const [host, how] of pairs(HOSTS, HOW)) {
        const address = `http://${host.replace(/(?=[#\\]|$)/, `:${other.port}`)}/secret`;
        const sent = other.requests.length;
        await fetchPicture(
          target,
          how === 'directly' ? address : `http://pictures.example:${other.port}/to/${encodeURIComponent(address)}`,
        );
        const reached = other.requests.slice(sent).filter(({ path }) => !path.startsWith('/to/'));
        if (reached.length > 0) through.push(`${host} ${how}`);
        if (through.length >= enough) break;
      }
      return through;
    },
  },
  {
    name: 'an answer that is not a picture, or has no end, is shown',
    tried: ANSWERS.length,
    run: async (target, enough) => {
      const through: string[] = [];
      for (const path of ANSWERS) {
        const status = await fetchPicture(target, `http://pictures.example:${target.other.port}${path}`);
        if (status !== 404) through.push(`${path}: ${status}`);
        if (through.length >= enough) break;
      }
      // A picture is shown, or the rest proves nothing.
      const shown = await fetchPicture(target, `http://pictures.example:${target.other.port}/picture.png`);
      return shown === 200 ? through : [...through, `a picture: ${shown}`];
    },
  },
];

const UNGUARDED = `
fetch.is_public = fetch.may_be_picture = lambda _: True
fetch.own_networks = list
fetch.format_of = lambda _: 'image/png'
`;
defineAttacks({ guarded: openOurs(`fetch.SECONDS = ${SECONDS}`), unguarded: openOurs(UNGUARDED) }, attacks);
