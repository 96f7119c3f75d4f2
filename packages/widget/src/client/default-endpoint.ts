/** Where a chat asks when its page does not say: the page's own origin, or where the script came from. */
let endpoint = '';

export function defaultEndpoint(): string {
  return endpoint;
}

export function setDefaultEndpoint(url: string): void {
  endpoint = url;
}
