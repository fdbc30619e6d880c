/** The diagnostic report, a file that users send with a request for help. */

import { redact } from '../../log/core/redact';
import { words } from '../../words/en';

export interface ReportParts {
  /** Time of the report, as ISO 8601. */
  made: string;
  /** Versions of CachiBot and Electron, and the system. */
  about: string;
  /** The text of the failure page; undefined if it is not shown. */
  failure: string | undefined;
  /** Events of this run, see `timeline.ts`. */
  timeline: readonly string[];
  /** The output of `--doctor`, or the reason why it failed. */
  machine: unknown;
  /** The ends of the logs that exist. */
  files: readonly { name: string; text: string }[];
}

/** Returns the report as plain text, with `~` in place of the user's home. */
export function reportText(parts: ReportParts, homes: readonly string[]): string {
  const { made, about, failure, timeline, machine, files } = parts;
  const text = [
    `${words.report.heading(made)}\n${about}\n\n${words.report.notice}\n`,
    ...(failure === undefined ? [] : [section(words.report.failure, failure)]),
    section(words.report.timeline, timeline.join('\n')),
    section(words.report.machine, JSON.stringify(machine, null, 2)),
    ...files.map(file => section(file.name, file.text)),
  ].join('\n');
  return withoutHome(redact(text), homes);
}

function section(title: string, text: string): string {
  return `${'='.repeat(80)}\n${title}\n${'='.repeat(80)}\n${text.trimEnd()}\n`;
}

/** Replaces each home folder by `~`, also in the spellings of JSON and Python on Windows. */
export function withoutHome(text: string, homes: readonly string[]): string {
  return [...homes]
    .map(home => home.replace(/[/\\]+$/, ''))
    .filter(home => home !== '' && !/^[a-z]:$/i.test(home))
    .sort((a, b) => b.length - a.length)
    .flatMap(home => [home, home.replaceAll('\\', '\\\\'), home.replaceAll('\\', '/')])
    .reduce(
      (result, home) => result.replace(new RegExp(`(?<![\\w.-])${escaped(home)}(?![\\w-]|\\.\\w)`, 'gi'), '~'),
      text,
    );
}

/** Escapes a text for a regular expression. */
function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
