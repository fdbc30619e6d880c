/** Running work, as the server reports it. */
export interface Activity {
  jobs: number;
  streams: number;
}
