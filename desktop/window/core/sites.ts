/** CachiBot's own addresses, as its package on PyPI names them. The menu opens them without a question. */
export const SITES = {
  website: 'https://cachibot.ai',
  documentation: 'https://cachibot.ai/docs',
  releaseNotes: 'https://github.com/jhd3197/CachiBot/releases',
  problems: 'https://github.com/jhd3197/CachiBot/issues',
} as const;

export type Site = keyof typeof SITES;
