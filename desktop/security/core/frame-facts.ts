import type { Frame } from './navigation-policy';

/**
 * Returns the facts about Electron's frame; undefined for a frame that is gone. Electron then gives null, or a frame whose
 * properties throw, and an error in a listener of requests would end the app.
 */
export function frameFacts(frame: Frame | null | undefined): Frame | undefined {
  try {
    return frame ? { url: frame.url, origin: frame.origin } : undefined;
  } catch {
    return undefined;
  }
}

/** Returns the facts about the parent of a frame; undefined for a main frame, and for a frame that is gone. */
export function parentFacts(frame: { readonly parent: Frame | null } | null | undefined): Frame | undefined {
  try {
    return frameFacts(frame?.parent);
  } catch {
    return undefined;
  }
}

/** Returns the facts about the frame that sent a request; undefined for a frame inside a page, and for one that is gone. */
export function senderFacts<F extends Frame>(event: {
  readonly sender: { readonly mainFrame: F };
  readonly senderFrame: F | null;
}): Frame | undefined {
  return event.senderFrame === event.sender.mainFrame ? frameFacts(event.senderFrame) : undefined;
}
