/** Starts the parts of the chat that it does without until it is opened. */
import type {LitElement} from 'lit';
import {FocusHomeController} from '../../controllers/focus-home.ts';
import {FullScreenController} from '../../controllers/full-screen.ts';
import {StallController} from '../../controllers/stall.ts';
import {warnOfMistakes} from '../attributes.ts';
import type {WebMcpHost} from './webmcp.ts';

interface Listeners {
  /** Says that an answer has stalled, for the first time. */
  say(): void;
  /** Puts the focus elsewhere, because its element has gone away: the places that it was in. */
  focus(path: readonly Element[]): void;
}

export function startParts(chat: LitElement & WebMcpHost, {say, focus}: Listeners): StallController {
  warnOfMistakes(chat);
  chat.addController(new FullScreenController(chat));
  chat.addController(new FocusHomeController(chat, focus));
  startWhenWanted(chat, {
    isWanted: () => chat.webmcp !== undefined && ('modelContext' in document || 'modelContext' in navigator),
    start: async () => new (await import('./webmcp.ts')).WebMcpController(chat),
  });
  startWhenWanted(chat, {
    isWanted: () => chat.renderRoot.querySelector('chatlet-thread')?.contact !== undefined,
    start: async () => new (await import('../message/person-card.ts')).ContactButton(chat),
  });
  return new StallController(chat, say);
}

interface Wanted {
  readonly isWanted: () => boolean;
  /** Fetches the code and begins. */
  readonly start: () => Promise<unknown>;
}

/** Starts something when the page wants it. If its code cannot be fetched, the next change tries again. */
function startWhenWanted(chat: LitElement, {isWanted, start}: Wanted): void {
  let isFetched = false;
  const hostUpdated = () => {
    if (isFetched || !isWanted()) return;
    isFetched = true;
    start().catch(() => (isFetched = false));
  };
  chat.addController({hostUpdated});
  hostUpdated();
}
