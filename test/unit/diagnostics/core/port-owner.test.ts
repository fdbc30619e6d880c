import { describe, expect, it } from 'vitest';
import { listeningInode, ownerFromLsof, ownerFromNetstat } from '../../../../desktop/diagnostics/core/port-owner';

// 5870 is 16EE in hexadecimal digits.
const TCP = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode                                                     
   0: 0100007F:ADFD 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 36347 1 00000000c832ad43 100 0 0 10 0                     
   1: 0100007F:C3A2 0100007F:16EE 01 00000000:00000000 00:00000000 00000000  1000        0 41001 1 0000000000000000 20 4 30 10 -1                    
   2: 0100007F:16EE 0100007F:C3A2 01 00000000:00000000 00:00000000 00000000  1000        0 41002 1 0000000000000000 20 4 30 10 -1                    
   3: 0100007F:16EE 0100007F:C3A0 06 00000000:00000000 03:00000512 00000000     0        0 0 3 0000000000000000                                      
   4: 0100007F:16EE 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 36384 1 000000000c7b49b3 100 0 0 10 0                     
   5: 00000000:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 552 1 00000000e38db48f 100 0 0 10 0                       
`;
const TCP6 = `  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000000000000000000000000000:16EE 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 77777 1 0000000000000000 100 0 0 10 0
`;

describe('Linux’s table of sockets', () => {
  it('distinguishes a listening socket from connected and closed ones', () => {
    expect(listeningInode(TCP, 5870)).toBe('36384');
  });
  it('finds small ports, which have leading zeros', () => expect(listeningInode(TCP, 80)).toBe('552'));
  it('exists for IPv6, too', () => expect(listeningInode(TCP6, 5870)).toBe('77777'));
  it('ignores a port that is only the local end of a connection', () => {
    expect(listeningInode(TCP, 0xc3a2)).toBeUndefined();
  });
  it.each(['', 'sl local_address', '\n\n', 'garbage\ngarbage garbage'])('may be %j', table => {
    expect(listeningInode(table, 5870)).toBeUndefined();
  });
});

describe('lsof -Fpc', () => {
  it('names the process', () => {
    expect(ownerFromLsof('p4242\ncpython3.12\nf12\n')).toEqual({ pid: 4242, name: 'python3.12' });
  });
  it('names the first of several processes, with spaces in the name', () => {
    const output = 'p501\ncGoogle Chrome Helper\nf20\np502\ncnode\nf21\n';
    expect(ownerFromLsof(output)).toEqual({ pid: 501, name: 'Google Chrome Helper' });
  });
  it('may start with a warning', () => {
    const warning = "lsof: WARNING: can't stat() cifs file system p7\np8 is cut off\n";
    expect(ownerFromLsof(`${warning}p4242\ncnode\n`)).toEqual({ pid: 4242, name: 'node' });
  });
  it('may have no name', () => expect(ownerFromLsof('p7\nf3\n')).toEqual({ pid: 7, name: '' }));
  it.each(['', 'lsof: no such file\n', 'spawn lsof ENOENT'])('may say %j', output => {
    expect(ownerFromLsof(output)).toBeUndefined();
  });
});

describe('netstat -ano', () => {
  const ENGLISH = `
Active Connections

  Proto  Local Address          Foreign Address        State           PID
  TCP    0.0.0.0:135            0.0.0.0:0              LISTENING       1016
  TCP    0.0.0.0:15870          0.0.0.0:0              LISTENING       1111
  TCP    127.0.0.1:49680        127.0.0.1:5870         ESTABLISHED     2222
  TCP    127.0.0.1:5870         127.0.0.1:49680        ESTABLISHED     3333
  TCP    127.0.0.1:5870         0.0.0.0:0              LISTENING       4242
  TCP    [::]:445               [::]:0                 LISTENING       4
  UDP    127.0.0.1:5871         *:*                                    5555
`;
  const GERMAN = `
Aktive Verbindungen

  Proto  Lokale Adresse         Remoteadresse          Status           PID
  TCP    127.0.0.1:49680        127.0.0.1:5870         HERGESTELLT     2222
  TCP    127.0.0.1:5870         0.0.0.0:0              ABHÖREN         4242
`;
  const IPV6 = '  TCP    [::1]:5870             [::]:0                 LISTENING       99\r\n';

  it.each([
    ['English', ENGLISH, 4242],
    ['German', GERMAN, 4242],
    ['German as an old code page mangles it', GERMAN.replace('Ö', '\ufffd'), 4242],
    ['line breaks of Windows', ENGLISH.replaceAll('\n', '\r\n'), 4242],
    ['IPv6', IPV6, 99],
  ])('finds the process that listens: %s', (_which, output, pid) => {
    expect(ownerFromNetstat(output, 5870)).toEqual({ pid, name: '' });
  });

  it('finds no process when none listens', () => {
    expect(ownerFromNetstat(ENGLISH, 587)).toBeUndefined();
    expect(ownerFromNetstat(ENGLISH, 49680)).toBeUndefined();
    expect(ownerFromNetstat(ENGLISH, 5871)).toBeUndefined();
    expect(ownerFromNetstat('', 5870)).toBeUndefined();
    expect(ownerFromNetstat('TCP\nTCP 127.0.0.1:5870\n', 5870)).toBeUndefined();
  });
});
