/** Tells the other tabs that ask the same backend that the visitor has signed out. Knows no store and no storage. */

export interface OtherTabs {
  announceSignOut(): void;
  close(): void;
}

/** Calls back when another tab, or another chat on this page, announces that the visitor has signed out. */
export function connectOtherTabs(endpoint: string, onSignOut: () => void): OtherTabs {
  if (typeof BroadcastChannel !== 'function') return {announceSignOut() {}, close() {}};
  const channel = new BroadcastChannel(`chatlet:${endpoint}`);
  channel.addEventListener('message', ({data}) => {
    if (data === 'left') onSignOut();
  });
  return {announceSignOut: () => channel.postMessage('left'), close: () => channel.close()};
}
