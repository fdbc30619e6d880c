// Words of the scripts that CachiBot Desktop adds to the page. The words about failures come with each card
// (gateway/chat_error_words.py).

window.cachibotDesktop = {
  words: {
    actions: {
      again: 'Try Again',
      model: 'Choose a Model',
      'default-model': 'Choose a Model',
      keys: 'Open API Keys',
      'server-key': 'Enter API Key',
    },
    details: 'Details',
    disconnected: 'CachiBot is not connected. Try again in a moment.',
    busy: 'Wait for the answer, or stop it.',
  },
};
