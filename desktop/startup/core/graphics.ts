/** Decides whether Chromium draws with the graphics hardware, whose driver can crash its GPU process again and again. */

/** Deaths of the GPU process in one launch. Chromium gives up the hardware at the third, and aborts at the sixth. */
export const MAX_DEATHS = 3;

/** The content of `graphics.json`: the memory of crashes. */
export interface GraphicsRecord {
  /** The versions with which the GPU process crashed. With others, the hardware is tried again. */
  versions: string;
  /** Whether the user has been told. */
  told: boolean;
}

/** Reads the content of the file; undefined if it is not a record. */
export function readGraphicsRecord(content: unknown): GraphicsRecord | undefined {
  const { versions, told } = (content ?? {}) as { versions?: unknown; told?: unknown };
  return typeof versions === 'string' ? { versions, told: told === true } : undefined;
}

/** Reason for drawing without the hardware; undefined to draw with it. */
export function whySoftware(
  setting: 'auto' | 'off',
  record: GraphicsRecord | undefined,
  versions: string,
): 'setting' | 'crashes' | undefined {
  if (setting === 'off') return 'setting';
  return record?.versions === versions ? 'crashes' : undefined;
}

/** Chromium forgives one crash of the GPU process in this time. */
const FORGIVEN_MS = 5 * 60_000;

/** Counts one more death, `sinceLastMs` after the last one. */
export function countDeath(deaths: number, sinceLastMs: number): number {
  return Math.max(0, deaths - Math.floor(sinceLastMs / FORGIVEN_MS)) + 1;
}

/** Returns the reaction to a death of the GPU process, the `count`th of this launch. */
export function afterDeath(count: number, software: boolean): 'continue' | 'relaunch' | 'exit' {
  if (software || count < MAX_DEATHS) return 'continue';
  return count === MAX_DEATHS ? 'relaunch' : 'exit';
}
