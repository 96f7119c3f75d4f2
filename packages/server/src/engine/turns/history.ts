/**
 * Loads a chat's messages from the store. If an answer is marked as being written but its turn does not run any more,
 * loading marks it as interrupted. Calls that nobody has answered in time have failed. Knows nothing about models and
 * prompts.
 */
import type {Message, Page} from '@chatlet/protocol';
import {toInterrupted} from '../interrupted.ts';
import type {Report} from '../report.ts';
import type {Owner, PageRequest, Store} from '../store.ts';
import {expireCalls} from '../tool-waits.ts';
import type {TurnLog} from '../turn-log.ts';
import type {UnsavedEnds} from './unsaved-ends.ts';

export interface History {
  /**
   * A page of messages as `Store.messages` gives it.
   * @throws ChatError `not-found`
   */
  readonly loadMessages: (owner: Owner, chatId: string, page: PageRequest) => Promise<Page<Message>>;
  /** The messages that a turn looks at: the newest ones, oldest first. */
  readonly loadNewest: (owner: Owner, chatId: string) => Promise<readonly Message[]>;
}

export interface HistoryServices {
  readonly store: Store;
  readonly unsavedEnds: Pick<UnsavedEnds, 'find'>;
  readonly turnLog: TurnLog;
  readonly report: Report;
}

/** A turn looks at this many messages of its chat; older ones are beyond the context of every model. */
const newestMessages = 1_000;
const pageLength = 200;

export function createHistory({store, unsavedEnds, turnLog, report}: HistoryServices): History {
  /** A page with the ends that the store could not take yet. */
  async function loadPage(owner: Owner, chatId: string, page: PageRequest): Promise<Page<Message>> {
    const found = await store.messages(owner, chatId, page);
    const now = Date.now();
    const items = found.items.map(
      (message) => (isUnfinished(message) && unsavedEnds.find(message.id)) || expireCalls(message, now),
    );
    return {...found, items};
  }

  async function loadMessages(owner: Owner, chatId: string, page: PageRequest): Promise<Page<Message>> {
    const found = await loadPage(owner, chatId, page);
    const unfinished = found.items.filter(isUnfinished);
    if (unfinished.length === 0) return found;
    const running = await turnLog.find(owner, chatId);
    const abandoned = new Set(unfinished.map(({id}) => id).filter((id) => id !== running?.turnId));
    if (abandoned.size === 0) return found;
    // Read again: a turn that has ended in between saved its answer before it left the log.
    const {items, ...rest} = await loadPage(owner, chatId, page);
    const marked = items.map(async (message) =>
      abandoned.has(message.id) && isUnfinished(message) ? markInterrupted(owner, chatId, message) : message,
    );
    return {...rest, items: await Promise.all(marked)};
  }

  /** Saves an answer as interrupted: it says that it is being written, but no turn writes it, as its last save failed. */
  async function markInterrupted(owner: Owner, chatId: string, message: Message): Promise<Message> {
    const saved = toInterrupted(message);
    await store.saveMessage(owner, chatId, saved).catch((error: unknown) => report(error, {answerId: message.id}));
    return saved;
  }

  async function loadNewest(owner: Owner, chatId: string): Promise<readonly Message[]> {
    let newest: readonly Message[] = [];
    let cursor: string | undefined;
    do {
      const page = await loadMessages(owner, chatId, {limit: pageLength, ...(cursor && {cursor})});
      newest = [...page.items, ...newest];
      cursor = page.next;
    } while (cursor !== undefined && newest.length < newestMessages);
    return newest;
  }

  return {loadMessages, loadNewest};
}

function isUnfinished({status}: Message): boolean {
  return status === 'answering';
}
