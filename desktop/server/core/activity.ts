/** Running work, as the server reports it. */
export interface Activity {
  jobs: number;
  /** Runs of an agent: answers in chats and rooms, and to messages of other platforms. */
  answers: number;
  /** The answers, and HTTP requests in progress. */
  streams: number;
}
