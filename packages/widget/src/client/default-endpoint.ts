/** The endpoint of a chat without one of its own: the page's origin, or the address that the script came from. */
let endpoint = '';

export function defaultEndpoint(): string {
  return endpoint;
}

/** Sets the address of the backend for all chats that name none. */
export function setDefaultEndpoint(url: string): void {
  endpoint = url;
}
