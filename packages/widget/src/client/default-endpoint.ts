/** The endpoint of a chat without one of its own: the page's origin, or the address that the script came from. */
let endpoint = '';

export function defaultEndpoint(): string {
  return endpoint;
}

export function setDefaultEndpoint(url: string): void {
  endpoint = url;
}
