import { type FileHandle, mkdir, open, truncate } from 'node:fs/promises';
import { dirname } from 'node:path';
import { APPEND_FLAGS, clearPlace, quarantineFile, whyNotFile } from '../system/own-file';
import { rename } from '../system/rename';

/** Longest file. The rotated file has the same limit. */
const FILE_BYTES = 5_000_000;

/** A file that is rotated: before it exceeds its limit it is renamed to `name.old`. Do not call `append` concurrently. */
export class RotatingFile {
  #handle: FileHandle | undefined;
  #bytes = 0;
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  /** Throws the system's error. */
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
    const note = clearLogPlace(this.#file);
    // 0600: the log is private to the user.
    const handle = await open(this.#file, APPEND_FLAGS, 0o600);
    await handle.appendFile(note);
    this.#bytes = (await handle.stat()).size;
    return handle;
  }

  async #rotate(): Promise<FileHandle> {
    await this.close();
    if (whyNotFile(`${this.#file}.old`) !== undefined) quarantineFile(`${this.#file}.old`);
    // On Windows a viewer that has the older file open prevents this. Then old lines are lost, to keep the limit.
    await rename(this.#file, `${this.#file}.old`).catch(() => truncate(this.#file));
    return this.#open();
  }
}

/** Renames what is in the place of a log, and returns the log's line that says so; an empty text if there is nothing. */
export function clearLogPlace(file: string): string {
  const line = clearPlace(file);
  return line === undefined ? '' : `${new Date().toISOString()} ${line}\n`;
}
