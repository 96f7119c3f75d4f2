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
  startWebMcp(chat);
  return new StallController(chat, say);
}

/** Fetches the code for the browser's own agents when the page wants it. If it cannot be fetched, the next change tries again. */
function startWebMcp(chat: LitElement & WebMcpHost): void {
  let isFetched = false;
  const hostUpdated = () => {
    if (isFetched || !chat.webmcp || !('modelContext' in document || 'modelContext' in navigator)) return;
    isFetched = true;
    import('./webmcp.ts').then(
      ({WebMcpController}) => new WebMcpController(chat),
      () => (isFetched = false),
    );
  };
  chat.addController({hostUpdated});
  hostUpdated();
}
