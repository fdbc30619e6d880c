/** A small D-Bus client, which can also be a service. It covers what the tests' desktop needs, on a local bus. */

import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';
import { read, Writer, write } from './dbus-values';

const METHOD_CALL = 1;
const METHOD_RETURN = 2;
const ERROR = 3;
const SIGNAL = 4;

/** Codes of the fields of a message's header. */
const FIELDS = { path: 1, interface: 2, member: 3, error: 4, replyTo: 5, destination: 6, sender: 7, signature: 8 };
const SIGNATURES: Readonly<Record<string, string>> = { path: 'o', replyTo: 'u', signature: 'g' };

type Header = Partial<Record<keyof typeof FIELDS, string | number>>;

export interface Call {
  path: string;
  interface: string;
  member: string;
  sender: string;
  args: unknown[];
}

/** The values of a message with their types, such as `su`. */
export interface Values {
  signature: string;
  values: unknown[];
}

/** Answers a call; undefined for an unknown method. */
export type Service = (call: Call) => Values | undefined;

export interface Target {
  destination: string;
  path: string;
  interface: string;
}

const BUS: Target = {
  destination: 'org.freedesktop.DBus',
  path: '/org/freedesktop/DBus',
  interface: 'org.freedesktop.DBus',
};

/** Connects to the bus whose socket is at `path`. */
export async function connectToBus(path: string): Promise<BusConnection> {
  const socket = createConnection(path);
  await once(socket, 'connect');
  const uid = Buffer.from(String(process.getuid?.() ?? 0)).toString('hex');
  socket.write(`\0AUTH EXTERNAL ${uid}\r\n`);
  const [answer] = (await once(socket, 'data')) as [Buffer];
  if (!answer.toString().startsWith('OK')) throw new Error(`The bus answered ${answer}.`);
  socket.write('BEGIN\r\n');
  const connection = new BusConnection(socket);
  await connection.call(BUS, 'Hello');
  return connection;
}

export class BusConnection {
  readonly #socket: Socket;
  readonly #waiting = new Map<number, { resolve(values: unknown[]): void; reject(error: Error): void }>();
  #serial = 0;
  #received = Buffer.alloc(0);
  #service: Service = () => undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', data => this.#receive(data));
    socket.on('error', () => {}); // the bus has ended
  }

  /** Calls a method, and returns the values of its answer. */
  call(target: Target, member: string, signature = '', values: unknown[] = []): Promise<unknown[]> {
    const serial = this.#send(METHOD_CALL, { ...target, member }, { signature, values });
    return new Promise((resolve, reject) => this.#waiting.set(serial, { resolve, reject }));
  }

  emit(path: string, from: string, member: string, { signature, values }: Values): void {
    this.#send(SIGNAL, { path, interface: from, member }, { signature, values });
  }

  /** Takes a name, and answers the calls to it from now on. */
  async own(name: string): Promise<void> {
    await this.call(BUS, 'RequestName', 'su', [name, 0]);
  }

  serve(service: Service): void {
    this.#service = service;
  }

  close(): void {
    this.#socket.destroy();
  }

  #send(type: number, header: Header, { signature, values }: Values): number {
    const body = new Writer();
    write(body, signature, values);
    const fields = Object.entries({ ...header, ...(signature ? { signature } : {}) }).map(([name, value]) => [
      FIELDS[name as keyof typeof FIELDS],
      { signature: SIGNATURES[name] ?? 's', value },
    ]);
    const message = new Writer();
    const serial = ++this.#serial;
    write(message, 'yyyyuua(yv)', [0x6c, type, 0, 1, body.bytes.length, serial, fields]);
    message.align(8);
    this.#socket.write(Buffer.from([...message.bytes, ...body.bytes]));
    return serial;
  }

  #receive(data: Buffer): void {
    this.#received = Buffer.concat([this.#received, data]);
    for (;;) {
      if (this.#received.length < 16) return;
      const fieldsEnd = 16 + this.#received.readUInt32LE(12);
      const bodyStart = Math.ceil(fieldsEnd / 8) * 8;
      const end = bodyStart + this.#received.readUInt32LE(4);
      if (this.#received.length < end) return;
      const message = this.#received.subarray(0, end);
      this.#received = this.#received.subarray(end);
      this.#handle(message, message.subarray(bodyStart));
    }
  }

  #handle(message: Buffer, body: Buffer): void {
    const [, type, , , , serial, fields] = read(message, 'yyyyuua(yv)') as [
      number,
      number,
      number,
      number,
      number,
      number,
      [number, unknown][],
    ];
    const header = Object.fromEntries(fields);
    const field = (name: keyof typeof FIELDS) => String(header[FIELDS[name]] ?? '');
    const args = read(body, field('signature'));
    if (type === METHOD_CALL) {
      const call = { path: field('path'), interface: field('interface'), member: field('member'), args };
      const answer = this.#service({ ...call, sender: field('sender') });
      const to = { replyTo: serial, destination: field('sender') };
      if (answer) this.#send(METHOD_RETURN, to, answer);
      else
        this.#send(ERROR, { ...to, error: 'org.freedesktop.DBus.Error.UnknownMethod' }, { signature: '', values: [] });
      return;
    }
    const waiting = this.#waiting.get(Number(field('replyTo')));
    this.#waiting.delete(Number(field('replyTo')));
    if (type === METHOD_RETURN) waiting?.resolve(args);
    else if (type === ERROR) waiting?.reject(new Error(`${field('error')}: ${args.join(' ')}`));
  }
}
