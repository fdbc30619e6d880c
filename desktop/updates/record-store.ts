import type { KeptFile } from '../settings/json-file';
import { readUpdateRecord, type UpdateRecord } from './core/record';

export interface UpdateRecords {
  get(): UpdateRecord;
  /** Keeps what `change` makes of it; undefined leaves it as it is. Throws what the disk says. */
  change(change: (record: UpdateRecord) => UpdateRecord | undefined): void;
}

export function openUpdateRecord(file: KeptFile): UpdateRecords {
  let record = readUpdateRecord(file.read());
  return {
    get: () => record,
    change(change) {
      const changed = change(record);
      if (changed === undefined) return;
      file.write(changed);
      record = changed;
    },
  };
}
