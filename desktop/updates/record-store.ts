import type { KeptFile } from '../settings/json-file';
import { fileContentOf, readUpdateRecord, type UpdateRecord } from './core/record';

export interface UpdateRecords {
  get(): UpdateRecord;
  /** Writes what `change` returns; undefined leaves the record as it is. Throws the error of the disk. */
  change(change: (record: UpdateRecord) => UpdateRecord | undefined): void;
}

/** Reads the record once, and writes each change of it to the file. */
export function openUpdateRecord(file: KeptFile): UpdateRecords {
  let record = readUpdateRecord(file.read());
  return {
    get: () => record,
    change(change) {
      const changed = change(record);
      if (changed === undefined) return;
      file.write(fileContentOf(changed));
      record = changed;
    },
  };
}
