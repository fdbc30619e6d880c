import { describe, expect, it } from 'vitest';
import { contextMenuFor, type Facts, type Item } from '../../../../desktop/window/core/context-menu';
import { words } from '../../../../desktop/words/en';

const { openLink, copyLink, copyMail, copyImage, saveImage, copyImageAddress, search } = words.contextMenu;
const { addToDictionary, undo, redo, cut, copy, paste, pasteAndMatchStyle, selectAll } = words.contextMenu;
const ORIGIN = 'http://127.0.0.1:5870';
const NOTHING: Facts = {
  origin: ORIGIN,
  isEditable: false,
  editFlags: { canUndo: false, canRedo: false, canCut: false, canCopy: true, canPaste: false, canSelectAll: true },
  selectionText: '',
  linkURL: '',
  linkOpens: false,
  hasImageContents: false,
  srcURL: '',
  titleText: '',
  misspelledWord: '',
  dictionarySuggestions: [],
};
const groupsFor = (facts: Partial<Facts>) => contextMenuFor({ ...NOTHING, ...facts });
const labelsFor = (facts: Partial<Facts>) => groupsFor(facts).map(group => group.map(({ label }) => label));
const actionsFor = (facts: Partial<Facts>) => groupsFor(facts).flatMap(group => group.map(actionOf));
const actionOf = (item: Item) => (item.role === undefined ? item.action : item.role);

it('offers to select everything where there is nothing else, and nothing where that is not possible', () => {
  expect(groupsFor({})).toEqual([[{ label: selectAll, role: 'selectAll', enabled: true }]]);
  expect(labelsFor({ editFlags: { ...NOTHING.editFlags, canSelectAll: false } })).toEqual([]);
});

describe('a link', () => {
  it.each<[string, boolean, string[], string | undefined]>([
    ['https://a.example/x', true, [openLink, copyLink], 'https://a.example/x'],
    ['http://a.example/', false, [copyLink], 'http://a.example/'],
    ['http://127.0.0.1:58700/', false, [copyLink], 'http://127.0.0.1:58700/'],
    ['mailto:ada@a.example', true, [openLink, copyMail], 'ada@a.example'],
    ['mailto:a%2Bb@a.example?subject=x\n&body=y', true, [openLink, copyMail], 'a+b@a.example'],
    ['mailto:100%', false, [copyMail], '100%'],
    [`${ORIGIN}/chats/1`, false, [], undefined],
    ['javascript:alert(1)', false, [], undefined],
    ['file:///etc/passwd', false, [], undefined],
    ['x-https://a.example', false, [], undefined],
  ])('to %j', (linkURL, linkOpens, labels, copied) => {
    expect(labelsFor({ linkURL, linkOpens })[0]).toEqual(labels.length === 0 ? [selectAll] : labels);
    const actions = actionsFor({ linkURL, linkOpens });
    if (copied !== undefined) expect(actions).toContainEqual({ kind: 'copy-text', text: copied });
    if (linkOpens) expect(actions[0]).toEqual({ kind: 'open-link', address: linkURL });
  });
});

describe('a picture', () => {
  it.each<[string, string, string[], string | undefined]>([
    ['data:image/png;base64,AA', '', [copyImage, saveImage], undefined],
    [`blob:${ORIGIN}/1`, 'A cat', [copyImage, saveImage], undefined],
    ['', 'https://a.example/cat.png', [copyImage, copyImageAddress], 'https://a.example/cat.png'],
    ['https://a.example/cat.png', '', [copyImage, copyImageAddress], 'https://a.example/cat.png'],
    [`${ORIGIN}/logo.png`, '', [copyImage], undefined],
    [`${ORIGIN}/data:x`, '', [copyImage], undefined],
  ])('from %j with the title %j', (srcURL, titleText, labels, address) => {
    const facts = { hasImageContents: true, srcURL, titleText };
    expect(labelsFor(facts)[0]).toEqual(labels);
    const actions = actionsFor(facts);
    expect(actions[0]).toEqual({ kind: 'copy-image' });
    if (labels.includes(saveImage)) expect(actions[1]).toEqual({ kind: 'save-image', address: srcURL });
    if (address !== undefined) expect(actions).toContainEqual({ kind: 'copy-text', text: address });
  });

  it('that shows nothing has no items, and one in a link has both groups', () => {
    expect(labelsFor({ srcURL: 'data:image/png;base64,AA' })).toEqual([[selectAll]]);
    const inLink = { hasImageContents: true, srcURL: '', linkURL: 'https://a.example/', linkOpens: true };
    expect(labelsFor(inLink)).toEqual([[openLink, copyLink], [copyImage], [selectAll]]);
  });
});

describe('a selection', () => {
  const addressFor = (selectionText: string) =>
    actionsFor({ selectionText }).flatMap(action =>
      typeof action === 'object' && action.kind === 'open-link' ? [action.address] : [],
    );

  it('can be copied and searched for', () => {
    expect(labelsFor({ selectionText: ' two\n words ' })).toEqual([[copy, search('two words')], [selectAll]]);
    expect(addressFor(' two\n words & more')).toEqual(['https://duckduckgo.com/?q=two+words+%26+more']);
    expect(groupsFor({ selectionText: 'x' })[0]?.[0]).toEqual({ label: copy, role: 'copy', enabled: true });
    const editFlags = { ...NOTHING.editFlags, canCopy: false };
    expect(groupsFor({ selectionText: 'x', editFlags })[0]?.[0]).toMatchObject({ enabled: false });
  });

  it('of blanks only has no items', () => {
    expect(labelsFor({ selectionText: ' \n ' })).toEqual([[selectAll]]);
  });

  it('has a short label, in which an ampersand is an ampersand', () => {
    const [, label] = labelsFor({ selectionText: `${'😀'.repeat(28)} & more` })[0] ?? [];
    expect(label).toBe(search(`${'😀'.repeat(28)} &&…`));
    expect(labelsFor({ selectionText: 'x'.repeat(30) })[0]).toContain(search('x'.repeat(30)));
    expect(labelsFor({ selectionText: `${'x'.repeat(29)} yz` })[0]).toContain(search(`${'x'.repeat(29)}…`));
  });

  it('that is too long for an address is only copied, and half of a character is not an error', () => {
    const rest = 'https://duckduckgo.com/?q='.length;
    expect(labelsFor({ selectionText: 'x'.repeat(2_001 - rest) })[0]).toEqual([copy]);
    expect(labelsFor({ selectionText: 'x'.repeat(2_000 - rest) })[0]).toHaveLength(2);
    expect(addressFor('\ud83d')).toEqual(['https://duckduckgo.com/?q=%EF%BF%BD']);
  });
});

describe('a field', () => {
  it('offers the editing commands, each if it is possible', () => {
    const all = [[undo, redo], [cut, copy, paste, pasteAndMatchStyle], [selectAll]];
    expect(labelsFor({ isEditable: true, selectionText: 'x' })).toEqual(all);
    const enabled = (flags: Partial<Facts['editFlags']>) => {
      const none = {
        canUndo: false,
        canRedo: false,
        canCut: false,
        canCopy: false,
        canPaste: false,
        canSelectAll: false,
      };
      return groupsFor({ isEditable: true, editFlags: { ...none, ...flags } })
        .flat()
        .flatMap(item => (item.role !== undefined && item.enabled ? [item.role] : []));
    };
    expect(enabled({})).toEqual([]);
    expect(enabled({ canUndo: true })).toEqual(['undo']);
    expect(enabled({ canRedo: true })).toEqual(['redo']);
    expect(enabled({ canCut: true })).toEqual(['cut']);
    expect(enabled({ canCopy: true })).toEqual(['copy']);
    expect(enabled({ canPaste: true })).toEqual(['paste', 'pasteAndMatchStyle']);
    expect(enabled({ canSelectAll: true })).toEqual(['selectAll']);
  });

  it('with a misspelled word begins with the suggestions', () => {
    const facts = { isEditable: true, misspelledWord: 'helo', dictionarySuggestions: ['hello', 'help'] };
    expect(labelsFor(facts)[0]).toEqual(['hello', 'help', addToDictionary]);
    expect(actionsFor(facts).slice(0, 3)).toEqual([
      { kind: 'replace-word', word: 'hello' },
      { kind: 'replace-word', word: 'help' },
      { kind: 'learn-word', word: 'helo' },
    ]);
    expect(labelsFor({ ...facts, isEditable: false })).toEqual([[selectAll]]);
    expect(labelsFor({ ...facts, misspelledWord: '', dictionarySuggestions: [] })[0]).toEqual([undo, redo]);
  });
});
