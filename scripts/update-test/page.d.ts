export {};

declare global {
  interface Window {
    /** The bridge, as the page of the app has it. */
    electronAPI: import('../../desktop/core/ipc').ElectronApi;
  }
}
