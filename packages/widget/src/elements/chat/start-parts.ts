/** Starts the parts of the chat that it does without until it is opened. */
import type {StorageNamespace} from '../../client/storage.ts';
import type {AnnouncerController} from '../../controllers/announcer.ts';
import {FocusHomeController} from '../../controllers/focus-home.ts';
import {smallWindow} from '../../controllers/small-window.ts';
import {StallController} from '../../controllers/stall.ts';
import {ChatActionEvent} from '../../events.ts';
import {warnOfMistakes} from '../attributes.ts';
import type {ChatletComposer} from '../composer/composer.ts';
import type {SearchHost} from '../search/search.ts';
import {isTextField} from './keys.ts';
import type {PendingHost} from './pending.ts';
import type * as Shortcuts from './shortcuts.ts';
import type {WebMcpHost} from './webmcp.ts';

/** The chat, as these parts see it. */
export type PartsHost = WebMcpHost & SearchHost & PendingHost & {readonly closable: boolean};

interface Targets {
  readonly announcer: AnnouncerController;
  /** Keeps what the visitor has chosen. Absent before the chat is connected. */
  device(): StorageNamespace | undefined;
  /** Says that an answer has stalled, for the first time. */
  say(): void;
}

export function startParts(chat: PartsHost, {announcer, device, say}: Targets): StallController {
  const root = chat.renderRoot;
  const thread = () => root.querySelector('chatlet-thread');
  const drawer = () => root.querySelector<HTMLElement>('chatlet-history.drawer');
  warnOfMistakes(chat);
  const small = matchMedia(smallWindow);
  const lookAgain = () => chat.requestUpdate();
  chat.addController({
    hostConnected: () => small.addEventListener('change', lookAgain),
    hostDisconnected: () => small.removeEventListener('change', lookAgain),
  });
  startWhenWanted(chat, {
    isWanted: () => chat.closable && small.matches,
    start: async () => new (await import('../../controllers/full-screen.ts')).FullScreenController(chat),
  });
  chat.addController(
    new FocusHomeController(chat, (path) => {
      const conversation = thread();
      if (conversation && path.includes(conversation)) conversation.focus({preventScroll: true});
      else (drawer() ?? chat).focus();
    }),
  );
  startWhenWanted(chat, {
    isWanted: () => chat.webmcp !== undefined && ('modelContext' in document || 'modelContext' in navigator),
    start: async () => new (await import('./webmcp.ts')).WebMcpController(chat),
  });
  startWhenWanted(chat, {
    isWanted: () => thread()?.contact !== undefined,
    start: async () => new (await import('../message/person-card.ts')).ContactButton(chat),
  });
  startWhenWanted(chat, {
    isWanted: () => chat.search && root.querySelector<ChatletComposer>('chatlet-composer')?.value !== '',
    start: async () => new (await import('../search/search.ts')).SearchController(chat),
  });
  root.addEventListener('markdown-copied', (event) => {
    event.stopPropagation();
    const conversation = thread();
    conversation?.dispatchEvent(new ChatActionEvent({type: 'say', text: conversation.words.copied}));
  });
  startKeys(chat, {announcer, device});
  const stall = new StallController(chat, say);
  startWhenWanted(chat, {
    isWanted: () => stall.stall !== 'none' || (thread()?.waiting ?? 0) > 0,
    start: async () => new (await import('./pending.ts')).PendingController(chat, stall),
  });
  return stall;
}

/** Fetches the code of the keys when the focus comes to a place where they work. */
function startKeys(chat: PartsHost, {announcer, device}: Omit<Targets, 'say'>): void {
  let keys: typeof Shortcuts | undefined;
  const press = (event: KeyboardEvent, target: EventTarget | undefined) =>
    keys?.pressShortcut(event, {target, chat, announcer, device});
  const load = async () => void (keys ??= await import('./shortcuts.ts'));
  const ignore = () => {
    // The code could not be fetched. The next key tries again.
  };
  chat.addEventListener('focusin', (event) => {
    if (!isTextField(event.composedPath()[0])) load().catch(ignore);
  });
  chat.addEventListener('keydown', (event) => {
    const [target] = event.composedPath();
    if (keys) press(event, target);
    else if (!isTextField(target)) load().then(() => press(event, target), ignore);
  });
}

interface Wanted {
  readonly isWanted: () => boolean;
  /** Fetches the code and begins. */
  readonly start: () => Promise<unknown>;
}

/** Starts something when the page wants it. If its code cannot be fetched, the next change tries again. */
function startWhenWanted(chat: PartsHost, {isWanted, start}: Wanted): void {
  let isFetched = false;
  const hostUpdated = () => {
    if (isFetched || !isWanted()) return;
    isFetched = true;
    start().catch(() => (isFetched = false));
  };
  chat.addController({hostUpdated});
  hostUpdated();
}
