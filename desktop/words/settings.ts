/** Words of the settings window. Those of a control have the name of its setting. */
export const settings = {
  sections: {
    general: 'General',
    links: 'Links',
    server: 'Server',
    interfaces: 'Access for other programs',
    updates: 'Updates',
    data: 'Data and backups',
  },

  startAtLogin: {
    label: 'Start CachiBot when you log in',
    help: '',
    needsApproval: 'macOS waits for your approval: allow CachiBot in System Settings, under General > Login Items.',
  },
  controls: {
    runInBackground: {
      label: 'When you close the window',
      help: 'In the background, automations and reminders keep running.',
      options: { ask: 'Ask the first time', on: 'Keep running in the background', off: 'Quit CachiBot' },
    },
    notifications: {
      label: 'Show notifications',
      help: 'Your system can also silence them.',
    },
    proxy: {
      label: 'Proxy',
      help: 'For everything on the internet: models, pictures and updates. Models on this computer are always reached directly.',
      options: { system: 'Use the system’s proxy', direct: 'No proxy', manual: 'Use this proxy:' },
    },
    spellingLanguages: {
      label: 'Check spelling in',
      help: 'For each language, its dictionary is downloaded once from Google’s servers, which provide the dictionaries of Chromium.',
      none: 'No language is chosen, so spelling isn’t checked and nothing is downloaded.',
    },
    hardwareAcceleration: {
      label: 'Hardware acceleration',
      help: 'Turn it off if the window stays black or flickers.',
      options: { auto: 'On, unless the graphics driver keeps crashing', off: 'Off' },
    },
    allowedSites: {
      label: 'Links to these sites open without a question',
      help: '',
      none: 'There are none. When you open a link, you can choose to always open links to that site.',
    },
    loginShell: {
      label: 'Let agents find the programs of your terminal',
      help: 'If a menu, the Dock or the login starts CachiBot, it asks your login shell for PATH, the SSH agent, the language and proxies. Nothing else is read. The start files of your shell run at each launch.',
    },
    startLimitSeconds: {
      label: 'Stop a server that shows no progress while starting after (seconds)',
      help: 'A slow computer may need more than 30 seconds.',
    },
    hangLimitSeconds: {
      label: 'Report a server that doesn’t respond after (seconds)',
      help: 'CachiBot itself can be busy for 15 seconds.',
    },
    openV1: {
      label: 'Open the /v1 API',
      help: 'Any program on this computer can then talk to your bots, as it would to OpenAI’s API, if it has an API key that you made in CachiBot. Other computers can’t reach it.',
    },
    openWebhooks: {
      label: 'Open webhooks (/api/webhooks)',
      help: 'Any program on this computer can then deliver messages of chat platforms to your bots, protected only by the secrets that you set up in CachiBot. Other computers can’t reach it, unless you run a program that forwards them.',
    },
    autoUpdateEnabled: {
      label: 'Check for updates automatically',
      help: '',
    },
    autoInstallUpdates: {
      label: 'Download updates automatically, and install them when you quit',
      help: 'Nothing is downloaded over a metered connection.',
    },
    updateChannel: {
      label: 'Versions to offer',
      help: 'Beta versions come earlier and have more faults.',
      options: { stable: 'Stable versions', beta: 'Beta versions, too' },
    },
  },
  proxyAddress: 'Address of the proxy',
  mailAddresses: 'Mail addresses',
  removeItem: (name: string) => `Remove ${name}`,
  addLanguage: 'Add a language',

  after: {
    server: 'Takes effect when the server restarts.',
    app: 'Takes effect when CachiBot restarts.',
  },
  waiting: {
    server: 'A change takes effect when the server restarts. Anything it’s working on will stop.',
    app: 'A change takes effect when CachiBot restarts. Anything it’s working on will stop.',
  },
  restartServer: 'Restart Server',
  restartApp: 'Restart CachiBot',

  version: 'Version',
  data: 'Your data, with automatic copies in “backups”',
  workspace: 'Files that your agents work on',
  openFolder: 'Open Folder',
  backups: 'A backup is one file with everything: database, chats, settings and keys',
  backUp: 'Back Up…',
  restore: 'Restore…',

  invalid: {
    seconds: 'Enter a number of seconds from 1 to 3600.',
    proxy:
      'Enter an address such as http://proxy.example:8080. It can begin with http, https or socks5, and can’t contain a password.',
    other: 'CachiBot can’t use this value.',
  },
  dictionaryFailed: (language: string) => `The dictionary for ${language} couldn’t be downloaded.`,
  dictionaryLater: 'Check your connection to the internet. CachiBot tries again when it starts.',
  notSaved: (reason: string) => `This couldn’t be saved, and nothing has changed: ${reason}`,
} as const;
