/** Messages to the page about updates. */

export type UpdateCheck = { available: false } | ({ available: true } & UpdateOffer);

export interface UpdateOffer {
  version: string;
  releaseNotes: string | { version: string; note: string }[] | null;
}

export interface UpdateProgress {
  bytesPerSecond: number;
  percent: number;
  /** In bytes, like `total`. */
  transferred: number;
  total: number;
}

/** Events about updates that the shell sends to the page. */
export interface UpdatePageEvents {
  'update:available': UpdateOffer;
  'update:progress': UpdateProgress;
  'update:error': { message: string };
  'update:downloaded': { version: string };
}

/** The result of a request of the page. The error is text for the user. */
export type Result = { success: true } | { success: false; error: string };
