/**
 * Keeps the list of a visitor's earlier chats: fetches it page by page (pagination), searches it, renames and removes chats, and
 * undoes a removal. Knows no messages, no DOM and no HTTP.
 */
import type {Chat} from '@chatlet/protocol';
import type {HistoryState} from './chat-state.ts';
import type {Environment} from './environment.ts';
import {omitUndefined} from './omit-undefined.ts';
import type {ChatHistory, ExportFormat} from './transport.ts';

/** How long a removal can be undone. */
const undoTime = 6000;

export interface ChatListOptions {
  /** Absent if the backend keeps no chats. */
  readonly history: ChatHistory | undefined;
  readonly environment: Environment;
  readonly onChange: (state: HistoryState) => void;
}

/** A chat that is off the list and not yet off the server. */
interface Removal {
  readonly chat: Chat;
  /** Its place in the list, for putting it back. */
  readonly index: number;
  cancelTimer: () => void;
  readonly stopListening: () => void;
}

export class ChatList {
  readonly #history: ChatHistory | undefined;
  readonly #environment: Environment;
  readonly #onChange: (state: HistoryState) => void;
  #state: HistoryState = {status: 'unread', chats: [], search: ''};
  /** The newest request for a page. An older one writes nothing any more. */
  #listing: AbortController | undefined;
  #removal: Removal | undefined;
  /** Aborted when the visitor is forgotten: what was begun for them changes nothing for the next one. */
  readonly #closing = new AbortController();

  constructor({history, environment, onChange}: ChatListOptions) {
    this.#history = history;
    this.#environment = environment;
    this.#onChange = onChange;
  }

  /** Fetches the newest chats; with a search, those that match it. */
  async load(search = this.#state.search): Promise<void> {
    await this.#fetchPage({search, before: []});
  }

  /** Fetches the chats after the last one listed. */
  async loadMore(): Promise<void> {
    const {search, next, chats} = this.#state;
    if (next !== undefined) await this.#fetchPage({search, cursor: next, before: chats});
  }

  /**
   * Fetches the list again if it is shown or being loaded: a chat has begun, or has a newer answer. A response that is
   * under way may lack it.
   */
  refresh(): void {
    const {status} = this.#state;
    if (status === 'ready' || status === 'loading') void this.load();
  }

  async rename(chatId: string, title: string): Promise<void> {
    const newTitle = title.trim();
    const oldTitle = this.#state.chats.find((chat) => chat.id === chatId)?.title;
    if (newTitle === '' || newTitle === oldTitle || !this.#history) return;
    const {signal} = this.#closing;
    this.#showTitle(chatId, newTitle);
    try {
      await this.#history.rename(chatId, newTitle);
    } catch {
      // The server kept the old name, so it is shown again.
      if (oldTitle !== undefined && !signal.aborted) this.#showTitle(chatId, oldTitle);
    }
  }

  /** Takes a chat off the list, and off the server when the undo time is over. False if it was not on the list. */
  remove(chatId: string): boolean {
    this.#commitRemoval();
    const {chats} = this.#state;
    const index = chats.findIndex((chat) => chat.id === chatId);
    const chat = chats[index];
    if (!chat || !this.#history) return false;
    const commit = () => this.#commitRemoval();
    const {after, onLeave} = this.#environment;
    this.#removal = {chat, index, cancelTimer: after(undoTime, commit), stopListening: onLeave(commit)};
    this.#change({chats: chats.toSpliced(index, 1), removed: chat});
    return true;
  }

  /** Puts the chat back that was just removed. False if there is none, or no longer. */
  undoRemove(): boolean {
    const removal = this.#endRemoval();
    if (removal) this.#putBack(removal);
    return removal !== undefined;
  }

  /** Lets the undo time stand still, or begin again. */
  holdRemoval(held: boolean): void {
    const removal = this.#removal;
    if (!removal) return;
    removal.cancelTimer();
    if (!held) removal.cancelTimer = this.#environment.after(undoTime, () => this.#commitRemoval());
  }

  /** All chats of the visitor as a file; undefined if the backend has none. Rejects if the visitor is forgotten meanwhile. */
  async export(format: ExportFormat): Promise<Blob | undefined> {
    const {signal} = this.#closing;
    const file = await this.#history?.export?.(format, {signal});
    signal.throwIfAborted();
    return file;
  }

  /** Deletes all chats on the server, and leaves the list as it is. Rejects if the visitor is forgotten meanwhile. */
  async removeAll(): Promise<void> {
    const {signal} = this.#closing;
    await this.#history?.removeAll?.();
    signal.throwIfAborted();
  }

  /** Stops fetching. A removal that could still be undone is carried out. */
  close(): void {
    this.#commitRemoval();
    this.#listing?.abort();
    this.#listing = undefined;
    this.#closing.abort();
  }

  async #fetchPage({
    search,
    cursor,
    before,
  }: {
    search: string;
    cursor?: string;
    before: readonly Chat[];
  }): Promise<void> {
    if (!this.#history) return;
    this.#listing?.abort();
    const listing = new AbortController();
    this.#listing = listing;
    const refreshing = this.#state.status === 'ready' && search === this.#state.search;
    if (!refreshing) this.#change({status: 'loading', search});
    try {
      const query = omitUndefined({search: search === '' ? undefined : search, cursor});
      const {items, next} = await this.#history.list(query, {signal: listing.signal});
      if (this.#listing !== listing) return;
      const {removed} = this.#state;
      const chats = [...before, ...items.filter((chat) => chat.id !== removed?.id)];
      this.#set({status: 'ready', search, chats, ...omitUndefined({next, removed})});
    } catch {
      // The list says that it could not be loaded and offers another try; the chat itself is not touched.
      if (this.#listing === listing && !refreshing) this.#change({status: 'failed'});
    }
  }

  #showTitle(chatId: string, title: string): void {
    const chats = this.#state.chats.map((chat) => (chat.id === chatId ? {...chat, title} : chat));
    this.#change({chats});
  }

  #commitRemoval(): void {
    const removal = this.#endRemoval();
    const {signal} = this.#closing;
    if (!removal) return;
    this.#history?.remove(removal.chat.id).catch(() => {
      // The server still has the chat, so the list shows it again.
      if (!signal.aborted) this.#putBack(removal);
    });
  }

  #endRemoval(): Removal | undefined {
    const removal = this.#removal;
    if (!removal) return undefined;
    this.#removal = undefined;
    removal.cancelTimer();
    removal.stopListening();
    const {removed: _, ...rest} = this.#state;
    this.#set(rest);
    return removal;
  }

  #putBack({chat, index}: Removal): void {
    this.#change({chats: this.#state.chats.toSpliced(index, 0, chat)});
  }

  #change(change: Partial<HistoryState>): void {
    this.#set({...this.#state, ...change});
  }

  /** Replaces the list's state; nothing else does. */
  #set(state: HistoryState): void {
    this.#state = state;
    if (!this.#closing.signal.aborted) this.#onChange(state);
  }
}
