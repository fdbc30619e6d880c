/** Values of D-Bus messages as bytes, little-endian. A variant is `{ signature, value }` to write, and its value to read. */

const ALIGNMENTS: Readonly<Record<string, number>> = {
  ...{ y: 1, g: 1, v: 1, n: 2, q: 2, b: 4, i: 4, u: 4, s: 4, o: 4, a: 4, x: 8, t: 8, d: 8, '(': 8, '{': 8 },
};

/** Splits a signature into complete types. */
function split(signature: string): string[] {
  const types: string[] = [];
  for (let at = 0; at < signature.length; ) {
    const end = endOf(signature, at);
    types.push(signature.slice(at, end));
    at = end;
  }
  return types;
}

function endOf(signature: string, start: number): number {
  const first = signature[start] ?? '';
  if (first === 'a') return endOf(signature, start + 1);
  if (first !== '(' && first !== '{') return start + 1;
  let at = start + 1;
  while (signature[at] !== ')' && signature[at] !== '}') at = endOf(signature, at);
  return at + 1;
}

const alignmentOf = (type: string): number => ALIGNMENTS[type[0] ?? ''] ?? 1;

export class Writer {
  bytes: number[] = [];

  align(size: number): void {
    while (this.bytes.length % size !== 0) this.bytes.push(0);
  }

  add(size: number, fill: (buffer: Buffer) => void): void {
    const buffer = Buffer.alloc(size);
    fill(buffer);
    this.bytes.push(...buffer);
  }
}

export function write(writer: Writer, signature: string, values: readonly unknown[]): void {
  for (const [at, type] of split(signature).entries()) writeOne(writer, type, values[at]);
}

function writeOne(writer: Writer, type: string, value: unknown): void {
  writer.align(alignmentOf(type));
  switch (type[0]) {
    case 'y':
      return void writer.bytes.push(Number(value));
    case 'b':
      return writer.add(4, to => to.writeUInt32LE(value ? 1 : 0));
    case 'i':
      return writer.add(4, to => to.writeInt32LE(Number(value)));
    case 'u':
      return writer.add(4, to => to.writeUInt32LE(Number(value)));
    case 's':
    case 'o':
    case 'g': {
      const text = Buffer.from(`${value}\0`);
      if (type === 'g') writer.bytes.push(text.length - 1);
      else writer.add(4, to => to.writeUInt32LE(text.length - 1));
      return void writer.bytes.push(...text);
    }
    case 'v': {
      const { signature, value: inner } = value as { signature: string; value: unknown };
      writeOne(writer, 'g', signature);
      return writeOne(writer, signature, inner);
    }
    case '(':
    case '{':
      return write(writer, type.slice(1, -1), value as unknown[]);
    case 'a':
      return writeArray(writer, type.slice(1), value as unknown[]);
    default:
      throw new Error(`The type ${type} cannot be written.`);
  }
}

function writeArray(writer: Writer, type: string, values: readonly unknown[]): void {
  const lengthAt = writer.bytes.length;
  writer.add(4, () => {});
  writer.align(alignmentOf(type));
  const start = writer.bytes.length;
  for (const value of values) writeOne(writer, type, value);
  const length = new Writer();
  length.add(4, to => to.writeUInt32LE(writer.bytes.length - start));
  writer.bytes.splice(lengthAt, 4, ...length.bytes);
}

/** Returns the values of these types. A dictionary becomes a list of pairs. */
export function read(bytes: Buffer, signature: string): unknown[] {
  return new Reader(bytes).values(signature);
}

class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  values(signature: string): unknown[] {
    return split(signature).map(type => this.#value(type));
  }

  #value(type: string): unknown {
    this.#at = Math.ceil(this.#at / alignmentOf(type)) * alignmentOf(type);
    switch (type[0]) {
      case 'y':
        return this.#bytes[this.#at++];
      case 'n':
        return this.#bytes.readInt16LE(this.#pass(2));
      case 'q':
        return this.#bytes.readUInt16LE(this.#pass(2));
      case 'b':
        return this.#bytes.readUInt32LE(this.#pass(4)) === 1;
      case 'i':
        return this.#bytes.readInt32LE(this.#pass(4));
      case 'u':
        return this.#bytes.readUInt32LE(this.#pass(4));
      case 'x':
        return Number(this.#bytes.readBigInt64LE(this.#pass(8)));
      case 't':
        return Number(this.#bytes.readBigUInt64LE(this.#pass(8)));
      case 'd':
        return this.#bytes.readDoubleLE(this.#pass(8));
      case 's':
      case 'o':
        return this.#text(this.#bytes.readUInt32LE(this.#pass(4)));
      case 'g':
        return this.#text(this.#bytes[this.#at++] ?? 0);
      case 'v':
        return this.#value(String(this.#value('g')));
      case '(':
      case '{':
        return this.values(type.slice(1, -1));
      case 'a':
        return this.#array(type.slice(1));
      default:
        throw new Error(`The type ${type} cannot be read.`);
    }
  }

  #array(type: string): unknown[] {
    const length = this.#bytes.readUInt32LE(this.#pass(4));
    this.#at = Math.ceil(this.#at / alignmentOf(type)) * alignmentOf(type);
    const end = this.#at + length;
    const values: unknown[] = [];
    while (this.#at < end) values.push(this.#value(type));
    return values;
  }

  #text(length: number): string {
    return this.#bytes.subarray(this.#at, this.#pass(length + 1) + length).toString();
  }

  /** Passes over some bytes, and returns where they begin. */
  #pass(count: number): number {
    this.#at += count;
    return this.#at - count;
  }
}
