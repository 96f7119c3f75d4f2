/** Tells the other tabs that ask the same backend that somebody has left. Knows no store and no storage. */

export interface OtherTabs {
  /** Whoever was here has left. */
  tell(): void;
  close(): void;
}

/** Calls back when another tab, or another chat on this page, says that whoever was here has left. */
export function otherTabs(endpoint: string, onLeft: () => void): OtherTabs {
  if (typeof BroadcastChannel !== 'function') return {tell() {}, close() {}};
  const channel = new BroadcastChannel(`chatlet:${endpoint}`);
  channel.addEventListener('message', ({data}) => {
    if (data === 'left') onLeft();
  });
  return {tell: () => channel.postMessage('left'), close: () => channel.close()};
}
