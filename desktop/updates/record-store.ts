import type { JsonFile } from '../settings/json-file';
import { fileContentOf, readUpdateRecord, type UpdateRecord } from './core/record';

export interface UpdateRecords {
  get(): UpdateRecord;
  /** Writes the record that `change` returns; undefined changes nothing. Throws the error of the disk. */
  change(change: (record: UpdateRecord) => UpdateRecord | undefined): void;
}

/** Opens the update record: reads the file once, and writes each change to it. */
export function openUpdateRecord(file: JsonFile): UpdateRecords {
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
