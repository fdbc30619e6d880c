/** Compares the page outside of one part before and after: elements, places, styles, focus, scroll, title, frames. */

import type { Page } from 'playwright-core';

/** The functions that `installSurroundings` defines in the page. */
export interface SurroundingsInPage {
  /**
   * Describes the page outside of the part.
   * @param part selector of the element whose content may change
   * @param scroller selector of the element in which the part may grow
   */
  surroundings(part: string, scroller: string): string[];
}

/** Elements that no part may contain, and attributes that none may have. */
const NEVER = [
  ...[
    'cachibot-card',
    'style',
    'script',
    'link',
    'meta',
    'base',
    'title',
    'iframe',
    'object',
    'embed',
    'template',
    'form',
  ],
  ...[
    'dialog',
    'button:not(.cachibot-picture__button)',
    'textarea',
    'select',
    'video',
    'svg',
    'math',
    'input:not([type=checkbox]:disabled)',
    '[style]',
  ],
  ...[
    '[name]',
    '[id]:not([id^=user-content-])',
    '[autofocus]',
    '[tabindex]',
    '[popover]',
    '[contenteditable]',
    '[srcset]',
  ],
  ...[
    '[onclick]',
    '[onerror]',
    '[onload]',
    '[is]',
    '[slot]',
    '[ping]',
    '[background]',
    '[poster]',
    '[usemap]',
    '.fixed',
  ],
].join(', ');

/** Functions in the page that describe one aspect each. */
interface Descriptions {
  name(element: Element | null): string;
  numbers(...values: number[]): string;
  elements(part: Element, scroller: Element): string[];
  hits(part: Element, scroller: Element): string[];
  state(): string[];
}

interface InPage extends SurroundingsInPage {
  descriptions: Descriptions;
}

export async function installSurroundings(page: Page): Promise<void> {
  await page.evaluate(defineElements);
  await page.evaluate(defineHits);
  await page.evaluate(defineState, NEVER);
  await page.evaluate(() => {
    const inPage = window as unknown as InPage;
    inPage.surroundings = (partSelector, scrollerSelector) => {
      const part = [...document.querySelectorAll(partSelector)].at(-1);
      const scroller = document.querySelector(scrollerSelector);
      if (!part || !scroller) return [`There is no ${partSelector} in ${scrollerSelector}: ${document.title}`];
      const { state, hits, elements } = inPage.descriptions;
      return [...state(), ...hits(part, scroller), ...elements(part, scroller)];
    };
  });
}

/** Describes each element outside of the part, with its place; not the heights that follow the part's. */
function defineElements(): void {
  const name = (element: Element | null) =>
    element ? `${element.localName}#${element.id}.${element.getAttribute('class') ?? ''}` : 'nothing';
  const numbers = (...values: number[]) => values.map(Math.round).join(' ');

  /** Their widths follow a text such as `2m ago`. */
  const followsTime = '.sidebar-chat-item__name, .sidebar-chat-item__time';
  // The text box sets its own height once something was typed.
  const styleAttribute = (element: Element) =>
    element.localName === 'textarea' ? '' : (element.getAttribute('style') ?? '');

  function elements(part: Element, scroller: Element): string[] {
    const origin = (part.closest('.chat-messages__list') ?? scroller).getBoundingClientRect();
    const own = part.closest('.chat-message') ?? part;
    const found: string[] = [];
    let isBelow = false;
    const visit = (element: Element) => {
      if (element === part) {
        isBelow = true;
        return void found.push('the part');
      }
      const { x, y, width, height } = element.getBoundingClientRect();
      const inScroller = element !== scroller && scroller.contains(element);
      if (own.contains(element) || element.matches(followsTime))
        found.push(element.localName + (element.getAttribute('class') ?? ''));
      else if (inScroller && element.contains(part)) found.push(`${name(element)} ${numbers(x, width)}`);
      else if (inScroller) found.push(`${name(element)} ${numbers(x, isBelow ? 0 : y - origin.y, width, height)}`);
      else found.push(`${name(element)} ${styleAttribute(element)} ${numbers(x, y, width, height)}`);
      if (!inScroller && element.scrollTop + element.scrollLeft > 0 && element !== scroller) found.push('is scrolled');
      for (const child of element.children) visit(child);
    };
    visit(document.documentElement);
    return found;
  }
  Object.assign(window, { descriptions: { name, numbers, elements } });
}

/** Describes the elements under a grid of points, and whether the part is under points around its message. */
function defineHits(): void {
  const { descriptions } = window as unknown as InPage;
  const { name, numbers } = descriptions;

  descriptions.hits = (part, scroller) => {
    const found: string[] = [];
    for (let x = 10; x < innerWidth; x += innerWidth / 12) {
      for (let y = 10; y < innerHeight; y += innerHeight / 12) {
        const hit = document.elementFromPoint(x, y);
        found.push(`${numbers(x, y)} ${hit && scroller.contains(hit) ? 'scroller' : name(hit)}`);
      }
    }
    const frame = (part.closest('.chat-message__bubble') ?? part).getBoundingClientRect();
    const middle = Math.min(frame.bottom, innerHeight) / 2 + Math.max(frame.top, 0) / 2;
    const around = [
      [frame.left - 6, middle],
      [frame.right + 6, middle],
      [frame.left + frame.width / 2, frame.top - 6],
      [frame.left + frame.width / 2, frame.bottom + 6],
    ];
    for (const [x = 0, y = 0] of around) {
      if (part.contains(document.elementFromPoint(x, y))) found.push('the part is drawn outside of its message');
    }
    return found;
  };
}

/** Describes the document: title, focus, frames, styles of the page's main parts, and elements that must not be there. */
function defineState(never: string): void {
  const { descriptions } = window as unknown as InPage;
  const { name } = descriptions;
  const styleOf = (element: Element) => {
    const { visibility, display, transform, filter, opacity, color, fontFamily, cursor, zoom } =
      getComputedStyle(element);
    return [visibility, display, transform, filter, opacity, color, fontFamily, cursor, zoom].join(' ');
  };
  const forbidden = () =>
    [...document.querySelectorAll(never)]
      .filter(found => found.closest('.markdown, .artifact-svg'))
      .map(name)
      .join(' ');

  descriptions.state = () => {
    const { title, activeElement, forms, styleSheets, head } = document;
    return [
      `title ${title}, address ${location.href}, base ${document.baseURI}, history ${history.length}`,
      `focus ${name(activeElement)}, forms ${forms.length}, frames ${window.length}, sheets ${styleSheets.length}`,
      `head ${[...head.children].map(child => child.localName).join(' ')}`,
      `modal ${document.querySelectorAll(':modal, :popover-open').length}, scrolled ${scrollX} ${scrollY}`,
      `names ${'cachibotAttack' in window} ${'attack' in window} ${typeof document.getElementById} ${name(document.body)}`,
      `root ${name(document.getElementById('root'))} ${typeof Reflect.get(window.cachibotDesktop, 'showChat')}`,
      `body ${styleOf(document.body)}`,
      ...[...document.querySelectorAll('#root, #root > *, nav, aside, textarea, header')].map(styleOf),
      `forbidden elements ${forbidden()}`,
    ];
  };
}

/** The lines of a description that changed. */
export function changes(before: readonly string[], after: readonly string[]): string[] {
  const [old, now] = [new Set(before), new Set(after)];
  return [
    ...before.filter(line => !now.has(line)).map(line => `- ${line}`),
    ...after.filter(line => !old.has(line)).map(line => `+ ${line}`),
    ...(before.length === after.length ? [] : [`${before.length} lines became ${after.length}`]),
  ];
}
