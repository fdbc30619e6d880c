/** What the server reports that it is working on. */
export interface Activity {
  jobs: number;
  streams: number;
}
