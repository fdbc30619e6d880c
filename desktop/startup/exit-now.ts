/** Exits at once with this code. Electron replaces `process.exit` by an orderly exit; this is Node's own. */
export function exitNow(code: number): never {
  return (process as unknown as { reallyExit(code: number): never }).reallyExit(code);
}
