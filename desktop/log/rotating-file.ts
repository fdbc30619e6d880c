import { type FileHandle, mkdir, open, rename, truncate } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Of the file and of the older one beside it, each. */
const FILE_BYTES = 5_000_000;

/** A file that only grows, until it is renamed to `name.old` and begun again. One call at a time. */
export class RotatingFile {
  #handle: FileHandle | undefined;
  #bytes = 0;
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  /** Throws what the system says. */
  async append(text: Buffer): Promise<void> {
    this.#handle ??= await this.#open();
    if (this.#bytes > 0 && this.#bytes + text.length > FILE_BYTES) this.#handle = await this.#rotate();
    await this.#handle.appendFile(text);
    this.#bytes += text.length;
  }

  /** Closes the file; the next `append` opens it again. */
  async close(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    await handle?.close().catch(() => {}); // `append` has reported what could not be written
  }

  async #open(): Promise<FileHandle> {
    await mkdir(dirname(this.#file), { recursive: true });
    // 0600: the log is private to the user.
    const handle = await open(this.#file, 'a', 0o600);
    this.#bytes = (await handle.stat()).size;
    return handle;
  }

  async #rotate(): Promise<FileHandle> {
    await this.close();
    // Windows protects the older file while a viewer holds it. The size limit then counts for more than old lines.
    await rename(this.#file, `${this.#file}.old`).catch(() => truncate(this.#file));
    return this.#open();
  }
}
