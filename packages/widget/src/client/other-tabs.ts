/**
 * Tells the other tabs that ask the same backend what they cannot see: the visitor has signed out, or an answer has begun
 * in a chat. Knows no store and no storage.
 */

export interface OtherTabs {
  /** `visitors`: the tokens under which the one who has left asked without being signed in. */
  announceSignOut(visitors: readonly string[]): void;
  /** An answer is being written in this chat. */
  announceTurn(chatId: string): void;
  close(): void;
}

export interface OtherTabsOptions {
  readonly onSignOut: (visitors: readonly string[]) => void;
  readonly onTurn: (chatId: string) => void;
}

const alone: OtherTabs = {announceSignOut() {}, announceTurn() {}, close() {}};

/** Calls back when another tab, or another chat on this page, announces something. */
export function connectOtherTabs(endpoint: string, {onSignOut, onTurn}: OtherTabsOptions): OtherTabs {
  const channel = openChannel(`chatlet:${endpoint}`);
  if (!channel) return alone;
  channel.addEventListener('message', ({data}: MessageEvent<unknown>) => {
    if (typeof data !== 'object' || data === null) return;
    if ('left' in data) onSignOut([data.left].flat().filter((visitor) => typeof visitor === 'string'));
    if ('turn' in data && typeof data.turn === 'string') onTurn(data.turn);
  });
  return {
    announceSignOut: (visitors) => channel.postMessage({left: visitors}),
    announceTurn: (chatId) => channel.postMessage({turn: chatId}),
    close: () => channel.close(),
  };
}

function openChannel(name: string): BroadcastChannel | undefined {
  try {
    return typeof BroadcastChannel === 'function' ? new BroadcastChannel(name) : undefined;
  } catch {
    // Firefox throws if the page may not store anything.
    return undefined;
  }
}
