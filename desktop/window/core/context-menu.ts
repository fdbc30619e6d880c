/** Decides what the menu of a right click offers. `context-menu.ts` shows it and acts on it. */

import { words } from '../../words/en';

/** A command of Electron that edits the text where the user has clicked. */
export type EditRole = 'undo' | 'redo' | 'cut' | 'copy' | 'paste' | 'pasteAndMatchStyle' | 'selectAll';

export type Action =
  | { kind: 'open-link'; address: string }
  | { kind: 'copy-text'; text: string }
  | { kind: 'copy-image' }
  | { kind: 'save-image'; address: string }
  | { kind: 'replace-word'; word: string }
  | { kind: 'learn-word'; word: string };

export type Item =
  | { label: string; role: EditRole; enabled: boolean }
  | { label: string; role?: undefined; action: Action };

/** The facts about the place under the mouse, with the names of Electron's event `context-menu`. */
export interface Facts {
  /** The origin of CachiBot's page, whose addresses are of no use elsewhere. */
  origin: string;
  isEditable: boolean;
  editFlags: {
    canUndo: boolean;
    canRedo: boolean;
    canCut: boolean;
    canCopy: boolean;
    canPaste: boolean;
    canSelectAll: boolean;
  };
  selectionText: string;
  linkURL: string;
  /** The link leads out of the app, and it is in a place whose links open. */
  linkOpens: boolean;
  hasImageContents: boolean;
  srcURL: string;
  titleText: string;
  misspelledWord: string;
  dictionarySuggestions: readonly string[];
}

/** The search engine, which gets the selected text when the user chooses that. */
const SEARCH = 'https://duckduckgo.com/';
/** Longest address of a search: a longer one would not open. */
const MAX_SEARCH = 2_000;
/** Characters of a selected text in a label. */
const SHOWN = 30;

/** Returns the items in groups, between which the menu has separators. Without an item there is no menu. */
export function contextMenuFor(facts: Facts): readonly (readonly Item[])[] {
  const groups = [
    spelling(facts),
    link(facts),
    image(facts),
    ...(facts.isEditable ? field(facts) : [selection(facts), text(facts)]),
  ];
  return groups.filter(group => group.length > 0);
}

function spelling({ isEditable, misspelledWord, dictionarySuggestions }: Facts): Item[] {
  if (!isEditable || misspelledWord === '') return [];
  return [
    ...dictionarySuggestions.map(word => item(word, { kind: 'replace-word', word })),
    item(words.contextMenu.addToDictionary, { kind: 'learn-word', word: misspelledWord }),
  ];
}

function link({ linkURL, linkOpens, origin }: Facts): Item[] {
  const { openLink, copyLink, copyMail } = words.contextMenu;
  const open = linkOpens ? [item(openLink, { kind: 'open-link', address: linkURL })] : [];
  if (linkURL.startsWith('mailto:')) return [...open, copyItem(copyMail, mailAddress(linkURL))];
  return isForeign(linkURL, origin) ? [...open, copyItem(copyLink, linkURL)] : [];
}

function image({ hasImageContents, srcURL, titleText, origin }: Facts): Item[] {
  if (!hasImageContents) return [];
  const { copyImage, saveImage, copyImageAddress } = words.contextMenu;
  // A picture of another computer is shown as data, and its address is in its title.
  const address = [srcURL, titleText].find(text => isForeign(text, origin));
  return [
    item(copyImage, { kind: 'copy-image' }),
    // The browser does not report the address of large data.
    ...(/^(data|blob):/.test(srcURL) ? [item(saveImage, { kind: 'save-image', address: srcURL })] : []),
    ...(address === undefined ? [] : [copyItem(copyImageAddress, address)]),
  ];
}

function field({ editFlags }: Facts): Item[][] {
  const { undo, redo, cut, copy, paste, pasteAndMatchStyle, selectAll } = words.contextMenu;
  const { canUndo, canRedo, canCut, canCopy, canPaste, canSelectAll } = editFlags;
  return [
    [edit('undo', undo, canUndo), edit('redo', redo, canRedo)],
    [
      edit('cut', cut, canCut),
      edit('copy', copy, canCopy),
      edit('paste', paste, canPaste),
      edit('pasteAndMatchStyle', pasteAndMatchStyle, canPaste),
    ],
    [edit('selectAll', selectAll, canSelectAll)],
  ];
}

function selection({ selectionText, editFlags }: Facts): Item[] {
  const selected = selectionText.trim().replace(/\s+/g, ' ');
  if (selected === '') return [];
  const { copy, search } = words.contextMenu;
  const address = `${SEARCH}?${new URLSearchParams({ q: selected })}`;
  return [
    edit('copy', copy, editFlags.canCopy),
    ...(address.length > MAX_SEARCH ? [] : [item(search(shorten(selected)), { kind: 'open-link', address })]),
  ];
}

function text({ editFlags }: Facts): Item[] {
  return editFlags.canSelectAll ? [edit('selectAll', words.contextMenu.selectAll, true)] : [];
}

/** An item whose label has an ampersand, which would otherwise underline the next letter. */
const item = (label: string, action: Action): Item => ({ label: label.replaceAll('&', '&&'), action });
const copyItem = (label: string, copied: string): Item => item(label, { kind: 'copy-text', text: copied });
const edit = (role: EditRole, label: string, enabled: boolean): Item => ({ label, role, enabled });

/** Whether an address is of the web, and not of CachiBot's page. */
function isForeign(address: string, origin: string): boolean {
  return /^https?:\/\//.test(address) && !address.startsWith(`${origin}/`);
}

/** The address in a `mailto:` link. Its subject and text, or an encoding that is not valid, stay out or as they are. */
function mailAddress(link: string): string {
  const address = link.slice('mailto:'.length).replace(/\?.*/s, '');
  try {
    return decodeURIComponent(address);
  } catch {
    return address;
  }
}

function shorten(selected: string): string {
  const characters = [...selected];
  return characters.length > SHOWN ? `${characters.slice(0, SHOWN).join('').trimEnd()}…` : selected;
}
