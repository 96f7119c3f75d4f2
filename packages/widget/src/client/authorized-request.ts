/** A request that is sent as the visitor: `authorized-fetch.ts` adds the headers that say who asks. */
export interface AuthorizedRequest extends RequestInit {
  readonly url: string;
}
